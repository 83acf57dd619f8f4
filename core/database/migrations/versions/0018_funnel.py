"""The funnel: people by day, channel and step."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "funnel",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("day", "channel", "step")),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", "step", name="pk_funnel"),
        sqlite_with_rowid=False,
    )
