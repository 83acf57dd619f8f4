"""Two records of one person become one, in SQL; both numbers go on working."""

from collections.abc import Collection
from typing import Final

from core.cases.changes import Actor, Changed, Refused
from core.cases.changes.correct import CORRECTABLE, change
from core.cases.changes.record import Record, begin, lock_record, note
from core.cases.changes.withdraw import MERGED, close, give_seats_back
from core.database.statements import Connection, Statement, iso_utc
from core.outbox.store import withdraw as withdraw_messages
from core.outbox.ticket import booking_keys
from core.registration.standing import RecordStanding
from core.registration.statements import CHECK_AGAIN, TOUCH_RECORD
from core.registration.superseding import hold

APPOINTMENT: Final = "appointment"
TAKEN_OVER: Final = frozenset({*CORRECTABLE, APPOINTMENT})

_BOOKED = Statement("""
    SELECT booked_by
    FROM appointments
    WHERE record_id = :record_id AND status = 'booked'
""")
_ADD_ADDRESSES = Statement("""
    INSERT INTO addresses (record_id, kind, value, verified, channels, linked_at)
    SELECT :kept, kind, value, verified, channels, linked_at
    FROM addresses
    WHERE record_id = :gone
    ON CONFLICT (record_id, kind, value) DO UPDATE
    SET verified = CASE WHEN excluded.verified = 1 THEN 1 ELSE addresses.verified END
""")
_MOVE: Final = (
    Statement("""
        UPDATE appointments
        SET record_id = :kept
        WHERE record_id = :gone AND status IN ('booked', 'attended', 'missed')
    """),
    Statement("UPDATE screenings SET record_id = :kept WHERE record_id = :gone"),
    Statement("DELETE FROM addresses WHERE record_id = :gone AND :kept = :kept"),
    Statement("UPDATE records SET merged_into = :kept WHERE merged_into = :gone"),
)


def merge(
    connection: Connection, kept_id: int, gone_id: int, fields: Collection[str], actor: Actor
) -> Changed | Refused:
    """Let one record go on for both; it takes these `fields` over, of `TAKEN_OVER`.

    Addresses, doses and screenings are united. Of two appointments that of the kept record stays,
    unless `APPOINTMENT` is taken over; the other seat is free again.
    """
    if kept_id == gone_id:
        return Refused(why="same")
    for record_id in sorted((kept_id, gone_id)):  # two mergers lock in the same order
        lock_record(connection, record_id)
    kept, gone = begin(connection, kept_id, actor), begin(connection, gone_id, actor)
    if not isinstance(kept, Record):
        return kept
    if not isinstance(gone, Record):
        return gone
    if kept.yielded or kept.campaign != gone.campaign:
        return Refused(why="closed")
    return _merge(connection, kept, gone, fields, actor)


def _merge(
    connection: Connection, kept: Record, gone: Record, fields: Collection[str], actor: Actor
) -> Changed:
    _choose_appointment(connection, kept, gone, fields, actor)
    connection.run(_ADD_ADDRESSES, kept=kept.id, gone=gone.id)
    for statement in _MOVE:
        connection.run(statement, kept=kept.id, gone=gone.id)
    close(connection, gone, actor, status=MERGED, merged_into=kept.id)
    values = {name: getattr(gone, name) for name in CORRECTABLE if name in fields}
    corrected = change(connection, kept, values, actor)
    if RecordStanding.HELD in {kept.standing, gone.standing}:
        hold(connection, kept.id, key=actor.key, at=actor.at)
    connection.run(CHECK_AGAIN, record_id=kept.id, at=iso_utc(actor.at))
    connection.run(TOUCH_RECORD, record_id=kept.id, at=iso_utc(actor.at))
    note(connection, kept.id, actor, field=MERGED, old=None, new=gone.number)
    return Changed(number=kept.number, old={**corrected.old, MERGED: None})


def _choose_appointment(
    connection: Connection, kept: Record, gone: Record, fields: Collection[str], actor: Actor
) -> None:
    """Give back the seat of the one that does not stay, if both have one."""
    booked = {one.id: connection.one(_BOOKED, record_id=one.id) for one in (kept, gone)}
    loser = kept if APPOINTMENT in fields else gone
    row = booked[loser.id]
    if row is None or None in booked.values():
        return
    give_seats_back(connection, loser.id, actor)
    withdraw_messages(connection, booking_keys(row[0]))
