"""A registration withdrawn: it is closed, its seat is free, and nobody writes about it, in SQL."""

from typing import Final

from core.cases.changes import Actor, Changed, Refused
from core.cases.changes.messages import withdraw_all
from core.cases.changes.record import Record, begin, keep
from core.database.statements import Connection, Plain, Statement, iso_utc
from core.registration.standing import RecordStanding
from core.roster.lookup import uninvite

WITHDRAWN: Final = "withdrawn"
MERGED: Final = "merged"

_CLOSE = Statement("""
    UPDATE records
    SET standing = 'superseded',
        status = :status,
        merged_into = :merged_into,
        nik_tail = '',
        nik_jumble = '',
        check_due_at = NULL,
        version = version + 1,
        updated_at = CASE WHEN updated_at < :at THEN :at ELSE updated_at END
    WHERE id = :record_id
""")
_SEATS = Statement("""
    SELECT id, slot_id
    FROM appointments
    WHERE record_id = :record_id AND status = 'booked'
""")
_END = Statement("""
    UPDATE appointments
    SET status = 'cancelled', ended_by = :key, updated_at = :at, sequence = sequence + 1
    WHERE id = :row_id
""")
_GIVE_BACK = Statement("""
    UPDATE slots
    SET booked = booked - 1
    WHERE id = :slot
""")
_FORGET_CODES = Statement("DELETE FROM proofs WHERE record_id = :record_id")
# A case with an intent is about somebody who still waits: it stays.
_SETTLE_CASES = Statement("""
    UPDATE cases
    SET status = 'decided',
        decision = 'keep',
        reason = :reason,
        decided_by = :name,
        decided_at = :at,
        updated_at = :at,
        version = version + 1
    WHERE record_id = :record_id
        AND status <> 'decided'
        AND intent_id = ''
        AND kind <> 'erase_request'
""")


def withdraw(connection: Connection, record_id: int, actor: Actor) -> Changed | Refused:
    """Close the record; its NIK and its seat are free, and what waits to be sent is withdrawn."""
    record = begin(connection, record_id, actor)
    if not isinstance(record, Record):
        return record
    give_seats_back(connection, record.id, actor)
    withdraw_all(connection, record)
    uninvite(connection, campaign=record.campaign, nik=record.nik, at=actor.at)
    return close(connection, record, actor, status=WITHDRAWN)


def close(
    connection: Connection,
    record: Record,
    actor: Actor,
    *,
    status: str,
    merged_into: int | None = None,
) -> Changed:
    """End the locked record for good, with this status; codes for it prove nothing any more."""
    where: dict[str, Plain] = {"record_id": record.id, "at": iso_utc(actor.at), "status": status}
    connection.run(_CLOSE, **where, merged_into=merged_into)
    connection.run(_FORGET_CODES, record_id=record.id)
    connection.run(_SETTLE_CASES, **where, reason=status, name=actor.name)
    new: dict[str, str | None] = {"status": status, "standing": RecordStanding.SUPERSEDED.value}
    return keep(connection, record, new, actor)


def give_seats_back(connection: Connection, record_id: int, actor: Actor) -> None:
    """End the live appointment, if there is one."""
    for row_id, slot in connection.all(_SEATS, record_id=record_id):
        connection.run(_END, row_id=row_id, key=actor.key, at=iso_utc(actor.at))
        connection.run(_GIVE_BACK, slot=slot)
