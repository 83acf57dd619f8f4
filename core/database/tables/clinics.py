"""Facilities, their slots, appointments and screenings."""

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
    UniqueConstraint("campaign", "facility_code", "dose", "start"),
    CheckConstraint("booked >= 0 AND booked <= capacity", name="seats"),
)
partial_index(
    "ix_slots_open",
    "booked < capacity",  # a search for a seat reads no full slot
    *(slots.c.campaign, slots.c.facility_code, slots.c.dose, slots.c.start),
)

appointments = Table(
    "appointments",
    metadata,
    Column("id", Id, primary_key=True),
    record_column(),
    Column("slot_id", Id, ForeignKey("slots.id"), nullable=False),
    number_column("dose"),
    text_column("status"),  # booked, changed, cancelled, attended, missed
    text_column("code"),
    number_column("sequence"),
    text_column("booked_by"),  # the key of the effect that made it
    text_column("ended_by", optional=True),  # the key of the effect that ended it
    text_column("created_at"),
    text_column("updated_at"),
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
