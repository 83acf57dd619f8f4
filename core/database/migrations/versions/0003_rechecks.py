"""Whole rosters, checks that are made anew, refusals that are kept, and whose account answers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new; a roster without a row of its own was read to its end."""
    op.create_table(
        "rosters",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.Text(), nullable=False),
        sa.Column("read_at", sa.Text(), nullable=True),
        sa.Column("checks_after", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        sa.PrimaryKeyConstraint("campaign", name=op.f("pk_rosters")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refusals",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_refusals")),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "records", sa.Column("check_round", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("outbox", sa.Column("origin", sa.Text(), server_default="", nullable=False))
    op.add_column("outbox", sa.Column("tried_at", sa.Text(), nullable=True))
