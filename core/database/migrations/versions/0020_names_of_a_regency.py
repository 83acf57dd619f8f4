"""An index that finds a name in a regency without reading the regency's records."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_COLUMNS = ["nik", "full_name", "standing", "campaign", "id"]


def upgrade() -> None:
    """Let the index of NIKs hold the names too."""
    op.create_index("ix_records_nik_full_name_standing_campaign_id", "records", _COLUMNS)
    op.drop_index("ix_records_nik", "records")
