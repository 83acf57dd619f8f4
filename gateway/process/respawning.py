"""One serving process below one that watches it: when it is killed, the next serves at once.

For the simulator, which kills as a power cut does. The parent has imported everything, and holds
the embedded Valkey and the ports, where connections wait meanwhile: a fork is all that it takes.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from types import FrameType
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
    """Waits for a child, and passes signals on to it: its session is not the terminal's."""

    def __init__(self) -> None:
        self.stopping = False
        self._child = 0
        for number in SIGNALS:
            signal.signal(number, self._pass_on)

    def wait_for(self, child: int) -> int:
        """Return the child's exit status; negative, if a signal ended it."""
        self._child = child
        if self.stopping:
            os.kill(child, signal.SIGTERM)
        _, status = os.waitpid(child, 0)
        self._child = 0
        return os.waitstatus_to_exitcode(status)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        if self._child:
            os.kill(self._child, number)


def _fork(serve: Serve, before: int) -> tuple[int, int]:
    """Return the child's process id, and what to hold open while we live. It never returns."""
    ends, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(held)
        _run(serve, ends, before)
    os.close(ends)
    return child, held


def _run(serve: Serve, ends: int, before: int) -> NoReturn:
    """Serve and end, without undoing what the parent has set up."""
    status = 1
    try:
        os.setsid()
        exit_on_signals()
        status = serve(ends, before)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 this process ends with it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
