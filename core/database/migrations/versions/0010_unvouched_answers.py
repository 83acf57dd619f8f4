"""Answers to letters that nobody vouches for wait in a lane of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_READY = sa.text("status = 'queued' AND held_by IS NULL")


def upgrade() -> None:
    """Note who waits in that lane, and let the index of a claim tell the lanes apart."""
    op.add_column("outbox", sa.Column("unvouched", sa.Integer, nullable=False, server_default="0"))
    op.drop_index("ix_outbox_ready", "outbox")
    op.create_index(
        "ix_outbox_ready",
        "outbox",
        ["bulk", "unvouched", "due_at", "id"],
        sqlite_where=_READY,
        postgresql_where=_READY,
    )
