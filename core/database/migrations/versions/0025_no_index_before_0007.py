"""No index of the outbox for the claims of the version before 0007, which nothing else reads."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop it: each message that is queued and leaves the queue wrote to it."""
    op.drop_index("ix_outbox_due", "outbox")
