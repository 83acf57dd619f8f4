"""File locks (flock): the kernel releases them when the last process with the file open ends."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.005


def take_lock(path: Path, seconds: float) -> int | None:
    """Return the descriptor of the locked file, or None if it stays locked for `seconds`."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def taken() -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    if wait_until(taken, seconds):
        return handle
    os.close(handle)
    return None


def holds_open(pid: int, path: Path) -> bool:
    """Return True if process `pid` has the file open; False where the kernel does not tell.

    A command line proves nothing: servers rewrite theirs, and process ids are reused.
    """
    wanted = path.stat()
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                if os.path.samestat(link.stat(), wanted):
                    return True
    return False


def wait_until(what: Callable[[], bool], seconds: float) -> bool:
    """Poll `what` until it is true, at least once; return False after `seconds`."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True
