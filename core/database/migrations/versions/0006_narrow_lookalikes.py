"""An index that finds a mistyped NIK without reading every record of that birth date."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the index hold the NIK and the id too: then nothing else is read."""
    op.create_index("ix_records_nik_tail_nik_id", "records", ["nik_tail", "nik", "id"])
    op.drop_index("ix_records_nik_tail", "records")
