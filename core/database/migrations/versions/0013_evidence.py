"""Indexes by which evidence is listed, counted and erased without its files being read.

SQLite reads the whole of a large value to come to a column behind it.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NEWEST = ("received_at", "id", "value", "media_type", "bytes")
_OF_MAILBOX = ("value", "received_at", "id", "media_type", "bytes")


def upgrade() -> None:
    """Replace the index by time with one of all that is shown; add one by mailbox."""
    op.drop_index("ix_evidence_received_at", "evidence")
    op.create_index("ix_evidence_newest", "evidence", list(_NEWEST))
    op.create_index("ix_evidence_value", "evidence", list(_OF_MAILBOX))
