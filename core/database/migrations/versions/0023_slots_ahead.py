"""An index that tells with one look whether any seat of a dose is open, wherever it is."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_OPEN = sa.text("booked < capacity")


def upgrade() -> None:
    """Index open slots by time, too."""
    op.create_index(
        "ix_slots_ahead",
        "slots",
        ["campaign", "dose", "start"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
