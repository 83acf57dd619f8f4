"""One small write a second by who is asked whether it can write: it goes the way that all go."""

from functools import partial
from typing import Final

from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.database import Database
from core.statements import Connection, Statement, given
from core.tables import heartbeats

WORKERS_MAX: Final = 1_024  # rows and keys; two workers that share one do no harm

_BEAT = Statement(
    insert(heartbeats)
    .values(worker=given("worker"), beats=1)
    .on_conflict_do_update(index_elements=["worker"], set_={"beats": heartbeats.c.beats + 1})
)


async def beat(database: Database, worker: int) -> None:
    """Write durably, or raise `UnavailableError`; alone, so that nobody waits for this row."""
    await database.write(partial(_beat, worker=worker), alone=True)


def _beat(connection: Connection, *, worker: int) -> None:
    connection.run(_BEAT, worker=worker)
