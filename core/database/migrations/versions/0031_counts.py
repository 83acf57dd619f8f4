"""Counts of records and intents that are kept as they change, so that nobody counts the tables.

A trigger adds a row for each change, which no two writers share; a sweep folds them into `counts`.
"""

from itertools import product
from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

compatible_from = "0028"

_COLUMNS: Final = ("about", "kind", "state")
_COUNTED: Final = {"records": ("standing", "status"), "intents": ("channel", "outcome")}
_EVENTS: Final = {  # what each takes away, and what it adds
    "INSERT": (("NEW", 1),),
    "UPDATE": (("OLD", -1), ("NEW", 1)),
    "DELETE": (("OLD", -1),),
}
_CHANGE = "INSERT INTO count_changes (about, kind, state, change) VALUES ({values});"
_FUNCTION = """
    CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {changes}
        RETURN NULL;
    END
    $$
"""
_TRIGGER = "CREATE TRIGGER {name} AFTER {event} ON {table} {each} {when} {action}"
_FILL = """
    INSERT INTO counts (about, kind, state, number)
    SELECT '{table}', {kind}, {state}, COUNT(*)
    FROM {table}
    GROUP BY {kind}, {state}
"""


def upgrade() -> None:
    """Create both tables and the triggers, which lock out writers, then count what there is."""
    number = sa.Column("number", sa.BigInteger(), nullable=False)
    key = sa.PrimaryKeyConstraint(*_COLUMNS, name="pk_counts")
    op.create_table("counts", *_names(), number, key, sqlite_with_rowid=False)
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "count_changes",
        sa.Column("id", whole, nullable=False),
        *_names(),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_count_changes"),
    )
    if _is_postgresql():
        # Rows come and go by the thousand: the table is small, however many records there are.
        settings = "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000"
        op.execute(f"ALTER TABLE count_changes SET ({settings})")
    for table, event in product(_COUNTED, _EVENTS):
        _count(table, event)
    for table, (kind, state) in _COUNTED.items():
        op.execute(_FILL.format(table=table, kind=kind, state=state))


def _names() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in _COLUMNS]


def _count(table: str, event: str) -> None:
    kind, state = _COUNTED[table]
    changes = " ".join(
        _CHANGE.format(values=f"'{table}', {row}.{kind}, {row}.{state}, {change}")
        for row, change in _EVENTS[event]
    )
    name = f"tr_{table}_count_{event.lower()}"
    named = {"name": name, "table": table, "event": event, "each": "", "when": ""}
    if event == "UPDATE":
        named["event"] = f"UPDATE OF {kind}, {state}"
        differs = "OLD.{0} <> NEW.{0}".format
        named["when"] = f"WHEN ({differs(kind)} OR {differs(state)})"
    if not _is_postgresql():
        op.execute(_TRIGGER.format(**named, action=f"BEGIN {changes} END"))
        return
    function = f"{table}_count_{event.lower()}"
    op.execute(_FUNCTION.format(name=function, changes=changes))
    named["each"] = "FOR EACH ROW"
    op.execute(_TRIGGER.format(**named, action=f"EXECUTE FUNCTION {function}()"))


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
