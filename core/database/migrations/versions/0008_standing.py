"""How far each record stands: of each NIK one is current, and others may stand beside it.

The indexes that find look-alikes and phones stay whole, for gateways of the version before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CURRENT = "standing IN ('claimed', 'held')"
_CLAIM = """
    UPDATE records
    SET standing = 'claimed'
    WHERE status <> 'verified'
        AND NOT EXISTS (
            SELECT 1
            FROM addresses
            WHERE addresses.record_id = records.id AND addresses.verified = 1
        )
"""
# SQLite copies the table, and Alembic would make its indexes again in any order.
_INDEXES = {
    "nik_tail_nik_id": (["nik_tail", "nik", "id"], ""),
    "nik_jumble": (["nik_jumble"], ""),
    "phone": (["phone"], ""),
    "status": (["status"], ""),
    "check_due_at": (["check_due_at"], "check_due_at IS NOT NULL"),
    "to_be_told": (["updated_at", "id"], "version > told_version"),
}
_OF_ADDRESS = ["kind", "value", "campaign", "received_at", "voucher", "nik", "outcome"]


def upgrade() -> None:
    """Hold what a proven address or the roster vouches for; what nothing does is claimed."""
    copies = op.get_bind().dialect.name == "sqlite"
    for name in _INDEXES if copies else ():
        op.drop_index(f"ix_records_{name}", "records")
    with op.batch_alter_table("records") as records:
        records.add_column(sa.Column("standing", sa.Text(), server_default="held", nullable=False))
        records.drop_constraint("uq_records_nik_campaign", type_="unique")
    for name, (columns, where) in _INDEXES.items() if copies else ():
        _index(f"ix_records_{name}", columns, where)
    op.execute(_CLAIM)
    _index("ix_records_nik", ["nik"])
    _index("uq_records_current", ["nik", "campaign"], _CURRENT, unique=True)
    op.add_column("intents", sa.Column("voucher", sa.Text()))
    op.create_index("ix_intents_of_address", "intents", _OF_ADDRESS)
    op.drop_index("ix_intents_kind_value_campaign_nik_outcome", "intents")


def _index(name: str, columns: list[str], where: str = "", *, unique: bool = False) -> None:
    only = sa.text(where) if where else None
    op.create_index(
        name, "records", columns, unique=unique, sqlite_where=only, postgresql_where=only
    )
