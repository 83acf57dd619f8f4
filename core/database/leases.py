"""Leases on work that one process does at a time."""

from datetime import datetime, timedelta
from typing import NamedTuple

from core.database.statements import Connection, Statement, iso_utc

_CLAIM = Statement("""
    INSERT INTO leases (name, until, holder)
    VALUES (:name, :until, :holder)
    ON CONFLICT (name) DO UPDATE
    SET until = excluded.until, holder = excluded.holder
    WHERE leases.holder = excluded.holder OR leases.until < :now
    RETURNING holder
""")
_RELEASE = Statement("""
    DELETE FROM leases
    WHERE name = :name AND holder = :holder
""")

_LAST = Statement("SELECT MAX(until) FROM leases WHERE until > :now")


def held_until(connection: Connection, now: datetime) -> str:
    """Return when the last lease that is held ends, as it is stored; "" if none is held."""
    row = connection.one(_LAST, now=iso_utc(now))
    return str(row[0] or "") if row else ""


class Lease(NamedTuple):
    """The lease on the work `name`, for one of those that want to do it."""

    name: str
    holder: str

    def claim(self, connection: Connection, *, now: datetime, seconds: float) -> bool:
        """Take or renew the lease; return whether the holder has it."""
        until = iso_utc(now + timedelta(seconds=seconds))
        return bool(connection.all(_CLAIM, **self._asdict(), until=until, now=iso_utc(now)))

    def release(self, connection: Connection) -> None:
        """Give the lease back, if the holder has it."""
        connection.run(_RELEASE, **self._asdict())
