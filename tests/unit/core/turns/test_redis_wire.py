"""A connection's bytes: what goes out together, and which call gets which answer."""

import asyncio
from collections import deque

import pytest
from hiredis import pack_command

from core.turns.redis_wire import PendingCall, Wire

ANSWERS = b"+OK\r\n$5\r\nab\r\nc\r\n$-1\r\n-OOM no room\r\n*2\r\n:1\r\n$1\r\nx\r\n:42\r\n"


class Sink(asyncio.Transport):
    """Keeps each write of its wire."""

    def __init__(self, answer_seconds=60):
        super().__init__()
        self.writes, self.closed = [], False
        self.wire = Wire(asyncio.get_running_loop(), answer_seconds=answer_seconds)
        self.wire.connection_made(self)

    def write(self, data):
        self.writes.append(data)

    def is_closing(self):
        return self.closed

    def abort(self):
        self.closed = True
        self.wire.connection_lost(None)


@pytest.fixture
async def sink():
    made = Sink()
    yield made
    made.abort()


def calls_of(*keys):
    loop = asyncio.get_running_loop()
    return deque(PendingCall(pack_command(("GET", key)), loop) for key in keys)


async def test_what_is_sent_in_one_turn_of_the_loop_is_one_write(sink):
    calls, more = calls_of("a", "b"), calls_of("c", "d")
    packed = [call.packed for call in (*calls, *more)]
    sink.wire.carry(calls)
    sink.wire.send(more[0].packed)
    await asyncio.sleep(0)
    sink.wire.send(more[1].packed)
    await asyncio.sleep(0)
    assert sink.writes == [b"".join(packed[:3]), packed[3]]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
async def test_answers_cut_anywhere_reach_their_calls(sink, size):
    calls = calls_of(*"abcdef")
    waiting = list(calls)
    sink.wire.carry(calls)
    for start in range(0, len(ANSWERS), size):
        sink.wire.data_received(ANSWERS[start : start + size])
    answers = [call.done.result() for call in waiting]
    assert str(answers.pop(3)) == "OOM no room"
    assert answers == [b"OK", b"ab\r\nc", None, [1, b"x"], 42]
    assert not calls


async def test_an_answer_to_nobody_ends_it_and_the_others_stay_in_the_queue(sink):
    calls = calls_of("a")
    sink.wire.carry(calls)
    sink.wire.data_received(b":1\r\n:2\r\n")
    assert sink.wire.lost.done()
    assert not calls
    assert sink.closed


async def test_nonsense_ends_it_and_answers_nobody(sink):
    calls = calls_of("a", "b")
    waiting = list(calls)
    sink.wire.carry(calls)
    sink.wire.data_received(b":1\r\n?\r\n:2\r\n")
    assert sink.wire.lost.done()
    assert waiting[0].done.result() == 1
    assert list(calls) == waiting[1:]


async def test_nothing_is_written_once_it_is_lost(sink):
    sink.wire.carry(calls_of("a"))
    sink.abort()
    await asyncio.sleep(0)
    assert isinstance(sink.wire.lost.result(), ConnectionResetError)
    assert sink.writes == []


async def test_the_oldest_call_is_given_its_time_and_no_more():
    loop, sink, calls = asyncio.get_running_loop(), Sink(answer_seconds=0.1), calls_of("a", "b")
    calls[0].made -= 0.04
    sink.wire.carry(calls)
    start = loop.time()
    async with asyncio.timeout(10):
        assert isinstance(await sink.wire.lost, TimeoutError)
    assert loop.time() - start >= 0.1 - 0.04 - 0.01
    assert len(calls) == 2


async def test_a_connection_that_nobody_uses_stays_and_is_watched_when_somebody_does():
    sink, calls = Sink(answer_seconds=0.01), deque()
    sink.wire.carry(calls)
    await asyncio.sleep(0.05)
    assert not sink.closed
    calls.extend(calls_of("a"))
    async with asyncio.timeout(10):
        assert isinstance(await sink.wire.lost, TimeoutError)
