"""What finds a person without reading parts of a NIK or a name: a regency, and marks of the name.

They are filled in batches, by the gateway as it starts, also for what the release before writes.
Until it has gone, `nik_tail` and `nik_jumble` and their indexes stay for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None
compatible_from = "0028"

_COVERING = ["regency", "name_marks", "standing", "campaign", "id"]


def upgrade() -> None:
    """Add both, empty in all records so far, and what finds by them."""
    for name in ("regency", "name_marks"):
        op.add_column("records", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_index("ix_records_nik", "records", ["nik"])
    op.create_index("ix_records_birth_date_name_marks", "records", ["birth_date", "name_marks"])
    op.create_index("ix_records_regency_name_marks_standing_campaign_id", "records", _COVERING)
    op.drop_index("ix_records_nik_full_name_standing_campaign_id", "records")
