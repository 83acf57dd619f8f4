"""One serving process below one that watches it: when it is killed, the next serves at once.

For the simulator, which kills as a power cut does. The parent has imported everything, and holds
the embedded Valkey and the ports, where connections wait meanwhile: a fork is all that it takes.
"""

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Final, NoReturn

from gateway.process.signals import SIGNALS, exit_on_signals

FORKS: Final = sys.platform == "linux"  # elsewhere system libraries do not survive a fork
QUICK_SECONDS: Final = 5.0  # a child killed sooner than this after its start counts as quick
PAUSE_SECONDS: Final = 0.2  # for each quick one in a row
PAUSE_SECONDS_MAX: Final = 5.0

Serve = Callable[[int, int], int]


def serve_again(serve: Serve) -> int:
    """Run `serve` in a child, and again when it is killed; return its exit status.

    It gets a descriptor that ends when this process does, and how many children came before.
    """
    watch, children, quick = _Watch(), 0, 0
    while True:
        began = time.monotonic()
        child, held = _fork(serve, children)
        status = watch.wait_for(child)
        os.close(held)
        if status != -signal.SIGKILL or watch.stopping:
            return status if status >= 0 else 128 - status
        quick = quick + 1 if time.monotonic() - began < QUICK_SECONDS else 0
        time.sleep(min(PAUSE_SECONDS * quick, PAUSE_SECONDS_MAX))
        children += 1


class _Watch:
    """Waits for a child, and passes signals on to it: its session is not the terminal's.

    Each signal is a byte in a pipe, whichever thread it reaches and whenever: none is missed
    between two looks.
    """

    def __init__(self) -> None:
        self.stopping = False
        self._seen, noted = os.pipe()
        for end in (self._seen, noted):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(noted, warn_on_full_buffer=False)
        for number in (*SIGNALS, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)

    def wait_for(self, child: int) -> int:
        """Return the child's exit status; negative, if a signal ended it."""
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            select.select([self._seen], [], [])
            for number in os.read(self._seen, 512):
                if number in SIGNALS:
                    self.stopping = True
                    os.kill(child, number)


def _fork(serve: Serve, before: int) -> tuple[int, int]:
    """Return the child's process id, and what to hold open while we live.

    A signal that comes meanwhile waits until the child heeds it.
    """
    ends, held = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    child = os.fork()
    if child == 0:
        os.close(held)
        _run(serve, ends, before)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    os.close(ends)
    return child, held


def _run(serve: Serve, ends: int, before: int) -> NoReturn:
    """Serve and end, without undoing what the parent has set up."""
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        exit_on_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        status = serve(ends, before)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 this process ends with it
        traceback.print_exc()
    finally:
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
