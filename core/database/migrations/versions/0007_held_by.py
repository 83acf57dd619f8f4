"""What holds a message up, so that a claim reads only what nothing holds up.

`ix_outbox_due` stays for the claims of gateways of the version before; 0025 drops it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ADDRESS = ["kind", "value", "channel", "status"]
_FUNCTION = """
    CREATE FUNCTION release_held() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE outbox SET held_by = NULL WHERE held_by = OLD.id;
        RETURN NULL;
    END
    $$
"""
_TRIGGER = """
    CREATE TRIGGER {name}
    AFTER {event} ON outbox
    {each} WHEN ({condition})
    {action}
"""
_TRIGGERS = (
    (
        "tr_outbox_release",
        "UPDATE OF status, not_before",
        "OLD.status = 'queued' AND (NEW.status <> 'queued' OR NEW.not_before > OLD.not_before)",
    ),
    ("tr_outbox_release_deleted", "DELETE", "OLD.status = 'queued'"),
)
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
    """Note what holds up each queued message; triggers release it, whichever version sends."""
    op.add_column(
        "outbox", sa.Column("held_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
    )
    _index("kind_value_channel_status_id", [*_ADDRESS, "id"])
    op.drop_index("ix_outbox_kind_value_channel_status", "outbox")
    op.execute(_HOLD)
    _index("ready", ["bulk", "due_at", "id"], "status = 'queued' AND held_by IS NULL")
    _index("held_by", ["held_by"], "held_by IS NOT NULL")
    each, action = "", "BEGIN UPDATE outbox SET held_by = NULL WHERE held_by = OLD.id; END"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        op.execute("ALTER TABLE outbox ALTER COLUMN value SET (n_distinct = -0.5)")
        each, action = "FOR EACH ROW", "EXECUTE FUNCTION release_held()"
    for name, event, condition in _TRIGGERS:
        trigger = {"name": name, "event": event, "condition": condition}
        op.execute(_TRIGGER.format(each=each, action=action, **trigger))


def _index(name: str, columns: list[str], where: str = "") -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        f"ix_outbox_{name}",
        "outbox",
        columns,
        sqlite_where=condition,
        postgresql_where=condition,
    )
