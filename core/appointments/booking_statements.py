"""The SQL of taking a seat and giving it back."""

from core.appointments.history import APPOINTMENTS, OWN_COLUMNS
from core.appointments.slots import FACILITY
from core.database.statements import Statement, column_list, parameter_list
from core.registration.statements import OF_NUMBER

MADE_BY = Statement(f"{APPOINTMENTS} WHERE appointments.booked_by = :key")
ENDED_BY = Statement(f"""
    {APPOINTMENTS}
    WHERE appointments.record_id = :record_id
      AND appointments.ended_by = :key
      AND appointments.status = :status
""")
REFUSED = Statement("SELECT why FROM refusals WHERE key = :key")
REFUSE = Statement("""
    INSERT INTO refusals (key, why, at)
    VALUES (:key, :why, :at)
    ON CONFLICT (key) DO NOTHING
""")
SLOT = Statement(
    """
    SELECT slots.id, slots.dose, slots.start, {facility}
    FROM slots
    JOIN facilities ON facilities.code = slots.facility_code
    JOIN records ON records.campaign = slots.campaign
    WHERE slots.id = :slot
      AND records.number = :number
    """,
    facility=FACILITY,
)
# Two people who swap slots lock them in the same order, or they would deadlock.
LOCK_SLOTS = Statement("""
    SELECT id
    FROM slots
    WHERE id IN (:slot, :other)
    ORDER BY id
    FOR UPDATE
""")
TAKE = Statement("""
    UPDATE slots
    SET booked = booked + 1
    WHERE id = :slot
      AND booked < capacity
      AND start > :now
""")
GIVE_BACK = Statement("""
    UPDATE slots
    SET booked = booked - 1
    WHERE id = :slot
""")
END = Statement("""
    UPDATE appointments
    SET status = :status, ended_by = :key, updated_at = :at, sequence = :sequence
    WHERE id = :row_id
      AND status = 'booked'
""")
SEQUENCE = Statement("""
    SELECT coalesce(max(sequence), -1)
    FROM appointments
    WHERE record_id = :record_id
""")
MADE_COLUMNS = OWN_COLUMNS[1:]  # all but the id
MAKE = Statement(
    """
    INSERT INTO appointments ({columns}, created_at, updated_at)
    VALUES ({values}, :at, :at)
    """,
    columns=column_list(MADE_COLUMNS),
    values=parameter_list(MADE_COLUMNS),
)
SCREEN = Statement(
    """
    INSERT INTO screenings (record_id, key, version, answers, outcome, until, at)
    SELECT id, :key, :version, :answers, :outcome, :until, :at
    FROM records
    WHERE id = {of_number}
    ON CONFLICT (key) DO NOTHING
    """,
    of_number=OF_NUMBER,
)
