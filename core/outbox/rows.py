"""An owed message as a row of the outbox, and back."""

from datetime import datetime
from typing import Final

import msgspec

from core.database.statements import Plain, Row, stamp
from core.messages import Address, AddressKind, Channel, Reply
from core.outbox.message import Claimed, Outgoing
from core.outbox.receipts import QUEUED
from core.outbox.ticket import Ticket
from core.outbox.tracking import read_names

_columns = ("key", "channel", "provider", "kind", "value", "reply", "headers", "answers_request")
_timing = ("due_at", "not_before", "not_after", "bulk", "quiet")
PUT: Final = (*_columns, *_timing, "ticket", "origin", "created_at")
_times = ("created_at", "not_before", "not_after")
_CLAIMED_TOO = (
    *(*_times, "bulk", "quiet", "ticket", "refused_by", "unsure_of", "doubts"),
    "tried_at",
)
CLAIMED: Final = (*_columns, *_CLAIMED_TOO)  # after id, whether opted out, and attempts
QUIET: Final = 3 + CLAIMED.index("quiet")  # its place in a row


def columns_of(message: Outgoing) -> dict[str, Plain]:
    """Return the message as the columns that it is put in."""
    due = stamp(message.due_at)
    return {
        "status": QUEUED,
        "key": message.key,
        "channel": message.channel.value,
        "provider": message.provider,
        "kind": message.address.kind.value,
        "value": message.address.value,
        "reply": msgspec.json.encode(message.reply).decode(),
        "headers": msgspec.json.encode(message.headers).decode(),
        "answers_request": int(message.answers_request),
        "due_at": due,
        "not_before": due,
        "not_after": stamp(message.not_after) if message.not_after else None,
        "bulk": int(message.bulk),
        "quiet": message.quiet,
        "origin": "" if message.channel is Channel.EMAIL else message.headers.get("to", ""),
        "ticket": msgspec.json.encode(message.ticket).decode() if message.ticket else None,
        "created_at": stamp(message.created_at),
    }


def read_claimed(row: Row, now: datetime) -> Claimed:
    """Return what a row of `CLAIMED` says, as claimed once more at `now`."""
    this, _silent, attempts, key, channel, provider, kind, value, reply, headers, *rest = row
    answers, created_at, not_before, not_after, bulk, quiet, ticket, *tried = rest
    refused_by, unsure_of, doubts, tried_at = tried
    message = Outgoing(
        key=key,
        channel=Channel(channel),
        address=Address(AddressKind(kind), value),
        reply=msgspec.json.decode(reply, type=Reply),
        created_at=datetime.fromisoformat(created_at),
        provider=provider,
        answers_request=bool(answers),
        headers=msgspec.json.decode(headers, type=dict[str, str]),
        not_before=datetime.fromisoformat(not_before) if not_before else None,
        not_after=datetime.fromisoformat(not_after) if not_after else None,
        quiet=quiet,
        bulk=bool(bulk),
        ticket=msgspec.json.decode(ticket, type=Ticket) if ticket else None,
    )
    return Claimed(
        id=str(this),
        message=message,
        attempts=attempts + 1,
        tried_at=datetime.fromisoformat(tried_at) if tried_at else now,
        refused_by=read_names(refused_by),
        unsure_of=unsure_of,
        doubts=doubts,
    )
