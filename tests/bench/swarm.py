"""A swarm of feature phones on raw sockets: as fast as they are answered, or at a steady pace."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import quote

from tests.fixtures.people import name, nik

LINES = 64  # connections


@dataclass
class Told:
    """What the swarm saw. `seconds` are latencies; `statuses` by code; `over` how it ended."""

    took: float = 0.0
    seconds: list = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)
    last: bytes = b""

    @property
    def rate(self):
        return len(self.seconds) / self.took

    def percentile(self, part):
        ranked = sorted(self.seconds)
        return ranked[min(int(len(ranked) * part), len(ranked) - 1)]


def post(body):
    head = b"POST /ussd/africastalking HTTP/1.1\r\nhost: bench\r\ncontent-length: %d\r\n" % len(
        body
    )
    return head + b"content-type: application/x-www-form-urlencoded\r\n\r\n" + body


def hops(n, *, confirms):
    """Yield the requests of person `n`, from dialling to the last screen."""
    words = ("1", "1", nik(n), name(n), "2", *(("1",) if confirms else ()))
    phone = f"%2B62812{n:08d}"
    for count in range(len(words) + 1):
        typed = quote("*".join(words[:count]))
        body = f"sessionId=ATUid_{n:032x}&serviceCode=%2A119%23&phoneNumber={phone}"
        yield post(f"{body}&networkCode=99999&text={typed}".encode())


class Line(asyncio.Protocol):
    """One connection: sends a request, waits for its answer, sends the next."""

    def __init__(self, requests, told, pace):
        self.requests, self.told, self.pace = requests, told, pace
        self.done = asyncio.get_running_loop().create_future()
        self.buffer, self.due = b"", 0.0

    def connection_made(self, transport):
        self.transport = transport
        self.due = perf_counter()
        self.send()

    def send(self):
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            return
        if not self.pace:
            self.due = perf_counter()
        self.transport.write(request)

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found or len(body) < int(
            head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
        ):
            return
        now = perf_counter()
        self.told.seconds.append(now - self.due)
        self.told.statuses[head[9:12].decode()] += 1
        self.told.last, self.buffer = body, b""
        if not self.pace:
            self.send()
            return
        self.due += self.pace  # from when it was due, or a slow answer would hide the next
        wait = self.due - now
        asyncio.get_running_loop().call_later(max(wait, 0), self.send)

    def connection_lost(self, error):
        if not self.done.done():
            self.done.set_result(error)


async def swarm(port, people, *, seconds, confirms=False, rate=0):
    """Let people from the iterator `people` dial for `seconds`; at `rate` a second, if given."""
    told, end = Told(), perf_counter() + seconds

    def requests():
        for n in people:
            for request in hops(n, confirms=confirms):
                if perf_counter() > end:
                    return
                yield request

    loop, lines = asyncio.get_running_loop(), []
    pace = LINES / rate if rate else 0
    began = perf_counter()
    for _ in range(LINES):
        line = Line(requests(), told, pace)
        await loop.create_connection(lambda line=line: line, "127.0.0.1", port)
        lines.append(line)
        await asyncio.sleep(pace / LINES)
    await asyncio.gather(*(line.done for line in lines))
    told.took = perf_counter() - began
    return told
