"""Data keys, and the one of each record; both empty where nothing is sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None
compatible_from = "0028"


def upgrade() -> None:
    """Create the table, and add the column."""
    op.create_table(
        "data_keys",
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("ref", name="pk_data_keys"),
        sqlite_with_rowid=False,
    )
    op.add_column("records", sa.Column("data_key", sa.Text(), nullable=False, server_default=""))
