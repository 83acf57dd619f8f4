"""One small write a second by who is asked whether it can write: it goes the way that all go."""

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
# On a PostgreSQL without room a row of this table still fits where it stands, and one more of
# another does not. What does not fit into `work_mem` is written beside the tables: 230 KiB here.
_ROOM = {
    "postgresql": (
        Statement("SET LOCAL work_mem = '64kB'"),
        Statement("SELECT COUNT(*) FROM generate_series(1, 8192)"),
    )
}


async def beat(database: Database, worker: int) -> None:
    """Write durably, or raise `UnavailableError`; alone, so that nobody waits for this row."""
    await database.write(partial(_beat, worker=worker), alone=True)


def _beat(connection: Connection, *, worker: int) -> None:
    connection.run(_BEAT, worker=worker)
    for statement in _ROOM.get(connection.dialect, ()):
        connection.run(statement)
