"""What holds a message up, so that a claim reads only what nothing holds up."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ADDRESS = ["kind", "value", "channel", "status"]
_DUE = ["bulk", "due_at", "id"]
_FUNCTION = """
    CREATE FUNCTION release_held() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE outbox SET held_by = NULL WHERE held_by = OLD.id;
        RETURN NULL;
    END
    $$
"""
_TRIGGER = """
    CREATE TRIGGER tr_outbox_release
    AFTER UPDATE OF status, not_before ON outbox
    {each} WHEN {condition}
    {action}
"""
_CONDITION = """
    OLD.status = 'queued' AND (NEW.status <> 'queued' OR NEW.not_before > OLD.not_before)
"""
_HOLD = """
    UPDATE outbox
    SET held_by = (
        SELECT earlier.id
        FROM outbox AS earlier
        WHERE earlier.kind = outbox.kind
            AND earlier.value = outbox.value
            AND earlier.channel = outbox.channel
            AND earlier.status = 'queued'
            AND earlier.id < outbox.id
            AND earlier.not_before <= outbox.not_before
            AND earlier.bulk <= outbox.bulk
            AND (earlier.quiet = '' OR outbox.quiet <> '')
        ORDER BY earlier.id DESC
        LIMIT 1
    )
    WHERE status = 'queued' AND not_after IS NULL
"""


def upgrade() -> None:
    """Note what holds up what is owed now; a trigger releases it, whatever sends the other."""
    op.add_column(
        "outbox", sa.Column("held_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
    )
    _index("kind_value_channel_status_id", [*_ADDRESS, "id"])
    op.drop_index("ix_outbox_kind_value_channel_status", "outbox")
    op.execute(_HOLD)
    op.drop_index("ix_outbox_due", "outbox")
    _index("due", _DUE, "status = 'queued' AND held_by IS NULL")
    _index("held_by", ["held_by"], "held_by IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        op.execute("ALTER TABLE outbox ALTER COLUMN value SET (n_distinct = -0.5)")
        each, condition, action = (
            "FOR EACH ROW",
            f"({_CONDITION})",
            "EXECUTE FUNCTION release_held()",
        )
    else:
        each, condition = "", _CONDITION
        action = "BEGIN UPDATE outbox SET held_by = NULL WHERE held_by = OLD.id; END"
    op.execute(_TRIGGER.format(each=each, condition=condition, action=action))


def downgrade() -> None:
    """Let each claim find out again what is held up."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER tr_outbox_release ON outbox")
        op.execute("DROP FUNCTION release_held()")
        op.execute("ALTER TABLE outbox ALTER COLUMN value RESET (n_distinct)")
    else:
        op.execute("DROP TRIGGER tr_outbox_release")
    op.drop_index("ix_outbox_held_by", "outbox")
    op.drop_index("ix_outbox_due", "outbox")
    op.drop_index("ix_outbox_kind_value_channel_status_id", "outbox")
    op.drop_column("outbox", "held_by")
    _index("kind_value_channel_status", _ADDRESS)
    _index("due", _DUE, "status = 'queued'")


def _index(name: str, columns: list[str], where: str = "") -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        f"ix_outbox_{name}",
        "outbox",
        columns,
        sqlite_where=condition,
        postgresql_where=condition,
    )
