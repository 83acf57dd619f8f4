"""A code for each address that asks, and an index of the SMS that were withheld."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WITHHELD = sa.text("status = 'withheld'")


def upgrade() -> None:
    """Let several codes of one record live; those that do are kept."""
    _key_proofs("record_id", "kind", "value")
    op.create_index(
        "ix_outbox_withheld",
        "outbox",
        ["created_at"],
        sqlite_where=_WITHHELD,
        postgresql_where=_WITHHELD,
    )


def _key_proofs(*columns: str) -> None:
    """Change what a row is told by; SQLite copies the table for it."""
    options = {"sqlite_with_rowid": False}
    with op.batch_alter_table("proofs", table_kwargs=options) as proofs:
        proofs.drop_constraint("pk_proofs", type_="primary")
        proofs.create_primary_key("pk_proofs", list(columns))
