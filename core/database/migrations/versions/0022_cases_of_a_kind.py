"""An index that finds the waiting cases of a rare kind without reading all that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_WAITING = sa.text("status <> 'decided'")


def upgrade() -> None:
    """Index waiting cases by kind, too."""
    op.create_index(
        "ix_cases_waiting_of_kind",
        "cases",
        ["kind", "opened_at", "id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
