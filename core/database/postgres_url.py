"""A PostgreSQL URL in libpq's form, also with several hosts, and one parameter of our own.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

SCHEMES: Final = ("postgresql", "postgresql+psycopg")
CONNECT_SECONDS: Final = 3  # for each host of the URL
UNANSWERED_SECONDS: Final = 10  # that what we sent may stay unacknowledged
# psycopg prepares what it has executed so often; a pooler gives the next transaction to a
# connection that does not know the statement.
PREPARED_AT: Final = 5
PORT_MAX: Final = 65_535
_POOLER: Final = re.compile(r"(?<=[?&])pooler=([^&]*)&?")


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """What libpq reads, and whether a pooler stands between, in transaction mode."""

    dsn: str = field(repr=False)  # the password may be in it
    pooled: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the URL, parsed; raise `ValueError`, without the URL, if its pooler is none."""
        rest = url.partition("://")[2]
        poolers = set(_POOLER.findall(rest))
        if not poolers <= {"transaction"}:
            raise ValueError("should name no pooler but pooler=transaction")
        return cls("postgresql://" + _POOLER.sub("", rest).rstrip("?&"), pooled=bool(poolers))

    def fields(self) -> dict[str, str]:
        """Return what libpq reads in it, by its own names; raise `ValueError` if it cannot."""
        from psycopg import ProgrammingError, conninfo  # noqa: PLC0415 (see `connect`)

        try:
            read = conninfo.conninfo_to_dict(self.dsn)
        except ProgrammingError:
            raise ValueError("is none that PostgreSQL's libpq can read") from None
        return {name: str(value) for name, value in read.items()}

    def hosts(self) -> list[str]:
        """Return its hosts, addresses and folders of sockets, in lower case; "" is this machine.

        Raises `ValueError` if libpq could not connect with the URL.
        """
        read = self.fields()
        hosts, addresses = (read.get(name, "").lower() for name in ("host", "hostaddr"))
        ports = read.get("port", "").split(",")
        if len(ports) not in {1, len((hosts or addresses).split(","))}:
            raise ValueError("should name one port, or one for each of its hosts")
        if not all(port == "" or _is_port(port) for port in ports):
            raise ValueError(f"has a port that is no number from 1 to {PORT_MAX}")
        return f"{hosts},{addresses}".split(",") if addresses else hosts.split(",")

    def connect(self, bounds: Mapping[str, str], *, autocommit: bool = True) -> Any:
        """Connect to the first host that is as the URL wants it; raise `psycopg.Error` if none is.

        `bounds` are settings of the whole session, for which a pooler has no place.
        """
        from psycopg import OperationalError, connect  # noqa: PLC0415 a tenth of a start on SQLite

        options = " ".join(f"-c {name}={value}" for name, value in bounds.items())
        connection = connect(
            self.dsn,
            autocommit=autocommit,
            prepare_threshold=None if self.pooled else PREPARED_AT,
            connect_timeout=CONNECT_SECONDS,
            tcp_user_timeout=UNANSWERED_SECONDS * 1_000,
            options=options or None,
        )
        for name, value in bounds.items():
            if connection.execute(f"SHOW {name}").fetchone() != (value,):
                connection.close()
                raise OperationalError("startup parameters are dropped by a pooler")
        return connection


def _is_port(text: str) -> bool:
    return text.isdecimal() and 1 <= int(text) <= PORT_MAX
