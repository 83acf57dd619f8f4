"""The version of a record that the app which brought it was told of."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column, empty in all records so far, and index what is to be told."""
    op.add_column("records", sa.Column("app_version", _ID, nullable=True))
    untold = sa.text("version > app_version")
    op.create_index(
        "ix_records_app_to_be_told",
        "records",
        ["updated_at", "id"],
        sqlite_where=untold,
        postgresql_where=untold,
    )
