"""An index that finds who on the roster has a phone, and whether more than one person has it."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the phones."""
    op.create_index("ix_roster_phone", "roster", ["phone"])
