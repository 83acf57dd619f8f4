"""One record put back as it stood before a decision, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from core.cases.snapshots import COMPARED, FIELDS, Seat, Snapshot, Standing
from core.database.statements import Connection, Plain, Statement, iso_utc
from core.fields.nik_slips import jumble, tail
from core.outbox.ticket import booking_keys
from core.registration.marking import marks_of
from core.registration.rechecks import OPEN

# The registry is asked again where its verdict can still change; versions only grow.
_RESTORE = Statement(
    """
    UPDATE records
    SET {fields},
        regency = :regency,
        name_marks = :name_marks,
        check_due_at = :due,
        check_attempts = 0,
        version = version + 1,
        updated_at = CASE WHEN updated_at < :at THEN :at ELSE updated_at END
    WHERE id = :record_id
    """,
    fields=", ".join(f"{name} = :{name}" for name in FIELDS),
)
_UNLINK_ALL = Statement("DELETE FROM addresses WHERE record_id = :record_id")
_LINK = Statement("""
    INSERT INTO addresses (record_id, kind, value, verified, channels, linked_at)
    VALUES (:record_id, :kind, :value, :verified, :channels, :linked_at)
""")
_TAKE_SEAT = Statement("""
    UPDATE slots
    SET booked = booked + 1
    WHERE id = :slot_id AND booked < capacity
""")
_BOOK_AGAIN = Statement("""
    UPDATE appointments
    SET status = 'booked', ended_by = NULL, updated_at = :at, sequence = sequence + 1
    WHERE id = :row_id
""")
_SEND_AFTER_ALL = Statement("""
    UPDATE outbox
    SET status = 'queued'
    WHERE key = :key AND status = 'withdrawn' AND not_before > :at
""")
_FORGET_SCREENING = Statement("""
    DELETE FROM screenings
    WHERE record_id = :record_id AND id > :last
""")
_GONE: Final = {"standing": "superseded", "status": "withdrawn"}


class NotRestorableError(Exception):
    """A row that would be put back is another's by now; `why` is a key of `Refusal`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def restore(
    connection: Connection, one: Snapshot, *, at: datetime
) -> dict[str, tuple[str | None, str | None]]:
    """Put the record back; return what that changed: field -> (before, now).

    One that the decision made is withdrawn. Raises `NotRestorableError` if its seat is taken.
    """
    was = one.after.fields
    fields = {**was, **_GONE} if one.before is None else one.before.fields
    current = fields["standing"] in ("claimed", "held")
    due = iso_utc(at) if current and fields["status"] in OPEN else None
    where: dict[str, Plain] = {"record_id": one.record_id, "at": iso_utc(at)}
    connection.run(_RESTORE, due=due, **{**where, **fields, **_derived(fields, current=current)})
    if one.before is not None:
        _restore_rest(connection, one.record_id, one.before, one.after, at)
    return {name: (was[name], fields[name]) for name in COMPARED if was[name] != fields[name]}


def _derived(fields: Mapping[str, str | None], *, current: bool) -> dict[str, str]:
    """Return the columns that follow from others."""
    nik, full_name = str(fields["nik"]), str(fields["full_name"])
    slips = {"nik_tail": tail(nik), "nik_jumble": jumble(nik)}
    return marks_of(nik, full_name) | (slips if current else dict.fromkeys(slips, ""))


def _restore_rest(
    connection: Connection, record_id: int, before: Standing, after: Standing, at: datetime
) -> None:
    if before.addresses != after.addresses:
        connection.run(_UNLINK_ALL, record_id=record_id)
        for kind, value, verified, channels, linked_at in before.addresses:
            address: dict[str, Plain] = {"kind": kind, "value": value, "channels": channels}
            linked: dict[str, Plain] = {"verified": verified, "linked_at": linked_at}
            connection.run(_LINK, record_id=record_id, **address, **linked)
    if before.screening != after.screening:
        connection.run(_FORGET_SCREENING, record_id=record_id, last=before.screening or 0)
    _restore_seats(connection, [one for one in before.seats if one not in after.seats], at)


def _restore_seats(connection: Connection, seats: Sequence[Seat], at: datetime) -> None:
    """Take the seats again that were given back, and send their reminders after all."""
    for seat in seats:
        if not connection.run(_TAKE_SEAT, slot_id=seat.slot_id):
            raise NotRestorableError("seat_gone")
        connection.run(_BOOK_AGAIN, row_id=seat.id, at=iso_utc(at))
        for key in booking_keys(seat.booked_by):
            connection.run(_SEND_AFTER_ALL, key=key, at=iso_utc(at))
