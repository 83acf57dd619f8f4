"""How many connections PostgreSQL grants, against those that gateways want."""

from contextlib import closing
from typing import Final, NamedTuple, Self

from core.database.drivers import POSTGRES_READERS, POSTGRES_WRITERS, driver_for
from core.database.postgres_url import SCHEMES, PostgresUrl

WANTED: Final = POSTGRES_WRITERS + POSTGRES_READERS  # by one worker

# Unlimited is -1; PostgreSQL before 16 has no `reserved_connections`.
_ASK: Final = """
    SELECT
        LEAST(
            current_setting('max_connections')::int
                - current_setting('superuser_reserved_connections')::int
                - COALESCE(current_setting('reserved_connections', true)::int, 0),
            (SELECT NULLIF(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
            (SELECT NULLIF(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)
        ),
        (
            SELECT COUNT(*)
            FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
        )
"""


class Allowance(NamedTuple):
    """What is granted to all together, and what is taken at present; `wanted` by one gateway."""

    granted: int
    taken: int
    wanted: int

    @classmethod
    def of(cls, url: str, workers: int) -> Self | None:
        """Ask the server; None for SQLite and behind a pooler, which shares connections. Blocks.

        Raises the driver's errors.
        """
        if url.partition("://")[0] not in SCHEMES or PostgresUrl.of(url).pooled:
            return None
        with closing(driver_for(url).connect()) as connection:
            granted, taken = connection.execute(_ASK).fetchone()
        return cls(granted, taken, workers * WANTED)

    @property
    def gateways(self) -> int:
        """How many gateways of this size have room beside nothing else."""
        return self.granted // self.wanted

    @property
    def is_short(self) -> bool:
        """Whether one more gateway would not get what it wants."""
        return self.granted - self.taken < self.wanted
