"""People who talk to a server on many connections: as fast as they are answered, or paced.

Paced, each line has its next request due at fixed times; where an answer comes late, the next
request goes out at once, and its latency counts from when it was due. So a stall is seen by
everybody who would have come meanwhile, as by people who do not know of each other.
"""

import asyncio
from dataclasses import dataclass, field
from math import ceil
from time import perf_counter, process_time

LINES = 64


@dataclass
class Told:
    """What a load saw. `answers` are latencies in seconds by kind; `wrong` is a wrong answer."""

    took: float = 0.0
    own_cpu: float = 0.0
    answers: dict = field(default_factory=dict)
    wrong: bytes = b""

    @property
    def count(self):
        return sum(map(len, self.answers.values()))

    def add(self, kind, seconds):
        self.answers.setdefault(kind, []).append(seconds)


def percentile(values, part):
    """Return the least value that `part` of all are not above; None of nothing."""
    ranked = sorted(values)
    return ranked[max(0, ceil(len(ranked) * part) - 1)] if ranked else None


def due_times(line, lines, rate, began):
    """Yield when the requests of one line are due; all lines together come to `rate` a second."""
    place = line
    while True:
        yield began + place / rate
        place += lines


class Line(asyncio.Protocol):
    """One HTTP connection: sends a request, waits for its answer, sends the next."""

    lines = LINES  # of its kind at a time

    def __init__(self, asks, told, times=None):
        self.asks, self.told, self.times = asks, told, times
        self.loop = asyncio.get_running_loop()
        self.done = self.loop.create_future()
        self.buffer, self.ask, self.due = b"", None, 0.0

    def connection_made(self, transport):
        self.transport = transport
        self.next()

    def next(self):
        now = perf_counter()
        self.due = next(self.times) if self.times else now
        if self.due > now:
            self.loop.call_later(self.due - now, self.send)
        else:
            self.send()

    def send(self):
        self.ask = next(self.asks, None)
        if self.ask is None:
            self.transport.close()
            return
        self.write()

    def write(self):
        self.transport.write(self.ask.payload)

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if len(body) >= int(length):
            self.buffer = b""
            self.answered(body, right=head[9:12] == b"200" and self.ask.wanted in body)

    def answered(self, answer, *, right):
        self.told.add(self.ask.kind, perf_counter() - self.due)
        if not right:
            self.told.wrong = answer or b"nothing"
        self.next()

    def connection_lost(self, error):
        if not self.done.done():
            self.done.set_result(error)


async def load(port, asks, *, seconds, rate=0, line=Line):
    """Let the people of the iterators that `asks` makes talk for `seconds`; at `rate`, if given.

    Whatever was sent is waited for, so that what the server did can be counted.
    """
    told, began = Told(), perf_counter()
    own, end = process_time(), began + seconds
    opened = []
    for place in range(line.lines):
        times = due_times(place, line.lines, rate, began) if rate else None
        one = line(until(asks(), end), told, times)
        await one.loop.create_connection(lambda one=one: one, "127.0.0.1", port)
        opened.append(one)
    lost = await asyncio.gather(*(one.done for one in opened))
    told.took, told.own_cpu = perf_counter() - began, process_time() - own
    if any(lost):
        told.wrong = f"a connection was lost: {next(filter(None, lost))!r}".encode()
    return told


def until(asks, end):
    """Yield requests until the time is up."""
    for ask in asks:
        if perf_counter() > end:
            return
        yield ask


def crowd(talk, people):
    """Return what makes the requests of a line: one person of `people` after the other."""

    def asks():
        for n in people:
            yield from talk(n)

    return asks
