"""The desk: cases, operators, approvals, and an audit that is a hash chain.

Triggers open the cases, whichever version of the gateway writes what waits for a human.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NOT_MINE = "not mine"

# What each trigger stands on, and the case that it opens. `key` tells what the case is about.
_INTENT_KEY = """CASE NEW.outcome
    WHEN 'refused' THEN 'too_many:' || NEW.kind || ':' || NEW.value
    ELSE 'nik:' || NEW.campaign || ':' || NEW.nik || ':' || NEW.kind || ':' || NEW.value
END"""
_INTENT_KIND = """CASE
    WHEN NEW.outcome = 'refused' THEN 'too_many'
    WHEN NEW.record_id IS NULL THEN 'twin_nik'
    ELSE 'name_conflict'
END"""
_RECORD_KEY = "'record:' || NEW.id"
_RECORD_KIND = """CASE
    WHEN NEW.standing IN ('contested', 'superseded') THEN 'name_conflict'
    ELSE 'roster_name'
END"""
_INTENT = {
    "campaign": "NEW.campaign",
    "kind": _INTENT_KIND,
    "nik": "CASE NEW.outcome WHEN 'refused' THEN '' ELSE NEW.nik END",
    "record_id": "NEW.record_id",
    "intent_id": "NEW.intent_id",
    "address_kind": "NEW.kind",
    "value": "NEW.value",
    "at": "NEW.received_at",
}
_RECORD = {
    "campaign": "NEW.campaign",
    "kind": _RECORD_KIND,
    "nik": "NEW.nik",
    "record_id": "NEW.id",
    "at": "NEW.updated_at",
}
_OF_RECORD = {
    "campaign": "(SELECT campaign FROM records WHERE id = NEW.record_id)",
    "nik": "(SELECT nik FROM records WHERE id = NEW.record_id)",
    "record_id": "NEW.record_id",
    "at": "NEW.at",
}
_EVIDENCE = {
    "campaign": "''",
    "kind": "'mixed_letter'",
    "address_kind": "'email'",
    "value": "NEW.value",
    "at": "NEW.received_at",
}
_OPENED = (
    ("intents", "INSERT", "NEW.outcome IN ('in_review', 'refused')", _INTENT_KEY, _INTENT),
    ("records", "INSERT", "NEW.status = 'in_review'", _RECORD_KEY, _RECORD),
    (
        "records",
        "UPDATE OF status",
        "NEW.status IN ('in_review', 'superseded') AND NEW.status <> OLD.status",
        _RECORD_KEY,
        _RECORD,
    ),
    (
        "history",
        "INSERT",
        f"NEW.field = 'notice' AND NEW.new = '{_NOT_MINE}'",
        "'phone:' || NEW.record_id",
        {**_OF_RECORD, "kind": "'phone_denied'"},
    ),
    (
        "screenings",
        "INSERT",
        "NEW.outcome = 'ask_site'",
        "'screening:' || NEW.record_id",
        {**_OF_RECORD, "kind": "'ask_site'"},
    ),
    ("evidence", "INSERT", "NEW.part > 0", "'letter:' || NEW.key", _EVIDENCE),
)
_OPEN = """
    UPDATE cases
    SET tries = tries + 1, {again} updated_at = {at}, version = version + 1
    WHERE key = {key} AND status <> 'decided';
    INSERT INTO cases (key, {columns}, opened_at, updated_at)
    SELECT {key}, {values}, {at}, {at}
    WHERE NOT EXISTS (SELECT 1 FROM cases WHERE key = {key} AND status <> 'decided')
    ON CONFLICT DO NOTHING;
"""
_CLOSE = """
    UPDATE cases
    SET status = 'decided',
        decision = 'keep',
        decided_by = 'registry',
        decided_at = NEW.updated_at,
        updated_at = NEW.updated_at,
        version = version + 1
    WHERE key = 'record:' || NEW.id AND status <> 'decided';
