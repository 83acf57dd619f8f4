"""${message}."""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

compatible_from = ${repr(down_revision)}  # or older: that of the revision before, if this only expands


def upgrade() -> None:
    """Go forward."""
    ${upgrades if upgrades else "pass"}
