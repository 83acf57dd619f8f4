"""The short way of a webhook: what a server owes its callers, with no server in between."""

import asyncio
from time import monotonic

import pytest

from channels.contract import Response
from gateway.http.lane import Exchange
from tests.fixtures.http_streams import BODY_BYTES_MAX, Echo, serve_echo
from tests.fixtures.memory_line import Clock, read_answers

GET = b"GET /echo?a=b HTTP/1.1\r\n\r\n"
OLD = b"GET /echo HTTP/1.0\r\n\r\n"


def post(body, *fields, path=b"/echo", length=None):
    length = b"Content-Length: %d" % (len(body) if length is None else length)
    return b"\r\n".join([b"POST " + path + b" HTTP/1.1", length, *fields, b"", body])


@pytest.fixture
def house():
    return serve_echo()


@pytest.fixture
async def line(house):
    line = house[0].open()
    yield line
    line.hang_up()


async def answers(line, *methods):
    await line.settle()
    return read_answers(line.said, methods)


async def statuses(line):
    return [status for status, _fields, _body in await answers(line)]


async def test_a_request_is_answered_in_one_write(line):
    line.send(post(b"hi", b"X-Told: a"))
    ((status, fields, body),) = await answers(line)
    assert (status, line.writes) == (200, 1)
    assert body.startswith(b"POST /echo  a ")
    assert fields == [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
    ]
    assert not line.is_closing()


async def test_the_servers_own_headers_go_out_and_are_made_anew(house, line):
    state = line.protocol.server_state
    for date in (b"now", b"later"):
        state.default_headers = [(b"date", date)]
        line.send(GET)
        await line.settle()
        assert b"200 OK\r\ndate: " + date + b"\r\n" in line.said


@pytest.mark.parametrize("size", [1, 2, 7])
async def test_requests_in_any_pieces_are_answered_in_their_order(line, size):
    sent = b"".join(post(b"x" * n, b"X-Told: %d" % n) for n in range(9))
    line.send(*(sent[at : at + size] for at in range(0, len(sent), size)))
    told = [body.split(b" ")[3] for _status, _fields, body in await answers(line)]
    assert told == [b"%d" % n for n in range(9)]


async def test_the_lane_and_the_rest_keep_their_order_on_one_line(line):
    line.send(GET + b"GET /other HTTP/1.1\r\n\r\n" + post(b"hi") + b"GET /%65cho HTTP/1.1\r\n\r\n")
    said = [body.split()[1] for _status, _fields, body in await answers(line)]
    assert said == [b"/echo", b"b'/other'", b"/echo", b"/echo"]
    assert not isinstance(line.protocol.cycle, Exchange)


@pytest.mark.parametrize(
    ("sent", "closes"),
    [
        (GET, False),
        (GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), True),
        (OLD, True),
        (OLD.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n"), True),
    ],
)
async def test_a_connection_is_kept_unless_the_caller_says_otherwise(line, sent, closes):
    line.send(sent + GET)
    assert await statuses(line) == [200] * (1 if closes else 2)
    assert (b"\r\nconnection: close\r\n" in line.said) is closes
    assert line.is_closing() is closes


async def test_head_is_answered_without_a_body(line):
    line.send(b"HEAD /echo HTTP/1.1\r\n\r\n" + GET)
    first, second = await answers(line, "HEAD", "GET")
    assert (first[0], first[2]) == (405, b"")
    assert (b"allow", b"GET, POST") in first[1]
    assert second[0] == 200


# Bodies


async def test_a_body_that_is_announced_too_large_is_refused_at_once(line):
    line.send(post(b"", length=BODY_BYTES_MAX + 1))
    assert await statuses(line) == [413]
    assert b"\r\nconnection: close\r\n" in line.said
    assert line.is_closing()


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
async def test_a_chunked_body_is_read_to_the_bound_and_no_further(line, more, status):
    head = b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    line.send(head, *[b"1\r\nx\r\n"] * BODY_BYTES_MAX)
    assert await statuses(line) == []
    line.send(b"1\r\nx\r\n" if more else b"0\r\n\r\n")
    assert await statuses(line) == [status]


