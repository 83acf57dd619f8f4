"""The write of a readiness check: one small row for each worker, committed as any other."""

from functools import partial
from typing import Final

from core.database.database import Database
from core.database.statements import Connection, Statement

WORKERS_MAX: Final = 1_024  # rows and keys; two workers that share one do no harm

_BEAT = Statement("""
    INSERT INTO heartbeats (worker, beats)
    VALUES (:worker, 1)
    ON CONFLICT (worker) DO UPDATE
    SET beats = heartbeats.beats + 1
""")
# On a full disk PostgreSQL can still update this row in place when inserts elsewhere fail. So this
# sorts more than `work_mem` holds: 230 KiB go to a temporary file, which needs room on the disk.
_NEEDS_ROOM = {
    "postgresql": (
        Statement("SET LOCAL work_mem = '64kB'"),
        Statement("SELECT COUNT(*) FROM generate_series(1, 8192)"),
    )
}


async def beat(database: Database, worker: int) -> None:
    """Write durably, or raise `UnavailableError`; alone, as no batch should wait for this row."""
    await database.write(partial(_beat, worker=worker), alone=True)


def _beat(connection: Connection, *, worker: int) -> None:
    connection.run(_BEAT, worker=worker)
    for statement in _NEEDS_ROOM.get(connection.dialect, ()):
        connection.run(statement)
