"""Roster files that operators bring, applied once somebody says so; the audit by who."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, whose file stands last: SQLite reads it to come to what is behind."""
    op.create_table(
        "roster_files",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("campaign", "brought_by", "brought_at", "found")
        ),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("applied_by", "applied_at", "applied")
        ),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roster_files"),
    )
    op.create_index("ix_roster_files_brought_at", "roster_files", ["brought_at"])
    op.create_index("ix_audit_operator_id", "audit", ["operator", "id"])
