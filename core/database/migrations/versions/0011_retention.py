"""Indexes of what is forgotten next: codes, proofs and the texts of messages."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SAYS = """reply <> '[[],""]'"""


def upgrade() -> None:
    """Index messages that still say something, and proofs with a code and without."""
    _index("outbox", "outdated", "not_after", f"not_after IS NOT NULL AND {_SAYS}")
    _index("outbox", "old", "due_at", f"status <> 'queued' AND {_SAYS}")
    _index("proofs", "live", "expires_at", "code <> ''")
    _index("proofs", "spent", "expires_at", "code = ''")


def _index(table: str, name: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        f"ix_{table}_{name}",
        table,
        [column],
        sqlite_where=condition,
        postgresql_where=condition,
    )
