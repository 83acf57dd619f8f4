"""The desk: cases that wait for an official, operators and their proofs, audit, the funnel."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from core.database.tables.base import (
    Id,
    count_column,
    metadata,
    number_column,
    partial_index,
    record_column,
    text_column,
)

# Triggers open a case for whatever comes to wait for a human, and close one whose record no longer
# waits, whichever code writes it: see migration 0012.
cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("key"),  # what it is about; of one key at most one case is not decided
    text_column("campaign"),
    text_column("kind"),  # core/cases/kinds.py
    text_column("nik", ""),
    record_column(optional=True),  # on file
    text_column("intent_id", ""),  # incoming, the newest
    text_column("address_kind", ""),  # of the address that asked
    text_column("value", ""),
    text_column("detail", "{}"),  # JSON, by kind
    text_column("status", "open"),  # open, taken, waiting_for_person, decided, undone
    Column("tries", Id, nullable=False, server_default="1"),
    Column("version", Id, nullable=False, server_default="1"),
    text_column("opened_at"),
    text_column("updated_at"),
    text_column("taken_by", ""),
    text_column("taken_until", ""),
    text_column("decision", ""),
    text_column("decided_by", ""),  # an operator's name, or the rule's
    text_column("decided_at", ""),
    text_column("reason", ""),
    text_column("undo", ""),  # JSON: what restores the rows as they were; empty once it cannot
    Index(None, "nik"),
    Index(None, "record_id"),
)
partial_index("uq_cases_waiting", "status <> 'decided'", cases.c.key, unique=True)
partial_index("ix_cases_waiting", "status <> 'decided'", cases.c.opened_at, cases.c.id)
partial_index(
    "ix_cases_waiting_of_kind", "status <> 'decided'", cases.c.kind, cases.c.opened_at, cases.c.id
)
partial_index("ix_cases_undoable", "undo <> ''", cases.c.decided_at)

operators = Table(
    "operators",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("name"),
    text_column("role"),  # core/operators/roles.py
    text_column("facility_code", ""),
    text_column("password", ""),  # argon2id; empty until a link was used
    text_column("totp", ""),  # a base32 secret
    Column("totp_step", Id, nullable=False, server_default="0"),  # the last that was used
    count_column("wrong"),  # sign-ins in a row
    text_column("locked_until", ""),
    text_column("created_at"),
    text_column("disabled_at", ""),
    UniqueConstraint("name"),
)


def _operator_column() -> Column[int]:
    return Column("operator_id", Id, ForeignKey("operators.id"), nullable=False)


operator_links = Table(
    "operator_links",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of what stands in the link
    _operator_column(),
    text_column("purpose"),  # enrol, sign_in
    text_column("expires_at"),
    text_column("used_at", ""),
    sqlite_with_rowid=False,
)

operator_sessions = Table(
    "operator_sessions",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the cookie
    _operator_column(),
    text_column("created_at"),
    text_column("seen_at"),
    text_column("expires_at"),
    Index(None, "expires_at"),
    sqlite_with_rowid=False,
)

operator_tokens = Table(
    "operator_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    _operator_column(),
    text_column("digest"),  # SHA-256 of the token
    text_column("label"),
    text_column("scopes"),  # a JSON list; within those of the role
    text_column("created_at"),
    text_column("revoked_at", ""),
    UniqueConstraint("digest"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("act"),  # gateway/operators/acts.py
    text_column("number", ""),  # of the record
    text_column("call", ""),  # JSON: the whole call; empty once it was made or refused
    text_column("reason"),
    text_column("asked_by"),
    text_column("asked_at"),
    text_column("expires_at"),
    text_column("decided_by", ""),
    text_column("decided_at", ""),
    text_column("outcome", ""),  # done, refused, expired
    Index(None, "outcome", "asked_at"),
)

api_calls = Table(
    "api_calls",
    metadata,
    Column("key", Text, primary_key=True),  # a digest of operator and Idempotency-Key
    text_column("digest"),  # of route and body: the same key for another call is refused
    number_column("status"),
    text_column("body"),
    text_column("at"),
    Index(None, "at"),
    sqlite_with_rowid=False,
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("at"),
    text_column("action"),
    text_column("number", optional=True),  # of the record; empty once it was erased
    text_column("operator", ""),
    text_column("why", ""),  # empty once the record was erased
    text_column("salt", ""),  # of the digests of number and why; empty once the record was erased
    text_column("sealed", ""),  # SHA-256 of salt, number and why
    text_column("digest", ""),  # of the row before, and of this one's at, action, operator, sealed
    Index(None, "number", "at"),
    Index(None, "operator", "id"),  # or who has few rows is searched for in all of them
)

funnel = Table(
    "funnel",
    metadata,
    Column("day", Text, primary_key=True),  # of the campaign's first time zone
    Column("channel", Text, primary_key=True),
    Column("step", Text, primary_key=True),  # core/conversation/funnel.py
    Column("people", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_COUNTED = (
    "about",
    "kind",
    "state",
)  # records by standing and status, intents by channel, outcome

counts = Table(
    "counts",
    metadata,
    *[Column(name, Text, primary_key=True) for name in _COUNTED],
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

count_changes = Table(  # not in `counts` yet; triggers write them: see migration 0031
    "count_changes",
    metadata,
    Column("id", Id, primary_key=True),
    *[text_column(name) for name in _COUNTED],
    number_column("change"),
)

exports = Table(
    "exports",
    metadata,
    Column("id", Id, primary_key=True),
    text_column("asked"),  # JSON: campaign, facility, regency, day
    text_column("format"),
    text_column("asked_by"),  # who may fetch it
    text_column("reason"),
    text_column("expires_at"),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("chain", Text, primary_key=True),
    text_column("digest"),
    sqlite_with_rowid=False,
)
