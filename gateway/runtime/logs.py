"""The log: JSON lines on stderr that cannot hold a personal datum, because of how they are made.

A line holds only the fields in `FIELDS`. An exception is logged by its type and its frames, never
by its message: messages quote what people typed. Lines of libraries keep their template, without
its arguments. Whatever still looks like a personal number or an address is hidden.
"""

import asyncio
import json
import logging
import re
import secrets
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from traceback import extract_tb
from typing import Any, Final, TextIO

from typing_extensions import override

from gateway.runtime.tracing import LETTERS, trace_id

FIELDS = frozenset(
    (
        *("event", "level", "timestamp", "logger", "error", "error_id", "where"),
        *("trace_id", "path", "status", "channel", "provider", "part", "signal", "host", "port"),
        *("seconds", "count", "worker", "pid", "version", "store", "cause"),
    )
)
TEXT_CHARACTERS_MAX = 300
FRAMES_MAX = 12
# An address is sought at the start of a word and behind a number, not at every letter.
_PERSONAL = re.compile(
    r"[0-9](?:[ .-]?[0-9]){6,}|(?:(?<![^\s@])|(?<=[0-9]))[^\s@]{1,300}+@[^\s@]+"
)
# Loggers whose templates are plain sentences. Of others only the name is logged.
_PLAIN = ("uvicorn",)


def configure(*, stream: TextIO | None = None) -> None:
    """Send our lines and those of every library to `stream` (stderr), as JSON."""
    log.stream = stream
    logging.basicConfig(handlers=[_Bridge()], level=logging.WARNING, force=True)
    logging.getLogger("uvicorn.access").disabled = True


class Log:
    """Writes one line for each call: the event and its allowed fields."""

    def __init__(self) -> None:
        self.stream: TextIO | None = None  # None: stderr
        self._lock = threading.Lock()  # a text stream is not made for several threads

    def warning(self, event: str, **fields: object) -> None:
        """Log what somebody should look at."""
        self.write(logging.WARNING, event, **fields)

    def error(self, event: str, **fields: object) -> None:
        """Log what somebody must look at."""
        self.write(logging.ERROR, event, **fields)

    def write(self, level: int, event: str, **fields: object) -> None:
        """Log at a level of `logging`. No turn may fail for a full disk: such a line is lost."""
        line = {**fields, "event": event, "level": logging.getLevelName(level).lower()}
        if trace := trace_id():
            line["trace_id"] = trace
        allowed = {name: _clean(value) for name, value in line.items() if name in FIELDS}
        allowed["timestamp"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        stream = self.stream or sys.stderr
        with self._lock, suppress(OSError):
            stream.write(json.dumps(allowed) + "\n")
            stream.flush()


log: Final = Log()


def report(event: str, error: BaseException, **fields: object) -> str:
    """Log an unforeseen error; return its id in the log."""
    error_id = "".join(secrets.choice(LETTERS) for _ in range(8))
    log.error(event, error_id=error_id, **describe(error), **fields)
    return error_id


def describe(error: BaseException) -> dict[str, object]:
    """Return what may be logged of an exception: its type and its frames, innermost last."""
    frames = extract_tb(error.__traceback__)[-FRAMES_MAX:]
    places = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": places}


def report_from_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an exception that no task retrieved; for `loop.set_exception_handler`."""
    error = context.get("exception")
    if isinstance(error, BaseException):
        report("a task failed", error)
    else:
        log.error("the event loop complains")


def _short(filename: str) -> str:
    return "/".join(filename.split("/")[-2:])


def _clean(value: object) -> object:
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    if isinstance(value, list):
        return [_clean(item) for item in value[:FRAMES_MAX]]
    return _PERSONAL.sub("[hidden]", str(value)[:TEXT_CHARACTERS_MAX])


class _Bridge(logging.Handler):
    """Writes the log records of libraries into our log."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        plain = record.name.partition(".")[0] in _PLAIN and not record.exc_info
        event = str(record.msg) if plain else "a library complains"
        error = record.exc_info[1] if record.exc_info else None
        described = describe(error) if error else {}
        level = max(record.levelno, logging.WARNING)
        log.write(level, event, logger=record.name, **described)
