"""Signals that end the process: before its event loop runs, and while it closes."""

import signal
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

_received: Final[list[int]] = []


def exit_on_signals() -> None:
    """Exit at the first signal, with the status that a shell would show; a loop replaces this."""
    for number in SIGNALS:
        signal.signal(number, _exit)


def exit_if_signalled() -> None:
    """Exit if a signal came: whatever it interrupted may have swallowed the `SystemExit`."""
    if _received:
        raise SystemExit(128 + _received[0])


def ignore_signals() -> None:
    """Let nothing interrupt what still has to be closed."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _exit(number: int, _frame: object) -> None:
    _received.append(number)
    exit_if_signalled()
