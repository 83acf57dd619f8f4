"""What the simulator reads of the database, in one snapshot."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from core.database.statements import Connection, Row, Statement, column_list
from core.messages import Reply
from core.outbox.message import Outgoing
from core.outbox.rows import CLAIMED, read_claimed

SHOWN_MAX: Final = 50  # messages, and rows of the audit
TOLD_MAX: Final = 2_000  # messages that are looked through for a number that somebody was told
ADDRESSES_MAX: Final = 8
# What the keys of prompts begin with that tell somebody of a registration.
TOLD: Final = (
    *("received", "registered", "already_registered", "still_registered", "verification_"),
    *("booked", "invitation_booked", "invitation_taken"),
)

_MESSAGE = (*CLAIMED, "status", "due_at", "why", "sent_at")
_RECORDS = Statement("""
    SELECT id, number, status, standing, nik, full_name, profession, phone, language, version,
        created_at, updated_at
    FROM records
    WHERE phone = :value
        OR id IN (
            SELECT record_id
            FROM addresses
            WHERE kind = :kind
                AND value = :value
        )
    ORDER BY id
    LIMIT :limit
""")
_OF_RECORD = (
    *("id", "number", "status", "standing", "nik", "full_name", "profession", "phone"),
    *("language", "version", "created_at", "updated_at"),
)
_ADDRESSES = Statement("SELECT kind, value FROM addresses WHERE record_id = :record_id")
_APPOINTMENTS = Statement("""
    SELECT facilities.name, slots.start, appointments.dose, appointments.status,
        appointments.code, slots.capacity, slots.booked
    FROM appointments
    JOIN slots ON slots.id = appointments.slot_id
    JOIN facilities ON facilities.code = slots.facility_code
    WHERE appointments.record_id = :record_id
    ORDER BY appointments.id
""")
_OF_APPOINTMENT = ("facility", "start", "dose", "status", "code", "capacity", "booked")
_OUTBOX = Statement(
    """
    SELECT {columns}
    FROM outbox
    WHERE kind = :kind
        AND value = :value
    ORDER BY id DESC
    LIMIT :limit
    """,
    columns=column_list(_MESSAGE),
)
_ONE = Statement("SELECT {columns} FROM outbox WHERE id = :row_id", columns=column_list(_MESSAGE))
_AUDIT = Statement("""
    SELECT at, action, operator, why
    FROM audit
    WHERE number = :number
    ORDER BY id DESC
    LIMIT :limit
""")
_TOLD = Statement("SELECT reply FROM outbox ORDER BY id DESC LIMIT :limit")
_RECORDED = Statement("SELECT 1 FROM records WHERE number = :number")
_REPLY = msgspec.json.Decoder(Reply)


class Message(NamedTuple):
    """A row of the outbox: the message, and what became of it."""

    id: str
    message: Outgoing
    facts: dict[str, Any]


class Rows(NamedTuple):
    """All that is on file about some addresses."""

    records: list[dict[str, Any]]
    appointments: list[dict[str, Any]]
    messages: list[Message]
    audit: list[dict[str, Any]]


def read_rows(connection: Connection, addresses: Sequence[tuple[str, str]]) -> Rows:
    """Return what is on file about these addresses, by kind and value, and those linked to them.

    The newest messages come first.
    """
    records: dict[int, dict[str, Any]] = {}
    known = dict.fromkeys(addresses)
    for kind, value in addresses:
        for row in connection.all(_RECORDS, kind=kind, value=value, limit=SHOWN_MAX):
            record = dict(zip(_OF_RECORD, row, strict=True))
            records[record.pop("id")] = record
    for record_id, record in records.items():
        if record["phone"]:  # a letter declares one, which is not linked
            known["phone", record["phone"]] = None
        known |= dict.fromkeys(map(tuple, connection.all(_ADDRESSES, record_id=record_id)))
    messages = [
        read_message(row)
        for kind, value in list(known)[:ADDRESSES_MAX]
        for row in connection.all(_OUTBOX, kind=kind, value=value, limit=SHOWN_MAX)
    ]
    return Rows(
        list(records.values()),
        [
            one
            for found, record in records.items()
            for one in _appointments(connection, found, record["number"])
        ],
        sorted(messages, key=lambda one: -int(one.id))[:SHOWN_MAX],
        [one for record in records.values() for one in _audit(connection, record["number"])],
    )


def read_one(connection: Connection, row_id: int) -> Message | None:
    """Return one row of the outbox."""
    row = connection.one(_ONE, row_id=row_id)
    return None if row is None else read_message(row)


def read_message(row: Row) -> Message:
    """Return a row of the outbox."""
    facts = dict(zip(_MESSAGE, row, strict=True))
    created_at = datetime.fromisoformat(facts["created_at"])
    claimed = read_claimed(facts, created_at)
    names = ("channel", "status", "attempts", "why", "created_at", "sent_at")
    shown = {**{name: facts[name] for name in names}, "due": facts["due_at"]}
    return Message(claimed.id, claimed.message, shown)


def read_told(connection: Connection, said: Iterable[Reply]) -> tuple[int, int]:
    """Return how many registration numbers people were told, and how many of them are on file.

    They are those of the newest messages, and those in the replies `said`.
    """
    queued = (_REPLY.decode(row[0]) for row in connection.all(_TOLD, limit=TOLD_MAX))
    told = {number for reply in (*queued, *said) for number in _numbers(reply)}
    recorded = [one for one in told if connection.one(_RECORDED, number=one) is not None]
    return len(told), len(recorded)


def _numbers(reply: Reply) -> Iterable[str]:
    for prompt in reply.prompts:
        if prompt.key.startswith(TOLD) and prompt.args.get("number"):
            yield prompt.args["number"]


def _appointments(connection: Connection, record_id: int, number: str) -> list[dict[str, Any]]:
    rows = connection.all(_APPOINTMENTS, record_id=record_id)
    return [{"number": number, **dict(zip(_OF_APPOINTMENT, row, strict=True))} for row in rows]


def _audit(connection: Connection, number: str) -> list[dict[str, Any]]:
    rows = connection.all(_AUDIT, number=number, limit=SHOWN_MAX)
    return [dict(zip(("at", "action", "operator", "why"), row, strict=True)) for row in rows]
