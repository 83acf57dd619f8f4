"""An event loop in virtual time: waiting costs nothing, and every run of it is the same."""

import asyncio


class StuckError(Exception):
    """Nothing is ready and nothing is due: a task waits for what never comes."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Jumps to the next timer where a real loop would sleep; no sockets, threads or signals."""

    def __init__(self):
        super().__init__()
        self._now = 0.0
        self._selector = self

    def time(self):
        return self._now

    def play(self, coroutine):
        """Run a coroutine from the virtual second 0; nothing of an earlier one may be left."""
        assert not self._ready
        assert not self._scheduled
        self._now = 0.0
        return self.run_until_complete(coroutine)

    def drop(self, tasks):
        """End these tasks and forget all timers."""
        tasks = list(tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.wait(tasks))
        self._scheduled.clear()
        self._ready.clear()

    def select(self, timeout):
        """Be the selector of this loop: go on to the next timer."""
        if timeout is None:
            raise StuckError
        if timeout > 0:
            self._now = self._scheduled[0].when()
        return ()

    def _process_events(self, event_list):
        """Nothing ever comes from outside."""

    def _write_to_self(self):
        """No thread wakes this loop."""
