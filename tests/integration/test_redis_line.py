"""Our own Redis line: one connection for everybody, and never many in a row."""

import asyncio

import pytest

from core.database.unavailable import UnavailableError
from core.turns.redis_address import RedisAddress
from core.turns.redis_calls import ANSWER_SECONDS
from core.turns.redis_line import RECONNECT_SECONDS, RedisLine
from tests.fixtures.redis_peers import answering, listening


@pytest.fixture
async def line(valkey_url):
    made = RedisLine(RedisAddress.of(valkey_url))
    yield made
    await made.close()


async def until(holds):
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def connections(redis):
    return [one for one in await redis.client_list() if not one["lib-name"]]


async def test_all_calls_share_one_connection(line, redis):
    await asyncio.gather(*(line.call("INCR", "n") for _ in range(1_000)))
    assert len(await connections(redis)) == 1
    await line.close()
    assert await connections(redis) == []


async def test_a_function_is_loaded_on_it(line, redis):
    code = "#!lua name=trial\nredis.register_function('trial', function() return {} end)"
    for _ in range(2):
        await line.load(code)
    assert await line.call("FCALL", "trial", 0) == []
    await redis.function_delete("trial")


async def test_once_closed_it_takes_no_calls(line, redis):
    await line.call("SET", "k", "v")
    await line.close()
    with pytest.raises(UnavailableError) as caught:
        await line.call("SET", "k", "w")
    assert caught.value.cause == "ECONNABORTED"
    assert await redis.get("k") == b"v"


async def test_what_names_no_call_ends_the_connection(redis):
    async def greet(reader, writer):
        writer.write(b"-ERR max number of clients reached\r\n")

    async with listening(greet) as url:
        line = RedisLine(RedisAddress.of(url))
        with pytest.raises(UnavailableError) as caught:
            await line.call("GET", "k")
        assert caught.value.cause == "ERR"
        await line.close()


async def test_a_server_that_always_hangs_up_is_not_stormed():
    loop, begun = asyncio.get_running_loop(), []

    async def hang_up(reader, writer):
        begun.append(loop.time())
        await reader.read(1)

    async with listening(hang_up) as url:
        line = RedisLine(RedisAddress.of(url))

        async def insist():
            for _ in range(3):
                with pytest.raises(UnavailableError) as caught:
                    await line.call("GET", "k")
                assert caught.value.cause == "ECONNRESET"

        start = loop.time()
        await asyncio.gather(*(insist() for _ in range(200)))
        most = 1 + (loop.time() - start) / RECONNECT_SECONDS
        await line.close()
    assert 2 <= len(begun) <= min(most, 3 * 2 * 2)


async def test_a_call_is_sent_twice_at_most():
    heard = []

    async def take_and_hang_up(reader, writer):
        heard.append(await reader.read(1_000))

    async with listening(take_and_hang_up) as url:
        line = RedisLine(RedisAddress.of(url))
        with pytest.raises(UnavailableError):
            await line.call("INCR", "n")
        await line.close()
    assert heard == [b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n"] * 2


async def test_what_took_too_long_is_not_sent_again():
    heard = []

    async def hear(reader, writer):
        while some := await reader.read(1_000):
            heard.append(some)

    async with listening(hear) as url:
        line = RedisLine(RedisAddress.of(url), answer_seconds=0.05)
        with pytest.raises(UnavailableError) as caught:
            await line.call("INCR", "n")
        await line.close()
    assert caught.value.cause == "timeout"
    assert len(heard) == 1


async def test_what_is_sent_again_is_given_its_time_again():
    heard, hang_up = [], asyncio.Event()

    async def hear(reader, writer):
        heard.append(await reader.read(1_000))
        if len(heard) == 1:
            await hang_up.wait()
        else:
            writer.write(b":7\r\n")
            await reader.read(1)

    async with listening(hear) as url:
        line = RedisLine(RedisAddress.of(url))
        call = asyncio.create_task(line.call("INCR", "n"))
        await until(lambda: heard)
        line._calls[0].made -= ANSWER_SECONDS  # it waited about as long as it may
        hang_up.set()
        assert await call == 7
        await line.close()


async def test_whoever_has_gone_is_not_sent_again():
    heard, gone = [], asyncio.Event()

    async def hear(reader, writer):
        heard.append(await reader.read(1_000))
        await gone.wait()

    async with listening(hear) as url:
        line = RedisLine(RedisAddress.of(url))
        calls = [asyncio.create_task(line.call("GET", key)) for key in ("one", "two")]
        await until(lambda: heard)
        calls[0].cancel()
        await asyncio.wait(calls[:1])
        gone.set()
        with pytest.raises(UnavailableError):
            await calls[1]
        await line.close()
    assert [b"one" in some for some in heard] == [True, False]


async def test_calls_find_a_line_after_one_that_answered_nonsense(valkey_url):
    async with listening(answering(b"?\r\n")) as url:
        line = RedisLine(RedisAddress.of(url))
        with pytest.raises(UnavailableError):
            await line.call("GET", "k")
        line._address = RedisAddress.of(valkey_url)
        assert await line.call("GET", "k") is None
        await line.close()
