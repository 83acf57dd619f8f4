"""When the last backup was made."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

compatible_from = "0028"


def upgrade() -> None:
    """Create the table, empty."""
    op.create_table(
        "backups",
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("at", name=op.f("pk_backups")),
        sqlite_with_rowid=False,
    )
