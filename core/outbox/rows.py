"""A message as a row of the outbox, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from core.database.statements import Plain, iso_utc
from core.messages import Address, AddressKind, Channel, Reply
from core.outbox.message import Claimed, Outgoing
from core.outbox.ticket import Ticket
from core.outbox.tracking import read_names

# The columns that hold an `Outgoing`.
_MESSAGE = (
    *("key", "channel", "provider", "kind", "value", "reply", "headers", "answers_request"),
    *("created_at", "not_before", "not_after", "bulk", "unvouched", "quiet", "ticket"),
)
BLANK: Final = '[[],""]'  # a `Reply` that says nothing: what is left of one that was forgotten
PUT: Final = (*_MESSAGE, "status", "why", "due_at", "origin")
CLAIMED: Final = ("id", "attempts", *_MESSAGE, "tried_at", "refused_by", "unsure_of", "doubts")

_REPLY: Final = msgspec.json.Decoder(Reply)
_HEADERS: Final = msgspec.json.Decoder(dict[str, str])
_TICKET: Final = msgspec.json.Decoder(Ticket)


def columns_of(message: Outgoing, status: str, why: str = "") -> dict[str, Plain]:
    """Return the values of the columns `PUT`, by name."""
    due = iso_utc(message.due_at)
    return {
        "key": message.key,
        "channel": message.channel.value,
        "provider": message.provider,
        "kind": message.address.kind.value,
        "value": message.address.value,
        "reply": msgspec.json.encode(message.reply).decode(),
        "headers": msgspec.json.encode(message.headers).decode(),
        "answers_request": int(message.answers_request),
        "created_at": iso_utc(message.created_at),
        "not_before": due,
        "not_after": iso_utc(message.not_after) if message.not_after else None,
        "bulk": int(message.bulk),
        "unvouched": int(message.unvouched),
        "quiet": message.quiet,
        "ticket": msgspec.json.encode(message.ticket).decode() if message.ticket else None,
        "status": status,
        "why": why or None,
        "due_at": due,
        "origin": "" if message.channel is Channel.EMAIL else message.headers.get("to", ""),
    }


def read_claimed(row: Mapping[str, Any], now: datetime) -> Claimed:
    """Return the message in the columns `CLAIMED`, by name, as claimed once more at `now`."""
    message = Outgoing(
        key=row["key"],
        channel=Channel(row["channel"]),
        address=Address(AddressKind(row["kind"]), row["value"]),
        reply=_REPLY.decode(row["reply"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        provider=row["provider"],
        answers_request=bool(row["answers_request"]),
        headers=_HEADERS.decode(row["headers"]),
        not_before=_moment(row["not_before"]),
        not_after=_moment(row["not_after"]),
        quiet=row["quiet"],
        bulk=bool(row["bulk"]),
        unvouched=bool(row["unvouched"]),
        ticket=_TICKET.decode(row["ticket"]) if row["ticket"] else None,
    )
    return Claimed(
        id=str(row["id"]),
        message=message,
        attempts=row["attempts"] + 1,
        tried_at=_moment(row["tried_at"]) or now,
        refused_by=read_names(row["refused_by"]),
        unsure_of=row["unsure_of"],
        doubts=row["doubts"],
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
