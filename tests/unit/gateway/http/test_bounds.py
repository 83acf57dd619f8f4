"""What a caller may send before it is known who calls."""

import pytest

from gateway.http.bounds import (
    CONNECTIONS_MAX,
    HEAD_BYTES_MAX,
    HEAD_LINES_MAX,
    HEAD_SECONDS_MAX,
    PIPELINED_MAX,
)
from tests.fixtures.http_streams import serve_echo
from tests.fixtures.memory_line import Clock, read_answers

ASK = b"POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
HOLD = b"POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\n"  # a body that does not come
CHUNKED = b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
KINDS = pytest.mark.parametrize("kind", ["lane", "plain"])
FOUND = {"/echo": 200, "/other": 404}
PATHS = pytest.mark.parametrize("path", sorted(FOUND))
KEEP_ALIVE = 5  # uvicorn's own; the gateway sets another


@pytest.fixture
def servers():
    return serve_echo()[0]


def head(path, size):
    """Return a whole head of so many bytes."""
    start, end = f"GET {path} HTTP/1.1\r\nX-Long: ".encode(), b"\r\n\r\n"
    return start + b"x" * (size - len(start) - len(end)) + end


async def statuses(line):
    await line.settle()
    return [answer[0] for answer in read_answers(line.said)]


@KINDS
@PATHS
@pytest.mark.parametrize("piece", [1_000, 32_767, 70_000])
async def test_a_head_at_the_bound_is_read_and_one_byte_more_is_not(servers, kind, path, piece):
    for size, status in ((HEAD_BYTES_MAX, FOUND[path]), (HEAD_BYTES_MAX + 1, 431)):
        line, sent = servers.open(kind), head(path, size)
        line.send(*(sent[at : at + piece] for at in range(0, size, piece)))
        assert await statuses(line) == [status]
        assert line.is_closing() is (status == 431)
        line.hang_up()
    assert servers.rejected == [431]


@KINDS
async def test_a_line_without_end_is_cut_at_the_bound(servers, kind):
    line = servers.open(kind)
    line.send(b"GET /echo HTTP/1.1\r\nX-Long: ")
    sent = 0
    while not line.is_closing():
        line.send(b"x" * 4_096)
        sent += 4_096
    assert sent <= HEAD_BYTES_MAX + 4_096
    assert await statuses(line) == [431]


@KINDS
@PATHS
async def test_lines_of_a_head_are_counted(servers, kind, path):
    for count, status in ((HEAD_LINES_MAX, FOUND[path]), (HEAD_LINES_MAX + 1, 431)):
        line = servers.open(kind)
        line.send(f"GET {path} HTTP/1.1\r\n".encode() + b"x: y\r\n" * count + b"\r\n")
        assert await statuses(line) == [status]
        line.hang_up()


@KINDS
async def test_a_million_short_lines_are_cut_before_they_are_kept(servers, kind):
    line = servers.open(kind)
    line.send(b"GET /echo HTTP/1.1\r\n" + b"x: y\r\n" * 1_000_000)
    assert len(line.protocol.headers) == HEAD_LINES_MAX
    assert await statuses(line) == [431]


@KINDS
@pytest.mark.parametrize("trailer", [b"X-Long: " + b"x" * 40_000, b"x: y\r\n" * 101 + b"\r\n"])
async def test_trailers_count_too(servers, kind, trailer):
    line = servers.open(kind)
    line.send(CHUNKED + b"2\r\nhi\r\n0\r\n", trailer)
    assert await statuses(line) == [431]
    assert line.is_closing()


@KINDS
async def test_trailers_within_the_bounds_are_nobodys(servers, kind):
    line = servers.open(kind)
    line.send(CHUNKED + b"2\r\nhi\r\n0\r\nX-Told: forged\r\n\r\n")
    assert await statuses(line) == [200]
    assert b"forged" not in line.said
    line.hang_up()


@KINDS
async def test_the_line_of_a_chunk_is_bounded(servers, kind):
    line = servers.open(kind)
    line.send(CHUNKED + b"2;", b"x" * 20_000, b"x" * 20_000)
    assert await statuses(line) in ([400], [431])
    assert line.is_closing()


@KINDS
async def test_a_body_is_no_head_whatever_its_size(servers, kind):
    line = servers.open(kind)
    line.send(b"POST /other HTTP/1.1\r\nContent-Length: 9000\r\n\r\n", b"x" * 9_000, ASK)
    assert await statuses(line) == [404, 200]
    line.hang_up()
    big = servers.open(kind)
    big.send(b"POST /other HTTP/1.1\r\nContent-Length: 99000\r\n\r\n", b"x" * 40_000)
    assert await statuses(big) == [413]
    big.hang_up()


@KINDS
async def test_a_head_of_a_next_request_is_bounded_too(servers, kind):
    line = servers.open(kind)
    line.send(ASK)
    await line.settle()
    line.send(head("/echo", HEAD_BYTES_MAX))
    await line.settle()
    line.send(head("/echo", HEAD_BYTES_MAX + 1))
    assert await statuses(line) == [200, 200, 431]


# Time


