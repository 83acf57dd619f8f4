"""The tables, once for SQLite and PostgreSQL; `core/migrations` brings a database to this.

Times are ISO 8601 text in UTC of one width, dates ISO text, yes and no 1 and 0, JSON text.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str, *, optional: bool = False) -> Column[str]:
    return Column(name, Text, nullable=optional)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _record_id(*, optional: bool = False, primary: bool = False) -> Column[int]:
    key = ForeignKey("records.id")
    return Column("record_id", _Id, key, nullable=optional, primary_key=primary)


records = Table(
    "records",
    metadata,
    Column("id", _Id, primary_key=True),
    _text("campaign"),
    _text("nik"),
    _text("number"),
    _text("full_name"),
    _text("birth_date"),
    _text("sex"),
    _text("profession"),
    _text("phone", optional=True),
    _text("language"),
    _text("status"),
    _text("attributes"),
    _number("version"),
    _text("created_at"),
    _text("updated_at"),
    _text("nik_tail"),  # these two find a mistyped NIK: see core/lookalikes.py
    _text("nik_jumble"),
    UniqueConstraint("nik", "campaign"),
    UniqueConstraint("number"),
    Index(None, "nik_tail"),
    Index(None, "nik_jumble"),
    Index(None, "phone"),
    Index(None, "status"),
)

addresses = Table(
    "addresses",
    metadata,
    _record_id(primary=True),
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    _number("verified"),
    _text("channels"),  # a JSON list, in order of first use
    _text("linked_at"),
    Index(None, "kind", "value"),
    sqlite_with_rowid=False,
)

intents = Table(
    "intents",
    metadata,
    Column("id", _Id, primary_key=True),
    _text("intent_id"),
    _record_id(optional=True),
    _text("campaign"),
    _text("channel"),
    _text("provider"),
    _text("kind"),
    _text("value"),
    _text("message_id"),
    _text("received_at"),
    _text("nik"),
    _text("outcome"),
    _text("number", optional=True),
    _text("intent"),  # the whole of it, as JSON
    UniqueConstraint("intent_id"),
    Index(None, "record_id"),
    Index(None, "kind", "value", "campaign", "nik", "outcome"),
    Index(None, "outcome"),
    Index(None, "channel"),
)

history = Table(
    "history",
    metadata,
    Column("id", _Id, primary_key=True),
    _record_id(),
    _text("intent_id"),
    _text("field"),
    _text("old", optional=True),
    _text("new", optional=True),
    _text("at"),
    Index(None, "record_id"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    _number("out"),
    _text("at"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),  # in the order in which messages were owed
    _text("key"),
    _text("channel"),
    _text("provider", optional=True),
    _text("kind"),
    _text("value"),
    _text("reply"),
    _text("headers"),
    _number("answers_request"),
    _text("status"),
    _number("attempts"),
    _text("due_at"),  # while a sender has it: when its lease ends
    _text("provider_id", optional=True),
    _text("why", optional=True),
    _text("created_at"),
    _text("sent_at", optional=True),
    UniqueConstraint("key"),
    Index(None, "status", "due_at"),
    Index(None, "kind", "value", "channel", "status"),
    Index(None, "provider", "provider_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", _Id, primary_key=True),
    _text("at"),
    _text("action"),
    _text("number", optional=True),
)
