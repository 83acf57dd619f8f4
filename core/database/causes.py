"""Why a store failed, as a short code: the store's own, or the system's; never its words.

Messages quote addresses, users and sometimes values. What is read in them here are fixed phrases
of libpq, which has no code for a connection that was refused.
"""

import errno
from collections.abc import Callable, Iterator
from socket import gaierror

from redis.exceptions import ResponseError

Report = Callable[[str], None]  # hears each cause; called from any thread

UNKNOWN = "unknown"
NO_FUNCTION = "no_function"  # a Redis that is new, or that took over: it is loaded
DEPTH_MAX = 6  # errors that lie behind an error

_ERRNOS = {"ECONNREFUSED": "refused", "ETIMEDOUT": "timeout"}
_NAMES = {
    "TimeoutError": "timeout",
    "ConnectionTimeout": "timeout",
    "ClusterDownError": "CLUSTERDOWN",
    "AuthenticationError": "NOAUTH",
}
_PHRASES = (  # of PostgreSQL, to the SQLSTATE that its server gives them
    ("password authentication failed", "28P01"),
    ("no password supplied", "28P01"),
    ("no pg_hba.conf entry", "28000"),
    ("is not permitted to log in", "28000"),
    ("too many c", "53300"),  # clients, connections
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


def unheard(_cause: str) -> None:
    """Report to nobody."""


def cause_of(error: BaseException) -> str:
    """Return a SQLSTATE, SQLite's error name, Redis' error prefix, an errno's name, or a word."""
    for one in _behind(error):
        if cause := _own(one):
            return cause
    return UNKNOWN


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and those that it came from, also where a library keeps one as a value."""
    found: BaseException | None = error
    for _ in range(DEPTH_MAX):
        if found is None:
            return
        yield found
        kept = (value for value in found.args if isinstance(value, BaseException))
        found = found.__cause__ or found.__context__ or next(kept, None)


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
    return _NAMES.get(type(error).__name__, "") or _by_words(error)


def _by_words(error: BaseException) -> str:
    said, library = str(error), type(error).__module__.partition(".")[0]
    if library == "psycopg":
        return next((code for phrase, code in _PHRASES if phrase in said), "")
    if type(error) is not ResponseError:  # what wraps one has lost its first word
        return ""
    prefix = said.partition(" ")[0]  # as NOREPLICAS, which the client does not know
    return prefix if prefix.isalpha() and prefix.isupper() else ""
