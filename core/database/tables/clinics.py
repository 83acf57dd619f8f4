"""Facilities, slots, closures; appointments, whom closures displace, who waits; screenings."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from core.database.tables.base import (
    Id,
    count_column,
    metadata,
    number_column,
    partial_index,
    record_column,
    text_column,
)

facilities = Table(
    "facilities",
    metadata,
    Column("code", Text, primary_key=True),
    text_column("name"),
    text_column("regency_code"),
    text_column("address"),
    Column("latitude", Float, nullable=True),
    Column("longitude", Float, nullable=True),
    count_column("demo"),
    Index(None, "regency_code"),
    Index(None, "latitude", "longitude"),
)

slots = Table(
    "slots",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("campaign"),
    Column("facility_code", Text, ForeignKey("facilities.code"), nullable=False),
    text_column("start"),
    number_column("dose"),
    number_column("capacity"),
    count_column("booked"),
    # Then a trigger (migration 0015) lets `capacity` fall with `booked`: no seat comes free.
    count_column("closed"),
    UniqueConstraint("campaign", "facility_code", "dose", "start"),
    CheckConstraint("booked >= 0 AND booked <= capacity", name="seats"),
)
partial_index(
    "ix_slots_open",
    "booked < capacity",  # a search for a seat reads no full slot
    *(slots.c.campaign, slots.c.facility_code, slots.c.dose, slots.c.start),
)

partial_index(
    "ix_slots_ahead",
    "booked < capacity",  # whether any seat is open is one look
    *(slots.c.campaign, slots.c.dose, slots.c.start),
)

appointments = Table(
    "appointments",
    metadata,
    Column("id", Id, primary_key=True),
    record_column(),
    Column("slot_id", Id, ForeignKey("slots.id"), nullable=False),
    number_column("dose"),
    # booked, changed, cancelled, attended, missed, put_off, moved_by_site, cancelled_by_site
    text_column("status"),
    text_column("code"),
    number_column("sequence"),
    text_column("booked_by"),  # the key of the effect that made it
    text_column("ended_by", optional=True),  # the key of the effect that ended it
    text_column("created_at"),
    text_column("updated_at"),
    text_column("attended_by", ""),  # the operator at the site who noted it; empty: the person
    text_column("batch", ""),  # of the vaccine
    count_column("walk_in"),  # came without an appointment
    UniqueConstraint("booked_by"),
    Index(None, "record_id"),
    Index(None, "slot_id"),
)
partial_index("uq_appointments_live", "status = 'booked'", appointments.c.record_id, unique=True)

refusals = Table(
    "refusals",
    metadata,
    Column("key", Text, primary_key=True),  # of the effect that was refused a seat for good
    text_column("why"),
    text_column("at"),
    sqlite_with_rowid=False,
)

screenings = Table(
    "screenings",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("key"),
    record_column(),
    text_column("version"),
    text_column("answers"),  # JSON: code -> yes or no
    text_column("outcome"),
    text_column("until"),
    text_column("at"),
    UniqueConstraint("key"),
    Index(None, "record_id"),
)

closures = Table(
    "closures",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("key"),  # of the call that closed the day
    text_column("campaign"),
    Column("facility_code", Text, ForeignKey("facilities.code"), nullable=False),
    text_column("begins"),  # the day, in the facility's zone
    text_column("ends"),
    text_column("offer"),  # next_free, choose, cancel
    text_column("made_by"),
    text_column("made_at"),
    text_column("done_at", ""),  # when nobody was left to tell
    text_column("reopened_at", ""),
    UniqueConstraint("key"),
    Index(None, "facility_code", "begins"),
)
partial_index("ix_closures_unfinished", "done_at = ''", closures.c.id)


def _goes_with(column: str) -> ForeignKey:
    """Return a foreign key to what, when it is erased, takes the row along."""
    return ForeignKey(column, ondelete="CASCADE")


displaced = Table(
    "displaced",
    metadata,
    Column("appointment_id", Id, _goes_with("appointments.id"), primary_key=True),
    Column("closure_id", Id, ForeignKey("closures.id"), nullable=False),
    Column("record_id", Id, _goes_with("records.id"), nullable=False),
    text_column("key"),  # of the message that tells the person
    count_column("moved"),  # to another time; else the person chooses
    text_column("called_at", ""),
    text_column("called_by", ""),
    Index(None, "closure_id"),
    Index(None, "record_id"),
    sqlite_with_rowid=False,
)

# Who waits for a seat that comes free; one live row a record. While `offered`, `slot_id` is held:
# it counts as booked.
standby = Table(
    "standby",
    metadata,
    Column("id", Id, primary_key=True),
    Column("record_id", Id, _goes_with("records.id"), nullable=False),
    text_column("key"),  # of the effect that asked
    text_column("campaign"),
    number_column("dose"),
    text_column("low"),  # the regencies that are near, from this code
    text_column("high"),  # to this one
    text_column("not_before"),  # when the dose may be given first
    text_column("kind"),  # the door by which a seat is offered
    text_column("value"),
    text_column("channel"),
    text_column("status", "waiting"),  # waiting, offered, booked, declined, lapsed, ended
    Column("slot_id", Id, ForeignKey("slots.id"), nullable=True),
    text_column("offered_at", ""),
    text_column("expires_at", ""),
    text_column("ended_by", ""),  # the key of the effect that answered the offer
    text_column("created_at"),
    UniqueConstraint("key"),
    Index(None, "record_id"),
    Index(None, "kind", "value"),
)
_waits = standby.c
partial_index("uq_standby_live", "status IN ('waiting', 'offered')", _waits.record_id, unique=True)
partial_index(
    "ix_standby_waiting",
    "status = 'waiting'",
    *(_waits.campaign, _waits.dose, _waits.low, _waits.high, _waits.not_before, _waits.id),
)
partial_index("ix_standby_offered", "status = 'offered'", _waits.expires_at)
