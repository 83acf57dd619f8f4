"""The lock that a process needs to begin a transaction that writes to an SQLite file.

SQLite's busy handler polls, in steps of up to 100 ms. A process that writes all the time begins
its next transaction long before another looks again, which then waits for a second or more. So a
process begins a transaction only while it holds the lock on a file beside the database: the one
that has just committed comes after the one that waits in BEGIN.

The kernel releases the lock of a process that dies. Programs that do without the lock (migrations,
the `sqlite3` shell) wait with the busy handler alone; so does a process after `LOCK_WAIT_SECONDS`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Final

SUFFIX: Final = "-next"  # of the file that is locked; it stays, and is always empty
LOCK_WAIT_SECONDS: Final = 1.0  # for the lock at most: its holder may be frozen
POLL_SECONDS: Final = 0.0005  # a blocking flock() would know no bound


@contextmanager
def turnstile(database: str, seconds: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock of the database at that path, or go on without it after `seconds`.

    Goes on at once where there can be no lock: no such folder, or a file system without locks.
    """
    try:
        lock = os.open(f"{database}{SUFFIX}", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError:
        yield
        return
    try:
        end = monotonic() + seconds
        while _is_taken(lock) and monotonic() < end:
            sleep(POLL_SECONDS)
        yield
    finally:
        os.close(lock)


def _is_taken(lock: int) -> bool:
    """Lock the file unless another process has; return True if one has."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    return False
