"""Server-sent events: at once, and only when something changed."""

import json

from gateway.simulator import watching
from gateway.simulator.watching import events


async def watch(seen, monkeypatch, ahead=None):
    """Return the events of a watcher that is shown these, one after another."""
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0)
    left = list(seen)

    async def read():
        return {"n": left.pop(0)}

    clock = iter(ahead or [0] * len(seen))
    return [
        event
        async for event in events(
            read, lambda: {"ahead_seconds": next(clock), "at": len(left)}, ends=lambda: not left
        )
    ]


def told(event):
    return json.loads(event.partition("data: ")[2])


async def test_the_first_is_told_at_once_and_then_each_change(monkeypatch):
    retry, *rest = await watch([1, 1, 2, 2, 1], monkeypatch)
    assert retry == "retry: 1000\n\n"
    assert [told(one)["n"] for one in rest] == [1, 2, 1]
    assert all(one.startswith("event: truth\ndata: ") and one.endswith("\n\n") for one in rest)


async def test_the_hands_of_the_clock_are_no_change_but_turning_it_is(monkeypatch):
    _, *rest = await watch([1, 1, 1], monkeypatch, ahead=[0, 0, 60])
    assert [told(one)["clock"]["ahead_seconds"] for one in rest] == [0, 60]


async def test_a_comment_shows_that_the_connection_lives(monkeypatch):
    monkeypatch.setattr(watching, "SILENT_SECONDS_MAX", -1)
    _, first, *rest = await watch([1, 1, 1], monkeypatch)
    assert told(first)["n"] == 1
    assert rest == [": still here\n\n"] * 2