@KINDS
async def test_a_head_has_its_time_from_the_opening(servers, kind):
    clock = Clock()
    line = servers.open(kind, clock)
    clock.advance(HEAD_SECONDS_MAX - 1)
    line.send(b"POST /ec")
    clock.advance(0.9)
    assert not line.is_closing()
    clock.advance(0.1)
    assert await statuses(line) == [408]
    assert line.is_closing()
    assert servers.rejected == [408]


@KINDS
async def test_who_says_nothing_at_all_is_told_nothing(servers, kind):
    clock = Clock()
    line = servers.open(kind, clock)
    clock.advance(HEAD_SECONDS_MAX)
    assert line.is_closing()
    assert line.said == b""


@KINDS
async def test_a_next_head_has_its_time_from_its_first_byte(servers, kind):
    clock = Clock()
    line = servers.open(kind, clock)
    line.send(ASK)
    await line.settle()
    clock.advance(KEEP_ALIVE - 1)
    line.send(ASK[:9])
    clock.advance(HEAD_SECONDS_MAX - 0.1)
    assert not line.is_closing()
    line.send(ASK[9:])
    await line.settle()
    clock.advance(KEEP_ALIVE - 1)
    line.send(ASK[:9])
    clock.advance(HEAD_SECONDS_MAX)
    assert await statuses(line) == [200, 200, 408]


@KINDS
async def test_a_late_head_spoils_no_answer_before_it(servers, kind):
    clock = Clock()
    line = servers.open(kind, clock)
    line.send(ASK + ASK[:9])
    clock.advance(HEAD_SECONDS_MAX)
    assert line.said == b""
    assert await statuses(line) == [200, 408]


@KINDS
async def test_what_is_idle_is_closed_and_what_is_used_is_not(servers, kind):
    clock = Clock()
    line = servers.open(kind, clock)
    for _ in range(4):
        line.send(ASK)
        await line.settle()
        clock.advance(KEEP_ALIVE - 0.5)
    assert not line.is_closing()
    clock.advance(0.6)
    assert line.is_closing()
    assert len(clock.timers) <= 1


@KINDS
async def test_a_request_under_way_is_not_idle(servers, kind):
    clock = Clock()
    line = servers.open(kind, clock)
    line.send(HOLD)
    await line.settle()
    clock.advance(4 * KEEP_ALIVE)
    assert not line.is_closing()
    line.send(b"hi")
    assert await statuses(line) == [200]
    clock.advance(2 * KEEP_ALIVE)
    assert line.is_closing()


@KINDS
async def test_who_reads_no_answer_is_cut(servers, kind):
    clock = Clock()
    line = servers.open(kind, clock)
    line.send(ASK)
    line.protocol.pause_writing()
    await line.settle_for(5)
    clock.advance(KEEP_ALIVE)
    assert not line.aborted
    clock.advance(KEEP_ALIVE)
    assert line.aborted
    await line.settle_for(5)


# Connections


@KINDS
async def test_connections_are_bounded(kind):
    servers, _house = serve_echo(connections_max=3)
    lines = [servers.open(kind) for _ in range(3)]
    one_more = servers.open(kind)
    assert b"\r\nretry-after: " in one_more.said
    assert await statuses(one_more) == [503]
    assert one_more.is_closing()
    assert servers.rejected == [503]
    lines.pop().hang_up()
    lines.append(servers.open(kind))
    for line in lines:
        line.send(ASK)
        assert await statuses(line) == [200]
        line.hang_up()


@KINDS
async def test_requests_that_wait_for_another_are_bounded(servers, kind):
    line = servers.open(kind)
    line.send(ASK * (PIPELINED_MAX + 1))
    assert await statuses(line) == [200] * (PIPELINED_MAX + 1)
    line.send(ASK * (PIPELINED_MAX + 2))
    assert (await statuses(line))[PIPELINED_MAX + 1 :] == [200] * (PIPELINED_MAX + 1) + [429]
    assert line.is_closing()


def test_there_is_room_for_a_proxy_of_many_connections():
    assert CONNECTIONS_MAX >= 1_000


# What is wrong


@KINDS
@pytest.mark.parametrize("wrong", [b"\0", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"])
async def test_what_is_no_request_is_400_after_the_answers_before_it(servers, kind, wrong):
    line = servers.open(kind)
    line.send(ASK + ASK + wrong + ASK)
    assert await statuses(line) == [200, 200, 400]
    assert line.is_closing()


@KINDS
async def test_a_broken_body_is_400_and_its_request_is_not_served(servers, kind):
    line = servers.open(kind)
    line.send(ASK + CHUNKED + b"2\r\nhi\r\nnonsense\r\n")
    assert await statuses(line) == [200, 400]
    alone = servers.open(kind)
    alone.send(CHUNKED + b"2\r\nhi\r\nnonsense\r\n")
    assert await statuses(alone) == [400]


@KINDS
@pytest.mark.parametrize("path", [b"/echo", b"/other"])
async def test_who_asks_for_an_upgrade_is_answered_once_and_read_no_further(servers, kind, path):
    line = servers.open(kind)
    upgrade = b" HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 45\r\n\r\n"
    line.send(b"POST " + path + upgrade, ASK, ASK)
    assert await statuses(line) == [200 if path == b"/echo" else 404]
    assert b"\r\nconnection: close\r\n" in line.said
    assert line.is_closing()
