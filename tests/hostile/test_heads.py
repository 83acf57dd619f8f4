"""Heads without end, over real sockets: cut at the bound, answered, and never kept."""

import asyncio
import contextlib
import socket
from functools import partial

import pytest
import uvicorn

from gateway.http.bounds import HEAD_LINES_MAX, Bounds
from gateway.http.lane import Lane, LaneProtocol
from gateway.wiring.app import asgi_apps, dispatch, make_webhooks
from tests.fixtures.http_streams import Echo, other
from tests.fixtures.process import WEBHOOK_KEY
from tests.fixtures.strangers import memory_mib
from tests.integration.test_webhook import House

START = b"POST /ussd/africastalking HTTP/1.1\r\nHost: x\r\n"
GROWTH_MIB_MAX = 12.0
CALLERS, GRANTED = 1_000, 20
LATE_SECONDS = 0.05


def shout(port, start, piece, times):
    """Send `piece` so often, or until the server has had enough; return what it said."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        with contextlib.suppress(ConnectionError):
            line.sendall(start)
            for _ in range(times):
                line.sendall(piece)
        said = b""
        with contextlib.suppress(ConnectionError):
            while some := line.recv(65_536):
                said += some
    return said


def test_no_head_fills_the_memory_and_others_are_served_meanwhile(gateway):
    running = gateway(WEBHOOK_KEY=WEBHOOK_KEY).start()
    port, pid = running.http_port, running.process.pid
    refused = b"HTTP/1.1 431 "
    chunked = START + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
    before = memory_mib(pid)
    lines, mebibyte = b"x: y\r\n" * 10_000, b"x" * 1_048_576
    one_too_many = b"x: y\r\n" * (HEAD_LINES_MAX + 1) + b"\r\n"
    for start in (START, START.replace(b"/ussd/africastalking", b"/api/v1/stats"), chunked):
        assert shout(port, start, lines, 100).startswith(refused)  # a million lines
        assert shout(port, start + b"X-Long: ", mebibyte, 150).startswith(refused)
        assert shout(port, start + b"X-Long: ", b"x" * 65_536, 1).startswith(refused)
        assert shout(port, start, one_too_many, 1).startswith(refused)
    assert memory_mib(pid) - before < GROWTH_MIB_MAX
    assert running.ussd("+6281211110001", "s", "").status_code == 200
    told = running.client.get("/metrics").text
    assert 'satupintu_rejected_total{status="431",wire="http"} 12.0' in told
    assert running.stop() == 0


@contextlib.asynccontextmanager
async def serving(**bounds):
    """Serve an echo with these bounds; yields the port."""
    found = make_webhooks([Echo()], House().intake, "id")
    listener = socket.create_server(("127.0.0.1", 0), backlog=CALLERS)
    config = uvicorn.Config(
        dispatch(asgi_apps(found), other),
        http=partial(LaneProtocol, lane=Lane(found), bounds=Bounds(**bounds)),
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=0,
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await task


async def call(port, sent):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    return reader, writer


async def end(writer):
    """Close our end, and leave no socket behind."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def hear(reader):
    """Return all that is said until the end of the line."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while some := await reader.read(65_536):
            said += some
    return said


@pytest.mark.parametrize("path", [b"/echo", b"/other"])
@pytest.mark.parametrize("start", [b"", b"GET /echo HTTP/1.1\r\n\r\n"])
async def test_a_head_that_never_ends_is_cut_in_time(path, start):
    async with serving(head_seconds_max=LATE_SECONDS) as port:
        reader, writer = await call(port, start + b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n")
        said = await hear(reader)
        await end(writer)
    assert said.count(b"HTTP/1.1 ") == (2 if start else 1)
    assert b"HTTP/1.1 408 Request Timeout\r\n" in said


async def test_who_opens_a_line_and_says_nothing_is_cut_in_time():
    async with serving(head_seconds_max=LATE_SECONDS) as port:
        reader, writer = await call(port, b"")
        assert await hear(reader) == b""
        await end(writer)


async def test_a_thousand_lines_are_served_or_told_to_come_again():
    async with serving(connections_max=GRANTED) as port:
        lines = [await call(port, b"") for _ in range(CALLERS)]
        told = await asyncio.gather(*(hear(reader) for reader, _writer in lines[GRANTED:]))
        assert {said.split(b"\r\n")[0] for said in told} == {b"HTTP/1.1 503 Service Unavailable"}
        assert all(b"\r\nretry-after: " in said for said in told)
        for reader, writer in lines[:GRANTED]:
            writer.write(b"GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n")
            assert (await hear(reader)).startswith(b"HTTP/1.1 200 ")
        for _reader, writer in lines:
            await end(writer)
        reader, writer = await call(port, b"GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert (await hear(reader)).startswith(b"HTTP/1.1 200 ")
        await end(writer)
