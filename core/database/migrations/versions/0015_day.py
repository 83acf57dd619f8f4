"""The facility's day: what a site notes, closed days and whom they displace."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A seat that somebody gives back at a closed time stays closed, whichever code gives it back.
_CLOSED = "NEW.closed = 1 AND NEW.booked < NEW.capacity"
_KEEP_CLOSED = "UPDATE slots SET capacity = NEW.booked WHERE id = NEW.id;"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("slots", _count("closed"))
    for name in ("attended_by", "batch"):
        op.add_column("appointments", _text(name, ""))
    op.add_column("appointments", _count("walk_in"))
    _create_closures()
    _create_displaced()
    _keep_closed()


def _create_closures() -> None:
    op.create_table(
        "closures",
        sa.Column("id", _ID, nullable=False),
        *(_text(name) for name in ("key", "campaign", "facility_code", "begins", "ends")),
        *(_text(name) for name in ("offer", "made_by", "made_at")),
        *(_text(name, "") for name in ("done_at", "reopened_at")),
        sa.PrimaryKeyConstraint("id", name="pk_closures"),
        sa.UniqueConstraint("key", name="uq_closures_key"),
        _reference("closures", "facility_code", "facilities.code"),
    )
    op.create_index("ix_closures_facility_code_begins", "closures", ["facility_code", "begins"])
    _index("ix_closures_unfinished", "closures", ["id"], "done_at = ''")


def _create_displaced() -> None:
    op.create_table(
        "displaced",
        *(sa.Column(f"{name}_id", _ID, nullable=False) for name in ("appointment", "closure")),
        sa.Column("record_id", _ID, nullable=False),
        _text("key"),
        _count("moved"),
        *(_text(name, "") for name in ("called_at", "called_by")),
        sa.PrimaryKeyConstraint("appointment_id", name="pk_displaced"),
        _reference("displaced", "appointment_id", "appointments.id", ondelete="CASCADE"),
        _reference("displaced", "closure_id", "closures.id"),
        _reference("displaced", "record_id", "records.id", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    for column in ("closure_id", "record_id"):
        op.create_index(f"ix_displaced_{column}", "displaced", [column])


def _keep_closed() -> None:
    head = "CREATE TRIGGER tr_slots_closed AFTER UPDATE OF booked, closed ON slots"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{head} WHEN ({_CLOSED}) BEGIN {_KEEP_CLOSED} END")
        return
    op.execute(
        "CREATE FUNCTION slots_closed() RETURNS trigger LANGUAGE plpgsql AS $$ "
        + f"BEGIN {_KEEP_CLOSED} RETURN NULL; END $$"
    )
    op.execute(f"{head} FOR EACH ROW WHEN ({_CLOSED}) EXECUTE FUNCTION slots_closed()")


def _text(name: str, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _count(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def _reference(
    table: str, column: str, to: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [to], name=name, ondelete=ondelete)


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)
