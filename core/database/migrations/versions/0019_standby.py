"""Standby: who waits for a seat that comes free, and what is offered to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOOR = ("kind", "value", "channel")
_WAITING = ["campaign", "dose", "low", "high", "not_before", "id"]


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "standby",
        sa.Column("id", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        *(_text(name) for name in ("key", "campaign")),
        sa.Column("dose", sa.Integer(), nullable=False),
        *(_text(name) for name in ("low", "high", "not_before", *_DOOR)),
        _text("status", "waiting"),
        sa.Column("slot_id", _ID, nullable=True),
        *(_text(name, "") for name in ("offered_at", "expires_at", "ended_by")),
        _text("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_standby"),
        sa.UniqueConstraint("key", name="uq_standby_key"),
        _reference("record_id", "records.id", ondelete="CASCADE"),
        _reference("slot_id", "slots.id"),
    )
    op.create_index("ix_standby_record_id", "standby", ["record_id"])
    op.create_index("ix_standby_kind_value", "standby", ["kind", "value"])
    _index("uq_standby_live", ["record_id"], "status IN ('waiting', 'offered')", unique=True)
    _index("ix_standby_waiting", _WAITING, "status = 'waiting'")
    _index("ix_standby_offered", ["expires_at"], "status = 'offered'")


def _text(name: str, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _reference(column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_standby_{column}", ondelete=ondelete)


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    only = sa.text(where)
    op.create_index(
        name, "standby", columns, unique=unique, sqlite_where=only, postgresql_where=only
    )
