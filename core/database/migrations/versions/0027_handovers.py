"""Forms that are handed over between a browser and a phone, and the browsers of phones."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    _create("handovers", ("kind", "value"), "secret key phone answers intent taken_by expires_at")
    op.create_index("uq_handovers_secret", "handovers", ["secret"], unique=True)
    op.create_index("ix_handovers_expires_at", "handovers", ["expires_at"])
    _create("aliases", ("browser",), "kind value since expires_at")
    op.create_index("ix_aliases_kind_value", "aliases", ["kind", "value"])
    op.create_index("ix_aliases_expires_at", "aliases", ["expires_at"])


def _create(name: str, key: tuple[str, ...], rest: str) -> None:
    columns = [sa.Column(column, sa.Text(), nullable=False) for column in (*key, *rest.split())]
    primary = sa.PrimaryKeyConstraint(*key, name=f"pk_{name}")
    op.create_table(name, *columns, primary, sqlite_with_rowid=False)
