"""The log: JSON lines on stderr that cannot hold a personal datum, because of how they are made.

A line holds only fields named in `FIELDS`. An exception is told by its type and the places it
passed, never by its message: messages quote what people typed. Lines of libraries keep their
template, not what was filled in. What still looks like a number of a person or an address is cut.
"""

import asyncio
import logging
import re
import secrets
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from traceback import extract_tb
from typing import Any, TextIO, cast

import structlog
from typing_extensions import override

FIELDS = frozenset(
    (
        *("event", "level", "timestamp", "logger", "error", "error_id", "where"),
        *("path", "status", "channel", "provider", "part", "signal", "host", "port"),
        *("seconds", "count", "worker", "pid", "version", "store", "cause"),
    )
)
TEXT_CHARACTERS_MAX = 300
FRAMES_MAX = 12
_ID_LETTERS = "bcdfghjkmnpqrstvwxyz"  # no digits: an id must not look like anybody's number
# An address is looked for where a word begins, and behind a number: once, not at every letter.
_PERSONAL = re.compile(
    r"[0-9](?:[ .-]?[0-9]){6,}|(?:(?<![^\s@])|(?<=[0-9]))[^\s@]{1,300}+@[^\s@]+"
)
# Loggers whose templates are known to be plain sentences. Others are told by name only.
_PLAIN = ("uvicorn",)


def configure(level: str = "info", *, stream: TextIO | None = None) -> None:
    """Send our lines and those of every library to `stream` (stderr), as JSON."""
    out = _Sink(stream or sys.stderr)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _keep_allowed,
            structlog.processors.TimeStamper(fmt="iso", utc=True),  # after: a date is no number
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", out)),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)
    logging.getLogger("uvicorn.access").disabled = True


def log() -> Any:
    """Return the logger."""
    return structlog.get_logger()


def report(event: str, error: BaseException, **fields: object) -> str:
    """Log an error that nobody foresaw; return the id that finds it again."""
    error_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(8))
    log().error(event, error_id=error_id, **describe(error), **fields)
    return error_id


def describe(error: BaseException) -> dict[str, object]:
    """Return what may be told about an exception: its type and the places that it passed."""
    frames = extract_tb(error.__traceback__)[-FRAMES_MAX:]
    places = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": places}


def report_from_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a task left behind; set with `loop.set_exception_handler`."""
    error = context.get("exception")
    if isinstance(error, BaseException):
        report("a task failed", error)
    else:
        log().error("the event loop complains")


def _short(filename: str) -> str:
    return "/".join(filename.split("/")[-2:])


def _keep_allowed(
    _logger: Any, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {name: _clean(value) for name, value in fields.items() if name in FIELDS}


def _clean(value: object) -> object:
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    if isinstance(value, list):
        return [_clean(item) for item in value[:FRAMES_MAX]]
    return _PERSONAL.sub("[hidden]", str(value)[:TEXT_CHARACTERS_MAX])


class _Sink:
    """Where lines go. One that cannot be written is lost: no turn may fail for a full disk."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


class _Bridge(logging.Handler):
    """Takes the lines of libraries over into our log."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        plain = record.name.partition(".")[0] in _PLAIN and not record.exc_info
        event = str(record.msg) if plain else "a library complains"
        error = record.exc_info[1] if record.exc_info else None
        told = describe(error) if error else {}
        level = max(record.levelno, logging.WARNING)
        log().log(level, event, logger=record.name, **told)