"""
_CLOSES = "OLD.status = 'in_review' AND NEW.status IN ('received', 'verified', 'not_listed')"


def upgrade() -> None:
    """Create the tables and triggers, and open a case for whatever waits already."""
    _create_cases()
    _create_operators()
    _create_approvals()
    _chain_the_audit()
    for row in _OPENED:
        _open_cases(*row)
    _trigger("cases_close", "records", "UPDATE OF status", _CLOSES, _CLOSE)
    _open_for_what_waits()


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", _ID, nullable=False),
        *(_text(name) for name in ("key", "campaign", "kind")),
        _text("nik", ""),
        sa.Column("record_id", _ID, nullable=True),
        *(_text(name, "") for name in ("intent_id", "address_kind", "value")),
        _text("detail", "{}"),
        _text("status", "open"),
        *(
            sa.Column(name, _ID, server_default="1", nullable=False)
            for name in ("tries", "version")
        ),
        *(_text(name) for name in ("opened_at", "updated_at")),
        *(_text(name, "") for name in ("taken_by", "taken_until", "decision", "decided_by")),
        *(_text(name, "") for name in ("decided_at", "reason", "undo")),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name="fk_cases_record_id"),
    )
    for column in ("nik", "record_id"):
        op.create_index(f"ix_cases_{column}", "cases", [column])
    waiting = "status <> 'decided'"
    _index("uq_cases_waiting", ["key"], waiting, unique=True)
    _index("ix_cases_waiting", ["opened_at", "id"], waiting)
    _index("ix_cases_undoable", ["decided_at"], "undo <> ''")


def _create_operators() -> None:
    op.create_table(
        "operators",
        sa.Column("id", _ID, nullable=False),
        *(_text(name) for name in ("name", "role")),
        *(_text(name, "") for name in ("facility_code", "password", "totp")),
        sa.Column("totp_step", _ID, server_default="0", nullable=False),
        sa.Column("wrong", sa.Integer(), server_default="0", nullable=False),
        _text("locked_until", ""),
        _text("created_at"),
        _text("disabled_at", ""),
        sa.PrimaryKeyConstraint("id", name="pk_operators"),
        sa.UniqueConstraint("name", name="uq_operators_name"),
    )
    _create_of_operator(
        "operator_links", _text("purpose"), _text("expires_at"), _text("used_at", "")
    )
    moments = (_text(name) for name in ("created_at", "seen_at", "expires_at"))
    _create_of_operator("operator_sessions", *moments)
    op.create_index("ix_operator_sessions_expires_at", "operator_sessions", ["expires_at"])
    op.create_table(
        "operator_tokens",
        sa.Column("id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=False),
        *(_text(name) for name in ("digest", "label", "scopes", "created_at")),
        _text("revoked_at", ""),
        sa.PrimaryKeyConstraint("id", name="pk_operator_tokens"),
        sa.UniqueConstraint("digest", name="uq_operator_tokens_digest"),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.id"], name="fk_operator_tokens_operator_id"
        ),
    )


def _create_of_operator(name: str, *columns: "sa.Column[str]") -> None:
    op.create_table(
        name,
        _text("digest"),
        sa.Column("operator_id", _ID, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("digest", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=f"fk_{name}_operator_id"),
        sqlite_with_rowid=False,
    )


def _create_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", _ID, nullable=False),
        _text("act"),
        *(_text(name, "") for name in ("number", "call")),
        *(_text(name) for name in ("reason", "asked_by", "asked_at", "expires_at")),
        *(_text(name, "") for name in ("decided_by", "decided_at", "outcome")),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    op.create_index("ix_approvals_outcome_asked_at", "approvals", ["outcome", "asked_at"])
    op.create_table(
        "api_calls",
        *(_text(name) for name in ("key", "digest")),
        sa.Column("status", sa.Integer(), nullable=False),
        *(_text(name) for name in ("body", "at")),
        sa.PrimaryKeyConstraint("key", name="pk_api_calls"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_api_calls_at", "api_calls", ["at"])


def _chain_the_audit() -> None:
    for name in ("operator", "why", "salt", "sealed", "digest"):
        op.add_column("audit", _text(name, ""))
    op.create_index("ix_audit_number_at", "audit", ["number", "at"])
    op.create_table(
        "audit_heads",
        *(_text(name) for name in ("chain", "digest")),
        sa.PrimaryKeyConstraint("chain", name="pk_audit_heads"),
        sqlite_with_rowid=False,
    )


def _open_cases(table: str, event: str, condition: str, key: str, case: dict[str, str]) -> None:
    values = {name: value for name, value in case.items() if name != "at"}
    again = "intent_id = NEW.intent_id," if table == "intents" else ""
    action = _OPEN.format(
        key=key,
        at=case["at"],
        again=again,
        columns=", ".join(values),
        values=", ".join(values.values()),
    )
    suffix = "_moved" if event.startswith("UPDATE") else ""
    _trigger(f"cases_{table}{suffix}", table, event, condition, action)


def _trigger(name: str, table: str, event: str, condition: str, action: str) -> None:
    head, action = f"CREATE TRIGGER tr_{name} AFTER {event} ON {table}", " ".join(action.split())
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{head} WHEN ({condition}) BEGIN {action} END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {action} "
        + "RETURN NULL; END $$"
    )
    op.execute(f"{head} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()")


def _open_for_what_waits() -> None:
    """Open the cases of what waits already: the newest intent of each NIK and address."""
    op.execute("""
        INSERT INTO cases (
            key, campaign, kind, nik, record_id, intent_id, address_kind, value, opened_at,
            updated_at
        )
        SELECT
            'nik:' || campaign || ':' || nik || ':' || kind || ':' || value,
            campaign,
            CASE WHEN record_id IS NULL THEN 'twin_nik' ELSE 'name_conflict' END,
            nik, record_id, intent_id, kind, value, received_at, received_at
        FROM intents
        WHERE id IN (
            SELECT MAX(id)
            FROM intents
            WHERE outcome = 'in_review'
            GROUP BY campaign, nik, kind, value
        )
    """)
    op.execute("""
        INSERT INTO cases (key, campaign, kind, nik, record_id, opened_at, updated_at)
        SELECT
            'record:' || id,
            campaign,
            CASE
                WHEN standing IN ('contested', 'superseded') THEN 'name_conflict'
                ELSE 'roster_name'
            END,
            nik, id, updated_at, updated_at
        FROM records
        WHERE status IN ('in_review', 'superseded')
    """)
    op.execute(f"""
        INSERT INTO cases (key, campaign, kind, nik, record_id, opened_at, updated_at)
        SELECT 'phone:' || id, campaign, 'phone_denied', nik, id, updated_at, updated_at
        FROM records
        WHERE phone IS NULL AND EXISTS (
            SELECT 1
            FROM history
            WHERE history.record_id = records.id
                AND history.field = 'notice'
                AND history.new = '{_NOT_MINE}'
        )
    """)  # noqa: S608 a constant of ours


def _text(name: str, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name, "cases", columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )
