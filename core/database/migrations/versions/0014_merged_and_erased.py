"""Records that were merged into another, and receipts of erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the record that another was merged into, and the table of receipts."""
    op.add_column("records", sa.Column("merged_into", _ID, nullable=True))
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "ix_records_merged_into",
        "records",
        ["merged_into"],
        sqlite_where=merged,
        postgresql_where=merged,
    )
    op.create_table(
        "erasures",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_erasures"),
        sa.UniqueConstraint("receipt", name="uq_erasures_receipt"),
        sqlite_with_rowid=False,
    )
