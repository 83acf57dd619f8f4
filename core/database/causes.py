"""Why a store failed, as a short code of the store or the system; never its message.

Messages quote addresses, users and sometimes values. Only fixed phrases of libpq, which has no
code for a refused connection, are looked for in them.
"""

import errno
from collections.abc import Callable, Iterator
from socket import gaierror

from redis.exceptions import ResponseError

Report = Callable[[str], None]  # called with each cause, from any thread

UNKNOWN = "unknown"
NO_FUNCTION = "no_function"  # a new or promoted Redis: the caller loads the function
READONLY = "READONLY"  # a replica, perhaps since a moment
DEPTH_MAX = 6  # errors in one chain

_ERRNOS = {"ECONNREFUSED": "refused", "ETIMEDOUT": "timeout"}
_NAMES = {
    "TimeoutError": "timeout",
    "ConnectionTimeout": "timeout",
    "ClusterDownError": "CLUSTERDOWN",
    "AuthenticationError": "NOAUTH",
}
_PHRASES = (  # in messages of libpq, and the SQLSTATE of the same failure
    ("password authentication failed", "28P01"),
    ("no password supplied", "28P01"),
    ("no pg_hba.conf entry", "28000"),
    ("is not permitted to log in", "28000"),
    ("too many c", "53300"),  # clients, connections
    ("no more connections allowed", "53300"),  # by PgBouncer
    ("startup parameter", "pooler"),  # not supported, or dropped
    ("connection slots are reserved", "53300"),
    ("the database system is", "57P03"),  # starting up, shutting down, in recovery
    ('role "', "28000"),
    ('database "', "3D000"),
    ("certificate", "certificate"),
    ("failed to resolve host", "no_such_host"),
    ("could not translate host name", "no_such_host"),
    ("onnection refused", "refused"),
    ("timeout expired", "timeout"),
    ("No such file or directory", "refused"),  # the socket of a server that is down
    ("closed the connection unexpectedly", "08006"),
)


def ignore_cause(_cause: str) -> None:
    """Do nothing: for those that report no causes."""


def cause_of(error: BaseException) -> str:
    """Return a SQLSTATE, an SQLite error name, a Redis error prefix, an errno name, or a word."""
    for one in _chain(error):
        if cause := _own(one):
            return cause
    return UNKNOWN


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and its causes; some libraries keep the cause as an argument."""
    found: BaseException | None = error
    for _ in range(DEPTH_MAX):
        if found is None:
            return
        yield found
        arguments = (value for value in found.args if isinstance(value, BaseException))
        found = found.__cause__ or found.__context__ or next(arguments, None)


def _own(error: BaseException) -> str:
    if "function not found" in str(error).lower():
        return NO_FUNCTION
    for name in ("sqlstate", "sqlite_errorname", "status_code"):
        if isinstance(code := getattr(error, name, None), str):
            return code
    if isinstance(error, gaierror):
        return "no_such_host"
    if isinstance(error, OSError) and error.errno:
        code = errno.errorcode.get(error.errno, "")
        return _ERRNOS.get(code, code)
    return _NAMES.get(type(error).__name__, "") or _by_message(error)


def _by_message(error: BaseException) -> str:
    message, library = str(error), type(error).__module__.partition(".")[0]
    if library == "psycopg":
        return next((code for phrase, code in _PHRASES if phrase in message), "")
    if type(error) is not ResponseError:  # an error that wraps one lacks the prefix
        return ""
    prefix = message.partition(" ")[0]  # such as NOREPLICAS, for which redis-py has no class
    return prefix if prefix.isalpha() and prefix.isupper() else ""
