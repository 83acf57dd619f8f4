"""Lists of staff that letters bring, and files as evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "lists",
        sa.Column("id", _ID, nullable=False),
        *(_text(name) for name in ("key", "value")),
        sa.Column("lane", sa.Integer(), nullable=False),
        *(
            _text(name)
            for name in ("received_at", "letter", "persons", "notes", "state", "due_at")
        ),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("results", sa.Text(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lists"),
        sa.UniqueConstraint("key", name="uq_lists_key"),
    )
    op.create_index("ix_lists_received_at", "lists", ["received_at"])
    staged = sa.text("state = 'staged'")
    op.create_index(
        "ix_lists_staged",
        "lists",
        ["lane", "due_at", "id"],
        sqlite_where=staged,
        postgresql_where=staged,
    )
    op.create_table(
        "evidence",
        sa.Column("id", _ID, nullable=False),
        _text("key"),
        sa.Column("part", sa.Integer(), nullable=False),
        *(_text(name) for name in ("value", "media_type")),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _text("received_at"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.UniqueConstraint("key", "part", name="uq_evidence_key_part"),
    )
    op.create_index("ix_evidence_received_at", "evidence", ["received_at"])


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)
