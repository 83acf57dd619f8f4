"""Ports that crash or stall when told to, and ports that stop before every call."""

import asyncio


class CrashError(Exception):
    """The process died here."""


class Faults:
    """Call number `at` to any wrapped port crashes: before it took effect, or after."""

    def __init__(self, at=0, *, before=True):
        self.at, self.before, self.calls = at, before, 0

    def wrap(self, port):
        return _Wrapped(port, self._call)

    async def _call(self, method, args, kwargs):
        self.calls += 1
        mine = self.calls == self.at
        if mine and self.before:
            raise CrashError
        result = await method(*args, **kwargs)
        if mine:
            raise CrashError
        return result


class Stall:
    """Call number `at` to any wrapped port waits until its coroutine is stepped again."""

    def __init__(self, at):
        self.at, self.calls = at, 0

    def wrap(self, port):
        return _Wrapped(port, self._call)

    async def _call(self, method, args, kwargs):
        self.calls += 1
        if self.calls == self.at:
            await asyncio.sleep(0)
        return await method(*args, **kwargs)


def stepped(port):
    """Return the port, stopping before every call until its coroutine is stepped."""

    async def call(method, args, kwargs):
        await asyncio.sleep(0)
        return await method(*args, **kwargs)

    return _Wrapped(port, call)


class _Wrapped:
    def __init__(self, port, call):
        self._port, self._around = port, call

    def __getattr__(self, name):
        method = getattr(self._port, name)

        async def call(*args, **kwargs):
            return await self._around(method, args, kwargs)

        return call


def step(coroutine):
    """Run a coroutine to its next stop; return whether it is done, and its result then."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return True, stop.value
    return False, None
