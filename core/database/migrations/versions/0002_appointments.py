"""Verification, appointments, and messages that wait for their time."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NEW_TABLES = (
    "leases",
    "tallies",
    "proofs",
    "screenings",
    "appointments",
    "slots",
    "facilities",
    "roster",
)
_INDEXES = (
    ("roster", "campaign", "demo"),
    ("facilities", "regency_code"),
    ("facilities", "latitude", "longitude"),
    ("appointments", "record_id"),
    ("appointments", "slot_id"),
    ("screenings", "record_id"),
    ("tallies", "since"),
)
_OWED = (
    ("ix_outbox_due", "status = 'queued'", "bulk", "due_at", "id"),
    ("ix_outbox_oldest", "status = 'queued' AND bulk = 0", "not_before"),
    ("ix_outbox_dead", "status = 'dead'", "id"),
)


def _text(name: str, default: str | None = None, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=optional, server_default=default)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=default)


def _id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, _Id, nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    """Add what is new; every record there is becomes one to tell the registry of."""
    _widen_records()
    _widen_outbox()
    _create_roster()
    _create_slots()
    _create_appointments()
    _create_proofs()
    for table, *columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)


def _widen_records() -> None:
    for column in (
        _text("facility_code", optional=True),
        _text("check_due_at", optional=True),
        _number("check_attempts", "0"),
        _number("told_version", "0"),
    ):
        op.add_column("records", column)
    _create_partial(
        "ix_records_check_due_at", "records", "check_due_at IS NOT NULL", "check_due_at"
    )
    _create_partial(
        "ix_records_to_be_told", "records", "version > told_version", "updated_at", "id"
    )


def _create_partial(
    name: str, table: str, where: str, *columns: str, unique: bool = False
) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        list(columns),
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _widen_outbox() -> None:
    for column in (
        _text("not_before", ""),
        _number("bulk", "0"),
        _text("quiet", ""),
        _text("refused_by", "[]"),
        _text("unsure_of", ""),
        _text("ticket", optional=True),
        _text("not_after", optional=True),
        _number("doubts", "0"),
    ):
        op.add_column("outbox", column)
    op.drop_index(op.f("ix_outbox_status_due_at"), "outbox")
    for name, where, *columns in _OWED:
        _create_partial(name, "outbox", where, *columns)


def _create_roster() -> None:
    op.create_table(
        "roster",
        _id(),
        *(_text(name) for name in ("campaign", "nik", "full_name", "profession", "facility_code")),
        _text("phone", optional=True),
        _number("demo", "0"),
        _text("invited_at", optional=True),
        _key("roster", "id"),
        _unique("roster", "nik", "campaign"),
    )


def _create_slots() -> None:
    op.create_table(
        "facilities",
        *(_text(name) for name in ("code", "name", "regency_code", "address")),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        _number("demo", "0"),
        _key("facilities", "code"),
    )
    op.create_table(
        "slots",
        _id(),
        *(_text(name) for name in ("campaign", "facility_code", "start")),
        _number("dose"),
        _number("capacity"),
        _number("booked", "0"),
        _key("slots", "id"),
        _of("slots", "facility_code", "facilities.code"),
        _unique("slots", "campaign", "facility_code", "dose", "start"),
        sa.CheckConstraint("booked >= 0 AND booked <= capacity", name=op.f("ck_slots_seats")),
    )
    seek = ("campaign", "facility_code", "dose", "start")
    _create_partial("ix_slots_open", "slots", "booked < capacity", *seek)


def _create_appointments() -> None:
    op.create_table(
        "appointments",
        _id(),
        _id("record_id"),
        _id("slot_id"),
        _number("dose"),
        *(_text(name) for name in ("status", "code")),
        _number("sequence"),
        _text("booked_by"),
        _text("ended_by", optional=True),
        *(_text(name) for name in ("created_at", "updated_at")),
        _key("appointments", "id"),
        _of("appointments", "record_id", "records.id"),
        _of("appointments", "slot_id", "slots.id"),
        _unique("appointments", "booked_by"),
    )
    _create_partial(
        "uq_appointments_live", "appointments", "status = 'booked'", "record_id", unique=True
    )
    op.create_table(
        "screenings",
        _id(),
        _text("key"),
        _id("record_id"),
        *(_text(name) for name in ("version", "answers", "outcome", "until", "at")),
        _key("screenings", "id"),
        _of("screenings", "record_id", "records.id"),
        _unique("screenings", "key"),
    )


def _create_proofs() -> None:
    op.create_table(
        "proofs",
        _id("record_id"),
        *(_text(name) for name in ("kind", "value", "code", "key")),
        _number("tries"),
        _text("expires_at"),
        *(_text(name, optional=True) for name in ("checked_by", "proven_by")),
        _key("proofs", "record_id"),
        _of("proofs", "record_id", "records.id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tallies",
        *(_text(name) for name in ("subject", "since")),
        _number("count"),
        _text("key"),
        _key("tallies", "subject"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "leases",
        *(_text(name) for name in ("name", "until", "holder")),
        _key("leases", "name"),
        sqlite_with_rowid=False,
    )
