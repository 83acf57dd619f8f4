"""Which releases may serve on these tables, so that an older one can start on a newer one's."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

compatible_from = "0028"


def upgrade() -> None:
    """Add the table, with the row that is updated after each revision from here on."""
    op.create_table(
        "compatibility",
        sa.Column("compatible_from", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("compatible_from", name=op.f("pk_compatibility")),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO compatibility (compatible_from) VALUES ('')")  # env.py updates it
