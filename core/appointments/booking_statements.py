"""The SQL of taking a seat and of giving it back."""

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.appointments.history import KEPT
from core.appointments.slots import FACILITY
from core.database.statements import Statement, given
from core.database.tables import appointments, facilities, records, refusals, screenings, slots

# The row of the person is held until the end, so that one person does one thing at a time.
WHO = Statement(
    select(records.c.id, records.c.status, records.c.phone, records.c.nik)
    .where(records.c.number == given("number"))
    .with_for_update()
)
MADE_BY = Statement(KEPT.where(appointments.c.booked_by == given("key")))
ENDED_BY = Statement(
    KEPT.where(
        appointments.c.record_id == given("record_id"),
        appointments.c.ended_by == given("key"),
        appointments.c.status == given("status"),
    )
)
REFUSED = Statement(select(refusals.c.why).where(refusals.c.key == given("key")))
REFUSE = Statement(
    insert(refusals)
    .values(key=given("key"), why=given("why"), at=given("at"))
    .on_conflict_do_nothing(index_elements=["key"])
)
SLOT = Statement(
    select(slots.c.id, slots.c.dose, slots.c.start, *FACILITY)
    .join(facilities, facilities.c.code == slots.c.facility_code)
    .join(records, records.c.campaign == slots.c.campaign)
    .where(slots.c.id == given("slot"), records.c.number == given("number"))
)
# Who wants two slots takes hold of them in one order, so that no two wait for each other.
HOLD = Statement(
    select(slots.c.id)
    .where(slots.c.id.in_([given("slot"), given("other")]))
    .order_by(slots.c.id)
    .with_for_update()
)
TAKE = Statement(
    update(slots)
    .where(
        slots.c.id == given("slot"),
        slots.c.booked < slots.c.capacity,
        slots.c.start > given("now"),
    )
    .values(booked=slots.c.booked + 1)
)
GIVE_BACK = Statement(
    update(slots).where(slots.c.id == given("slot")).values(booked=slots.c.booked - 1)
)
END = Statement(
    update(appointments)
    .where(appointments.c.id == given("this"), appointments.c.status == "booked")
    .values(
        status=given("status"),
        ended_by=given("key"),
        updated_at=given("at"),
        sequence=given("sequence"),
    )
)
_earlier = select(func.coalesce(func.max(appointments.c.sequence), -1))
SEQUENCE = Statement(_earlier.where(appointments.c.record_id == given("record_id")))
_made = ("record_id", "slot_id", "dose", "code", "sequence", "booked_by")
MAKE = Statement(
    insert(appointments)
    .values({name: given(name) for name in _made})
    .values(status="booked", created_at=given("at"), updated_at=given("at"))
)
_answers = ("key", "version", "answers", "outcome", "until", "at")
_record = select(records.c.id).where(records.c.number == given("number"))
SCREEN = Statement(
    insert(screenings)
    .from_select(
        ["record_id", *_answers], _record.add_columns(*(given(name) for name in _answers))
    )
    .on_conflict_do_nothing(index_elements=["key"])
)
