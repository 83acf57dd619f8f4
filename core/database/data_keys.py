"""The table of data keys, each wrapped. A database with a common one is sealed."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.database.personal import COLUMNS
from core.database.statements import Connection, Statement

COMMON: Final = "common"  # the data key that is no person's
SEALING: Final = "sealing"  # there while the rows of before are being sealed
REFS_MAX: Final = 500  # read and wrapped anew in one transaction

_ONE: Final = Statement("SELECT wrapped FROM data_keys WHERE ref = :ref")
_ADD: Final = Statement("""
    INSERT INTO data_keys (ref, wrapped)
    VALUES (:ref, :wrapped)
    ON CONFLICT (ref) DO NOTHING
""")
_REMOVE: Final = Statement("DELETE FROM data_keys WHERE ref = :ref")
_NEXT: Final = Statement("""
    SELECT ref, wrapped
    FROM data_keys
    WHERE ref > :after AND wrapped IS NOT NULL
    ORDER BY ref
    LIMIT :most
""")
_REWRAP: Final = Statement("""
    UPDATE data_keys
    SET wrapped = :wrapped
    WHERE ref = :ref AND wrapped = :before
""")
_COUNT: Final = Statement("""
    SELECT substr(wrapped, 1, 4), COUNT(*)
    FROM data_keys
    WHERE wrapped IS NOT NULL
    GROUP BY 1
""")
_ANY: Final = {table: Statement("SELECT 1 FROM {table} LIMIT 1", table=table) for table in COLUMNS}


class Wrapped(NamedTuple):
    """A data key, wrapped."""

    ref: str
    wrapped: bytes


def find_key(connection: Connection, ref: str) -> bytes | None:
    """Return a data key, wrapped; None if there is none, or no longer."""
    row = connection.one(_ONE, ref=ref)
    return row[0] if row else None


def add_key(connection: Connection, ref: str, wrapped: bytes) -> None:
    """Add a data key, unless there is one."""
    connection.run(_ADD, ref=ref, wrapped=wrapped)


def remove_key(connection: Connection, ref: str) -> None:
    """Remove a data key."""
    connection.run(_REMOVE, ref=ref)


def next_keys(connection: Connection, *, after: str) -> Sequence[Wrapped]:
    """Return the data keys after a ref, in order, `REFS_MAX` at most."""
    return [Wrapped(*row) for row in connection.all(_NEXT, after=after, most=REFS_MAX)]


def rewrap_key(connection: Connection, before: Wrapped, wrapped: bytes) -> int:
    """Replace a data key by itself, wrapped anew; return 0 if it is another by now, or gone."""
    return connection.run(_REWRAP, ref=before.ref, before=before.wrapped, wrapped=wrapped)


def count_keys(connection: Connection) -> dict[str, int]:
    """Return how many data keys each key-encryption key wraps, by its id."""
    return {bytes(key_id).hex(): int(count) for key_id, count in connection.all(_COUNT)}


def is_empty(connection: Connection) -> bool:
    """Return True if no table holds anything personal."""
    return not any(connection.one(statement) for statement in _ANY.values())
