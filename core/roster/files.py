"""Roster files that operators bring, in SQL: kept a while, so that one can be applied (again)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from core.database.statements import Connection, Statement, iso_utc

FILES_KEPT_MAX: Final = 10  # of a campaign; those before stay as counts
KEPT_DAYS: Final = 7
LISTED_MAX: Final = 20

_KEEP = Statement("""
    INSERT INTO roster_files (campaign, brought_by, brought_at, found, data)
    VALUES (:campaign, :operator, :at, :found, :data)
    RETURNING id
""")
_EMPTY_OTHERS = Statement("""
    UPDATE roster_files
    SET data = :data
    WHERE campaign = :campaign AND id NOT IN (
        SELECT id
        FROM roster_files
        WHERE campaign = :campaign
        ORDER BY id DESC
        LIMIT :limit
    )
""")
_SHOW = Statement("""
    SELECT id, brought_by, brought_at, found, applied_by, applied_at, applied, length(data) > 0
    FROM roster_files
    WHERE campaign = :campaign
    ORDER BY id DESC
    LIMIT :limit
""")
_READ = Statement("SELECT data FROM roster_files WHERE campaign = :campaign AND id = :row_id")
_APPLIED = Statement("""
    UPDATE roster_files
    SET applied_by = :operator, applied_at = :at, applied = :applied
    WHERE id = :row_id
""")
_FORGET = Statement("""
    UPDATE roster_files
    SET data = :data
    WHERE id IN (
        SELECT id
        FROM roster_files
        WHERE brought_at < :before AND length(data) > 0
        ORDER BY id
        LIMIT :limit
    )
""")


class Brought(NamedTuple):
    """A file, and what a dry run found of it."""

    data: bytes
    found: dict[str, Any]


def keep_file(
    connection: Connection, campaign: str, file: Brought, *, operator: str, at: datetime
) -> int:
    """Keep a file, and no more than `FILES_KEPT_MAX`; return its id."""
    row = connection.one(
        _KEEP,
        campaign=campaign,
        operator=operator,
        at=iso_utc(at),
        found=msgspec.json.encode(file.found).decode(),
        data=file.data,
    )
    assert row is not None, "RETURNING gives a row"
    connection.run(_EMPTY_OTHERS, campaign=campaign, limit=FILES_KEPT_MAX, data=b"")
    return int(row[0])


def list_files(connection: Connection, campaign: str) -> Sequence[dict[str, Any]]:
    """Return what the newest files were, without them; `kept` says whether one can be applied."""
    return [
        {
            "import": row[0],
            "brought_by": row[1],
            "brought_at": row[2],
            "found": msgspec.json.decode(row[3]),
            "applied_by": row[4],
            "applied_at": row[5] or None,
            "applied": msgspec.json.decode(row[6]) if row[6] else None,
            "kept": bool(row[7]),
        }
        for row in connection.all(_SHOW, campaign=campaign, limit=LISTED_MAX)
    ]


def read_file(connection: Connection, campaign: str, row_id: int) -> bytes | None:
    """Return the file, empty if it is kept no longer; None if there is none."""
    row = connection.one(_READ, campaign=campaign, row_id=row_id)
    return None if row is None else bytes(row[0])


def mark_applied(
    connection: Connection, row_id: int, done: dict[str, int], *, operator: str, at: datetime
) -> None:
    """Note that it was applied, by whom, and what that wrote."""
    applied = msgspec.json.encode(done).decode()
    connection.run(_APPLIED, row_id=row_id, applied=applied, operator=operator, at=iso_utc(at))


def forget_files(connection: Connection, *, before: datetime, limit: int) -> int:
    """Empty files that were brought before that; return how many. What they were stays."""
    return connection.run(_FORGET, before=iso_utc(before), limit=limit, data=b"")
