"""Locks on files: held while a process that has the file open lives, and not a moment longer."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.005


def take_lock(path: Path, seconds: float) -> int | None:
    """Return the open, locked file, or None if somebody else holds it all that time."""
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
    """Say whether this process has the file open; False where the kernel does not tell.

    Its command line would not do: servers rewrite theirs, and process ids are used again.
    """
    wanted = path.stat()
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                if os.path.samestat(link.stat(), wanted):
                    return True
    return False


def wait_until(what: Callable[[], bool], seconds: float) -> bool:
    """Look until it is so, at least once; say whether it was."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True
