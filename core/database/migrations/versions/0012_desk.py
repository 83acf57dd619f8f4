"""The desk: cases, operators, approvals, and an audit that is a hash chain.

Triggers open the cases, whichever version of the gateway writes what waits for a human.
"""

import sqlalchemy as sa
from alembic import op

from core.database.migrations.case_triggers import open_cases_by_triggers, open_for_what_waits

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables and triggers, and open a case for whatever waits already."""
    _create_cases()
    _create_operators()
    _create_approvals()
    _chain_the_audit()
    open_cases_by_triggers()
    open_for_what_waits()


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


def _text(name: str, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name, "cases", columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )
