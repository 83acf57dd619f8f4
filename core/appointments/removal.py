"""Facilities and slots taken away, as long as nobody was ever booked there."""

from datetime import datetime
from typing import Final, Literal

from core.appointments.schedule import lock_facility
from core.database.statements import Connection, Statement, iso_utc

Removal = Literal["removed", "used", "unknown"]

_SLOT = Statement("""
    SELECT id
    FROM slots
    WHERE campaign = :campaign AND facility_code = :code AND dose = :dose AND start = :start
    FOR UPDATE
""")
_BOOKED = Statement("SELECT 1 FROM appointments WHERE slot_id = :slot_id LIMIT 1")
_REMOVE_SLOT = Statement("DELETE FROM slots WHERE id = :slot_id AND booked = 0")
_KNOWN = Statement("SELECT code FROM facilities WHERE code = :code")
# A closed day tells people of the facility for as long as they are displaced.
_USED: Final = """
    EXISTS (
        SELECT 1
        FROM slots
        JOIN appointments ON appointments.slot_id = slots.id
        WHERE slots.facility_code = :code
    )
    OR EXISTS (SELECT 1 FROM closures WHERE facility_code = :code)
    OR EXISTS (SELECT 1 FROM operators WHERE facility_code = :code AND disabled_at = '')"""
_IS_USED = Statement("SELECT 1 WHERE {used}", used=_USED)
_LOCK_SLOTS = Statement("SELECT id FROM slots WHERE facility_code = :code FOR UPDATE")
_REMOVE_SLOTS = Statement("DELETE FROM slots WHERE facility_code = :code")
_REMOVE = Statement("DELETE FROM facilities WHERE code = :code")


def remove_slot(
    connection: Connection, campaign: str, code: str, *, start: datetime, dose: int
) -> Removal:
    """Remove a slot; "used" if it has, or ever had, an appointment: then close it instead."""
    lock_facility(connection, code)
    where = {"campaign": campaign, "code": code, "start": iso_utc(start)}
    slot = connection.one(_SLOT, **where, dose=dose)
    if slot is None:
        return "unknown"
    if connection.one(_BOOKED, slot_id=slot[0]) is not None:
        return "used"
    return "removed" if connection.run(_REMOVE_SLOT, slot_id=slot[0]) else "used"


def remove_facility(connection: Connection, code: str) -> Removal:
    """Remove a facility and its slots; "used" if somebody was booked there, or works for it.

    Whoever books meanwhile waits for the slots, and then finds them gone.
    """
    lock_facility(connection, code)
    if connection.one(_KNOWN, code=code) is None:
        return "unknown"
    connection.all(_LOCK_SLOTS, code=code)
    if connection.one(_IS_USED, code=code) is not None:
        return "used"
    connection.run(_REMOVE_SLOTS, code=code)
    connection.run(_REMOVE, code=code)
    return "removed"
