"""A record that yields, and one that comes to be held, in SQL."""

from datetime import datetime
from typing import NamedTuple

from core.database.statements import Connection, Statement, column_list, iso_utc
from core.fields.nik_slips import jumble, tail
from core.outbox.store import withdraw
from core.outbox.ticket import booking_keys
from core.registration.addresses import LostRaceError
from core.registration.standing import CURRENT, RecordStanding
from core.registration.statements import ADD_HISTORY
from core.roster.lookup import uninvite

_SUPERSEDE = Statement("""
    UPDATE records
    SET standing = 'superseded',
        status = 'superseded',
        nik_tail = '',
        nik_jumble = '',
        version = version + 1,
        updated_at = :at,
        check_due_at = NULL
    WHERE id = :record_id AND version = :seen
""")
_LIVE_SEATS = Statement("""
    SELECT id, slot_id, booked_by
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


class Seen(NamedTuple):
    """A record as it stood when it was read."""

    id: int
    version: int
    standing: str


class _Record(NamedTuple):
    """What a change of standing reads of a record."""

    id: int
    version: int
    standing: str
    campaign: str
    nik: str

    @property
    def seen(self) -> Seen:
        """Return how it stood."""
        return Seen(*self[:3])


_FIND = Statement(
    """
    SELECT {columns}
    FROM records
    WHERE id = :record_id
    FOR NO KEY UPDATE
    """,
    columns=column_list(_Record._fields),
)
_FIND_CURRENT = Statement(
    """
    SELECT {columns}
    FROM records
    WHERE nik = :nik AND campaign = :campaign AND {current}
    FOR NO KEY UPDATE
    """,
    columns=column_list(_Record._fields),
    current=CURRENT,
)
_HOLD = Statement("""
    UPDATE records
    SET standing = 'held',
        nik_tail = :nik_tail,
        nik_jumble = :nik_jumble,
        version = version + 1,
        updated_at = :at
    WHERE id = :record_id
""")


def supersede(connection: Connection, seen: Seen, *, key: str, at: datetime) -> None:
    """Let the record yield: it keeps its number and its history, and gives its seat back.

    Raises `LostRaceError` if it is no longer as it was `seen`.
    """
    when = iso_utc(at)
    if not connection.run(_SUPERSEDE, record_id=seen.id, seen=seen.version, at=when):
        raise LostRaceError
    _note(connection, seen, RecordStanding.SUPERSEDED, key=key, at=when)
    for row_id, slot, booked_by in connection.all(_LIVE_SEATS, record_id=seen.id):
        connection.run(_END, row_id=row_id, key=key, at=when)
        connection.run(_GIVE_BACK, slot=slot)
        withdraw(connection, booking_keys(booked_by))


def hold(
    connection: Connection, record_id: int, *, key: str, at: datetime
) -> RecordStanding | None:
    """Let the record be held, if it may; return how it stood before, None if it is not held now.

    A contested one may where no other holds the NIK; a claimed one then yields. If the NIK is
    registered in this very moment, the unique index refuses the change, and the database runs the
    operation again.
    """
    record = _read(connection, _FIND, record_id=record_id)
    if record is None or record.standing == RecordStanding.SUPERSEDED:
        return None
    if record.standing == RecordStanding.HELD:
        return RecordStanding.HELD
    if record.standing == RecordStanding.CONTESTED:
        other = _read(connection, _FIND_CURRENT, nik=record.nik, campaign=record.campaign)
        if other is not None:
            if other.standing == RecordStanding.HELD:
                return None
            supersede(connection, other.seen, key=key, at=at)
    connection.run(
        _HOLD,
        record_id=record_id,
        nik_tail=tail(record.nik),
        nik_jumble=jumble(record.nik),
        at=iso_utc(at),
    )
    _note(connection, record.seen, RecordStanding.HELD, key=key, at=iso_utc(at))
    uninvite(connection, campaign=record.campaign, nik=record.nik, at=at)
    return RecordStanding(record.standing)


def _read(connection: Connection, statement: Statement, **where: str | int) -> _Record | None:
    row = connection.one(statement, **where)
    return None if row is None else _Record._make(row)


def _note(connection: Connection, seen: Seen, standing: str, *, key: str, at: str) -> None:
    change = {"field": "standing", "old": seen.standing, "new": standing, "at": at}
    connection.run(ADD_HISTORY, record_id=seen.id, intent_id=key, **change)
