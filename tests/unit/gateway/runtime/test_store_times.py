"""A few calls of Redis are timed, and all of them are made."""

import pytest

from gateway.runtime.store_times import SAMPLE_EVERY, TimedCalls


class Answering:
    """A port to Redis that answers with the command, or fails."""

    def __init__(self, error=None):
        self.error, self.called = error, 0

    async def call(self, *args):
        self.called += 1
        if self.error:
            raise self.error
        return args[0]

    async def load(self, code):
        return code

    async def close(self):
        return "closed"


async def test_one_call_of_a_few_is_measured_and_each_is_made():
    seen, calls = [], Answering()
    timed = TimedCalls(calls, lambda *one: seen.append(one))
    for name in ("GET", "FCALL") * SAMPLE_EVERY:
        assert await timed.call(name, "key") == name
    assert calls.called == 2 * SAMPLE_EVERY
    assert [kind for kind, _ in seen] == ["read", "read"]
    await timed.call("FCALL")
    assert seen[-1][0] == "write"
    assert all(0 <= seconds < 5 for _, seconds in seen)
    assert (await timed.load("code"), await timed.close()) == ("code", "closed")


async def test_a_call_that_fails_is_measured_too():
    seen = []
    timed = TimedCalls(Answering(ZeroDivisionError()), lambda *one: seen.append(one))
    with pytest.raises(ZeroDivisionError):
        await timed.call("GET")
    assert len(seen) == 1
