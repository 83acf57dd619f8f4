"""The tables, once for SQLite and PostgreSQL; `core/migrations` brings a database to this.

Times are ISO 8601 text in UTC of one width, dates ISO text, yes and no 1 and 0, JSON text.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str, *, optional: bool = False) -> Column[str]:
    return Column(name, Text, nullable=optional)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def _record_id(*, optional: bool = False, primary: bool = False) -> Column[int]:
    key = ForeignKey("records.id")
    return Column("record_id", _Id, key, nullable=optional, primary_key=primary)


records = Table(
    "records",
    metadata,
    Column("id", _Id, primary_key=True),
    _text("campaign"),
    _text("nik"),
    _text("number"),
    _text("full_name"),
    _text("birth_date"),
    _text("sex"),
    _text("profession"),
    _text("phone", optional=True),
    _text("language"),
    _text("status"),
    _text("attributes"),
    _number("version"),
    _text("created_at"),
    _text("updated_at"),
    _text("nik_tail"),  # these two find a mistyped NIK: see core/lookalikes.py
    _text("nik_jumble"),
    _text("facility_code", optional=True),  # where the registry says that the person works
    _text("check_due_at", optional=True),  # when the registry is to be asked (again)
    _count("check_attempts"),
    _count("told_version"),  # the version that the registry has acknowledged
    UniqueConstraint("nik", "campaign"),
    UniqueConstraint("number"),
    Index(None, "nik_tail"),
    Index(None, "nik_jumble"),
    Index(None, "phone"),
    Index(None, "status"),
)
_checks_due = records.c.check_due_at.is_not(None)
Index(
    "ix_records_check_due_at",
    records.c.check_due_at,
    sqlite_where=_checks_due,
    postgresql_where=_checks_due,
)
_to_be_told = records.c.version > records.c.told_version
Index(
    "ix_records_to_be_told",
    records.c.updated_at,
    records.c.id,
    sqlite_where=_to_be_told,
    postgresql_where=_to_be_told,
)

addresses = Table(
    "addresses",
    metadata,
    _record_id(primary=True),
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    _number("verified"),
    _text("channels"),  # a JSON list, in order of first use
    _text("linked_at"),
    Index(None, "kind", "value"),
    sqlite_with_rowid=False,
)

intents = Table(
    "intents",
    metadata,
    Column("id", _Id, primary_key=True),
    _text("intent_id"),
    _record_id(optional=True),
    _text("campaign"),
    _text("channel"),
    _text("provider"),
    _text("kind"),
    _text("value"),
    _text("message_id"),
    _text("received_at"),
    _text("nik"),
    _text("outcome"),
    _text("number", optional=True),
    _text("intent"),  # the whole of it, as JSON
    UniqueConstraint("intent_id"),
    Index(None, "record_id"),
    Index(None, "kind", "value", "campaign", "nik", "outcome"),
    Index(None, "outcome"),
    Index(None, "channel"),
)

history = Table(
    "history",
    metadata,
    Column("id", _Id, primary_key=True),
    _record_id(),
    _text("intent_id"),
    _text("field"),
    _text("old", optional=True),
    _text("new", optional=True),
    _text("at"),
    Index(None, "record_id"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    _number("out"),
    _text("at"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),  # in the order in which messages were owed
    _text("key"),
    _text("channel"),
    _text("provider", optional=True),
    _text("kind"),
    _text("value"),
    _text("reply"),
    _text("headers"),
    _number("answers_request"),
    _text("status"),
    _number("attempts"),
    _text("due_at"),  # while a sender has it: when its lease ends
    _text("provider_id", optional=True),
    _text("why", optional=True),
    _text("created_at"),
    _text("sent_at", optional=True),
    Column(
        "not_before", Text, nullable=False, server_default=""
    ),  # until then it holds up nothing
    _count("bulk"),
    Column("quiet", Text, nullable=False, server_default=""),
    Column("refused_by", Text, nullable=False, server_default="[]"),  # a JSON list
    Column("unsure_of", Text, nullable=False, server_default=""),
    _text("ticket", optional=True),
    UniqueConstraint("key"),
    Index(None, "kind", "value", "channel", "status"),
    Index(None, "provider", "provider_id"),
)
_QUEUED, _DEAD = "status = 'queued'", "status = 'dead'"
for _name, _where, _columns in (
    ("ix_outbox_due", _QUEUED, (outbox.c.bulk, outbox.c.due_at, outbox.c.id)),
    ("ix_outbox_oldest", f"{_QUEUED} AND bulk = 0", (outbox.c.not_before,)),
    ("ix_outbox_dead", _DEAD, (outbox.c.id,)),
):
    Index(_name, *_columns, sqlite_where=text(_where), postgresql_where=text(_where))

audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True),
    _text("at"),
    _text("action"),
    _text("number", optional=True),
)

roster = Table(
    "roster",
    metadata,
    Column("id", _Id, primary_key=True),
    _text("campaign"),
    _text("nik"),
    _text("full_name"),
    _text("profession"),
    _text("facility_code"),
    _text("phone", optional=True),
    _count("demo"),
    _text("invited_at", optional=True),
    UniqueConstraint("nik", "campaign"),
    Index(None, "campaign", "demo"),
)

facilities = Table(
    "facilities",
    metadata,
    Column("code", Text, primary_key=True),
    _text("name"),
    _text("regency_code"),
    _text("address"),
    Column("latitude", Float, nullable=True),
    Column("longitude", Float, nullable=True),
    _count("demo"),
    Index(None, "regency_code"),
    Index(None, "latitude", "longitude"),
)

slots = Table(
    "slots",
    metadata,
    Column("id", _Id, primary_key=True),
    _text("campaign"),
    Column("facility_code", Text, ForeignKey("facilities.code"), nullable=False),
    _text("start"),
    _number("dose"),
    _number("capacity"),
    _count("booked"),
    UniqueConstraint("campaign", "facility_code", "dose", "start"),
    CheckConstraint("booked >= 0 AND booked <= capacity", name="seats"),
)
_has_seats = slots.c.booked < slots.c.capacity
Index(
    "ix_slots_open",  # who looks for a seat reads no full slot
    slots.c.campaign,
    slots.c.facility_code,
    slots.c.dose,
    slots.c.start,
    sqlite_where=_has_seats,
    postgresql_where=_has_seats,
)

appointments = Table(
    "appointments",
    metadata,
    Column("id", _Id, primary_key=True),
    _record_id(),
    Column("slot_id", _Id, ForeignKey("slots.id"), nullable=False),
    _number("dose"),
    _text("status"),  # booked, changed, cancelled, attended, missed
    _text("code"),
    _number("sequence"),
    _text("booked_by"),  # the key of the effect that made it
    _text("ended_by", optional=True),  # and of the one that ended it
    _text("created_at"),
    _text("updated_at"),
    UniqueConstraint("booked_by"),
    Index(None, "record_id"),
    Index(None, "slot_id"),
)
_live = appointments.c.status == text("'booked'")
Index(
    "uq_appointments_live",
    appointments.c.record_id,
    unique=True,
    sqlite_where=_live,
    postgresql_where=_live,
)

screenings = Table(
    "screenings",
    metadata,
    Column("id", _Id, primary_key=True),
    _text("key"),
    _record_id(),
    _text("version"),
    _text("answers"),  # JSON: code -> yes or no
    _text("outcome"),
    _text("until"),
    _text("at"),
    UniqueConstraint("key"),
    Index(None, "record_id"),
)

proofs = Table(
    "proofs",
    metadata,
    _record_id(primary=True),
    Column("kind", Text, nullable=False),  # the address that asked
    _text("value"),
    _text("code"),
    _text("key"),  # of the effect that asked
    _number("tries"),
    _text("expires_at"),
    _text("checked_by", optional=True),  # the key of the effect that tried last
    _text("proven_by", optional=True),  # and of the one that had it right
    sqlite_with_rowid=False,
)

tallies = Table(
    "tallies",
    metadata,
    Column("subject", Text, primary_key=True),  # who or what is counted, and for which bound
    _text("since"),
    _number("count"),
    _text("key"),  # of the effect that was counted last
    Index(None, "since"),
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),  # of work that one worker does at a time
    _text("until"),
    _text("holder"),
    sqlite_with_rowid=False,
)
