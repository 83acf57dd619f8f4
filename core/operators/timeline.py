"""What happened to one person, from all tables, the newest first; and all of it, on request."""

from collections.abc import Mapping
from typing import Any, Final

from core.database.statements import Connection, Plain, Statement, column_list

ITEMS_MAX: Final = 200  # of each kind, the newest
_TABLES: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    "intent": ("intents", "received_at", ("channel", "outcome", "voucher")),
    "change": ("history", "at", ("field",)),
    "appointment": ("appointments", "updated_at", ("dose", "status")),
    "screening": ("screenings", "at", ("version", "outcome", "until")),
}
_ITEMS: Final = {
    kind: Statement(
        """
        SELECT {at}, {columns}
        FROM {table}
        WHERE record_id = :record_id
        ORDER BY id DESC
        LIMIT :limit
        """,
        at=at,
        columns=column_list(columns),
        table=table,
    )
    for kind, (table, at, columns) in _TABLES.items()
}
_NOTES = Statement("""
    SELECT at, new
    FROM history
    WHERE record_id = :record_id AND field = 'note'
    ORDER BY id DESC
    LIMIT :limit
""")
_MESSAGE: Final = ("id", "channel", "provider", "status", "why", "provider_id")
_MESSAGES = Statement(
    """
    SELECT created_at, {columns}
    FROM outbox
    WHERE (kind, value) IN (
        SELECT kind, value FROM addresses WHERE record_id = :record_id
        UNION
        SELECT 'phone', phone FROM records WHERE id = :record_id
    )
    ORDER BY id DESC
    LIMIT :limit
    """,
    columns=column_list(_MESSAGE),
)
_LOOK: Final = ("action", "operator", "why")
_LOOKS = Statement(
    """
    SELECT at, {columns}
    FROM audit
    WHERE number = :number AND (:who = '' OR operator = :who)
    ORDER BY at DESC
    LIMIT :limit
    """,
    columns=column_list(_LOOK),
)
_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "intents": ("intent_id", "received_at", "outcome", "intent"),
    "history": ("at", "field", "old", "new"),
    "appointments": ("created_at", "updated_at", "dose", "status", "slot_id"),
    "screenings": ("at", "version", "answers", "outcome", "until"),
}
# An intent in another name hangs on the record, but is somebody else's.
_OWN_ALONE: Final = {"intents": "AND outcome <> 'in_review'"}
_ALL: Final = {
    table: Statement(
        "SELECT {columns} FROM {table} WHERE record_id = :record_id {own} ORDER BY id",
        columns=column_list(columns),
        table=table,
        own=_OWN_ALONE.get(table, ""),
    )
    for table, columns in _OWN.items()
}


def read_timeline(
    connection: Connection, record_id: int, number: str, *, looks_of: str | None
) -> list[dict[str, Any]]:
    """Return what happened, each with `at` and `kind`; messages with why they were not sent.

    Of the looks, those of one operator; "" for everybody's, None for nobody's.
    """
    where: dict[str, Plain] = {"record_id": record_id, "limit": ITEMS_MAX}
    found = [
        _item(kind, row, _TABLES[kind][2])
        for kind, statement in _ITEMS.items()
        for row in connection.all(statement, **where)
    ]
    found += [_item("note", row, ("note",)) for row in connection.all(_NOTES, **where)]
    found += [_item("message", row, _MESSAGE) for row in connection.all(_MESSAGES, **where)]
    if looks_of is not None:
        looks = connection.all(_LOOKS, number=number, who=looks_of, limit=ITEMS_MAX)
        found += [_item("look", row, _LOOK) for row in looks]
    return sorted(found, key=lambda one: str(one["at"]), reverse=True)


def read_own(connection: Connection, record_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return every row that hangs on the record and is the person's, as it is stored."""
    return {
        table: [
            dict(zip(_OWN[table], row, strict=True))
            for row in connection.all(statement, record_id=record_id)
        ]
        for table, statement in _ALL.items()
    }


def _item(kind: str, row: tuple[Any, ...], names: tuple[str, ...]) -> dict[str, Any]:
    return {"at": row[0], "kind": kind, **dict(zip(names, row[1:], strict=True))}