async def test_no_more_of_a_body_is_kept_than_is_taken(line):
    line.send(b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n")
    for _ in range(1_000):
        line.send(b"xy")
    assert len(line.protocol.cycle._body) <= BODY_BYTES_MAX + 2
    assert await statuses(line) == [413]


async def test_a_caller_that_asks_first_is_told_to_go_on(line):
    line.send(post(b"", b"Expect: 100-continue", length=2))
    await line.settle()
    assert line.said == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.send(b"hi")
    assert await statuses(line) == [100, 200]


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_a_caller_whose_body_is_not_wanted_is_not_told_to_go_on(line, version):
    sent = post(b"", b"Expect: 100-continue", length=9_999).replace(b"1.1", version)
    line.send(sent)
    assert await statuses(line) == [413]


async def test_an_old_caller_is_never_told_to_go_on(line):
    line.send(post(b"hi", b"Expect: 100-continue").replace(b"1.1", b"1.0"))
    assert await statuses(line) == [200]


async def test_a_slow_body_is_408_and_the_line_is_closed(house):
    servers, keeper = house
    line = servers.open()
    line.send(post(b"h", length=2))
    await line.settle()
    keeper.deadline.cancel_overdue(monotonic() + keeper.deadline.seconds + 1)
    await line.settle_for(5)
    assert await statuses(line) == [408]
    assert line.is_closing()
    assert len(keeper.deadline) == 0


async def test_half_a_body_is_never_acted_upon_and_leaves_no_task(house, monkeypatch):
    servers, keeper = house
    parsed = []
    monkeypatch.setattr(Echo, "parse", lambda _echo, request: parsed.append(request) or ())
    line = servers.open()
    line.send(post(b"h", length=2))
    await line.settle()
    assert len(line.protocol.tasks) == 1
    line.hang_up()
    await line.settle_for(5)
    assert (line.said, parsed, len(keeper.deadline)) == (b"", [], 0)
    assert not line.protocol.tasks
    assert not line.protocol.connections


async def test_who_hangs_up_before_the_answer_is_no_fault(house, logged):
    line = house[0].open()
    line.send(GET + GET)
    line.hang_up()
    await line.settle_for(9)
    assert (line.said, logged()) == (b"", [])


# The answer


@pytest.mark.parametrize(
    "bad", [Response(b"x", 999), Response(b"x", content_type="text/plain\r\nx: y")]
)
async def test_an_answer_that_cannot_be_written_is_503(line, bad, monkeypatch, logged):
    monkeypatch.setattr(Echo, "answer", lambda *_: bad)
    line.send(GET)
    assert await statuses(line) == [503]
    assert b"\r\nx: y" not in line.said
    assert [told["event"] for told in logged()] == ["a response could not be written"]


async def test_an_answer_waits_while_the_caller_reads_no_more(line):
    line.protocol.pause_writing()
    line.send(GET)
    await line.settle_for(9)
    assert line.said == b""
    line.protocol.resume_writing()
    assert await statuses(line) == [200]


# The end


async def test_a_stop_ends_idle_lines_at_once_and_others_with_their_answer(house):
    servers, _keeper = house
    idle, fresh, busy = servers.open(), servers.open(), servers.open()
    idle.send(GET)
    await idle.settle()
    busy.send(post(b"h", length=2))
    await busy.settle()
    for line in (idle, fresh, busy):
        line.protocol.shutdown()
    assert (idle.is_closing(), fresh.is_closing(), busy.is_closing()) == (True, True, False)
    busy.send(b"i" + GET)
    assert await statuses(busy) == [200]
    assert b"\r\nconnection: close\r\n" in busy.said
    assert busy.is_closing()


async def test_a_request_that_the_server_no_longer_waits_for_is_asked_to_come_again(house, logged):
    line = house[0].open()
    line.send(post(b"h", length=2))
    await line.settle()
    for task in list(line.protocol.tasks):
        task.cancel()
    await line.settle_for(5)
    assert await statuses(line) == [503]
    assert line.is_closing()
    assert len(logged()) == 1


async def test_a_request_costs_no_timer(house):
    clock = Clock()
    line = house[0].open(loop=clock)
    line.send(GET)
    await line.settle()
    before = list(clock.timers)
    for _ in range(5):
        line.send(GET)
        await line.settle()
    assert clock.timers == before
    assert len(before) == 1
    line.hang_up()
    await asyncio.sleep(0)
    assert clock.timers == []
