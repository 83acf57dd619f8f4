"""The funnel, people by day, channel and step; and exports that two people agreed on."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "funnel",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("day", "channel", "step")),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", "step", name="pk_funnel"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "exports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("asked", "format", "asked_by", "reason", "expires_at")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
    )
