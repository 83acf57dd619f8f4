"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INDEXES = (
    ("records", "nik_tail"),
    ("records", "nik_jumble"),
    ("records", "phone"),
    ("records", "status"),
    ("addresses", "kind", "value"),
    ("intents", "record_id"),
    ("intents", "kind", "value", "campaign", "nik", "outcome"),
    ("intents", "outcome"),
    ("intents", "channel"),
    ("history", "record_id"),
    ("outbox", "status", "due_at"),
    ("outbox", "kind", "value", "channel", "status"),
    ("outbox", "provider", "provider_id"),
)


def _text(*names: str, optional: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=optional) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _id() -> sa.Column[int]:
    return sa.Column("id", _Id, nullable=False)


def _record_id(*, optional: bool = False) -> sa.Column[int]:
    return sa.Column("record_id", _Id, nullable=optional)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _of_record(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_record_id"
    return sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=name)


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name="_".join(("uq", table, *columns)))


def upgrade() -> None:
    """Create everything."""
    _create_records()
    _create_what_came_in()
    _create_outbox()
    op.create_table(
        "audit",
        _id(),
        *_text("at", "action"),
        *_text("number", optional=True),
        _key("audit", "id"),
    )
    for table, *columns in _INDEXES:
        op.create_index("_".join(("ix", table, *columns)), table, columns)


def _create_records() -> None:
    op.create_table(
        "records",
        _id(),
        *_text("campaign", "nik", "number", "full_name", "birth_date", "sex", "profession"),
        *_text("phone", optional=True),
        *_text("language", "status", "attributes"),
        *_numbers("version"),
        *_text("created_at", "updated_at", "nik_tail", "nik_jumble"),
        _key("records", "id"),
        _unique("records", "nik", "campaign"),
        _unique("records", "number"),
    )
    op.create_table(
        "addresses",
        _record_id(),
        *_text("kind", "value"),
        *_numbers("verified"),
        *_text("channels", "linked_at"),
        _key("addresses", "record_id", "kind", "value"),
        _of_record("addresses"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history",
        _id(),
        _record_id(),
        *_text("intent_id", "field"),
        *_text("old", "new", optional=True),
        *_text("at"),
        _key("history", "id"),
        _of_record("history"),
    )


def _create_what_came_in() -> None:
    op.create_table(
        "intents",
        _id(),
        *_text("intent_id"),
        _record_id(optional=True),
        *_text("campaign", "channel", "provider", "kind", "value", "message_id"),
        *_text("received_at", "nik", "outcome"),
        *_text("number", optional=True),
        *_text("intent"),
        _key("intents", "id"),
        _unique("intents", "intent_id"),
        _of_record("intents"),
    )
    op.create_table(
        "opt_outs",
        *_text("kind", "value"),
        *_numbers("out"),
        *_text("at"),
        _key("opt_outs", "kind", "value"),
        sqlite_with_rowid=False,
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        _id(),
        *_text("key", "channel"),
        *_text("provider", optional=True),
        *_text("kind", "value", "reply", "headers"),
        *_numbers("answers_request"),
        *_text("status"),
        *_numbers("attempts"),
        *_text("due_at"),
        *_text("provider_id", "why", optional=True),
        *_text("created_at"),
        *_text("sent_at", optional=True),
        _key("outbox", "id"),
        _unique("outbox", "key"),
    )
