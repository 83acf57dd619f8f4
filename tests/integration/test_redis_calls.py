"""One suite for whatever carries calls to Redis: our own line, and redis-py's pipelines."""

import asyncio
import os
import signal
from contextlib import suppress
from urllib.parse import unquote, urlsplit

import pytest
from redis.asyncio import Redis

import core.turns.redis_calls
from core.database.unavailable import UnavailableError
from core.turns.pipeline import Pipeline
from core.turns.redis_sessions import RedisSessions
from gateway.process.embedded_valkey import EmbeddedValkey
from tests.fixtures.redis_calls import (
    CALLERS,
    assert_each_gets_its_own,
    cause_of_all,
    reaching,
    redis_py,
    until_held_up,
)
from tests.fixtures.redis_peers import before, listening, silent
from tests.fixtures.valkey import answering, write_out
from tests.scripts import PHONE, Person, inbound

KEY = PHONE.conversation
SHORT_SECONDS = 0.3


def path_of(url):
    return unquote(urlsplit(url).path)


async def test_calls_made_together_are_answered_in_order(calls):
    counts = await asyncio.gather(*(calls.call("INCR", "n") for _ in range(1_000)))
    assert counts == list(range(1, 1_001))


async def test_callers_who_go_on_calling_each_get_their_own(calls):
    async def go_on(n):
        for turn in range(20):
            await calls.call("SET", f"k{n}", turn)
            assert await calls.call("GET", f"k{n}") == str(turn).encode()
            assert await calls.call("GET", f"absent{n}") is None

    await asyncio.gather(*(go_on(n) for n in range(64)))


async def test_a_refused_command_hurts_its_caller_only(calls):
    sent = [("SET", "k", "v"), ("INCR", "k"), ("NONSENSE",), ("GET", "k")]
    done = await asyncio.gather(*(calls.call(*one) for one in sent), return_exceptions=True)
    assert [getattr(one, "cause", one) for one in done[1:]] == ["ERR", "ERR", b"v"]
    assert calls.heard == ["ERR", "ERR"]


async def test_what_cannot_be_sent_is_told_and_keeps_nobody_waiting(calls):
    sent = [("GET", "\ud800"), ("GET", object())]
    assert await cause_of_all(*(calls.call(*one) for one in sent)) == "unknown"
    assert await calls.call("GET", "k") is None


async def test_a_function_that_is_not_there_is_told_and_not_reported(calls, redis):
    await redis.function_flush()
    assert await cause_of_all(calls.call("FCALL", "satupintu_save", "0")) == "no_function"
    assert calls.heard == []


async def test_callers_who_leave_do_not_hurt_the_others(calls):
    made = [asyncio.create_task(calls.call("INCR", "n")) for _ in range(50)]
    await asyncio.sleep(0)
    for one in made[::2]:
        one.cancel()
    assert await asyncio.gather(*made[1::2]) == list(range(2, 51, 2))
    await assert_each_gets_its_own(calls)


async def test_a_caller_who_leaves_in_midst_of_the_answers_takes_nothing_along(calls, redis):
    await redis.client_pause(60_000, all=False)
    made = [asyncio.create_task(calls.call("INCR", "n")) for _ in range(10)]
    await until_held_up(redis)
    for one in made[:5]:
        one.cancel()
    await redis.client_unpause()
    assert await asyncio.gather(*made[5:]) == [6, 7, 8, 9, 10]


async def test_as_many_wait_as_may_and_one_more_is_told_at_once(calls, monkeypatch):
    monkeypatch.setattr(core.turns.redis_calls, "WAITING_MAX", 10)
    done = await asyncio.gather(
        *(calls.call("INCR", "n") for _ in range(11)), return_exceptions=True
    )
    assert done[:10] == list(range(1, 11))
    assert isinstance(done[10], UnavailableError)
    assert done[10].cause == "queue_full"
    assert calls.heard == ["queue_full"]
    assert await calls.call("GET", "n") == b"10"


async def test_calls_on_a_line_that_is_lost_are_sent_once_more(calls, redis):
    await redis.client_pause(60_000, all=False)
    made = [asyncio.create_task(calls.call("SET", f"k{n}", n)) for n in range(CALLERS)]
    await until_held_up(redis)
    await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await redis.client_unpause()
    async with asyncio.timeout(30):
        assert {str(one) for one in await asyncio.gather(*made)} <= {"b'OK'", "True"}
    assert await redis.dbsize() == CALLERS
    assert calls.heard == []


async def test_a_line_that_is_lost_unused_costs_nobody_anything(calls, redis):
    for _ in range(3):
        await assert_each_gets_its_own(calls)
        await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await assert_each_gets_its_own(calls)
    assert calls.heard == []


async def test_lines_that_are_lost_amid_calls_mix_no_answers(calls, redis):
    done = asyncio.Event()

    async def go_on(n):
        for turn in range(30):
            told = f"{n}-{turn}".encode()
            with suppress(UnavailableError):  # sent twice, lost twice
                assert await calls.call("ECHO", told) == told

    async def kill():
        while not done.is_set():
            await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await asyncio.sleep(0.005)

    killing = asyncio.create_task(kill())
    async with asyncio.timeout(30):
        await asyncio.gather(*(go_on(n) for n in range(64)))
    done.set()
    await killing
    await assert_each_gets_its_own(calls)


async def test_a_save_whose_answer_was_lost_is_a_lost_race_and_the_turn_is_told(
    make_calls, valkey_url
):
    """The first save is carried out, its answer is not; it is sent again and finds itself."""
    lost = []

    async def lose_first(some, writer):
        if some == b":1\r\n" and not lost:
            lost.append(some)
            writer.transport.abort()
        else:
            writer.write(some)

    async with Redis.from_url(valkey_url) as redis:
        await redis.flushall()
    first, second, person = inbound("halo", n=1), inbound("1", n=2), Person()
    async with (
        listening(before(path_of(valkey_url), lose_first)) as url,
        reaching(make_calls, f"{url}?protocol=2" if make_calls is redis_py else url) as calls,
    ):
        store = RedisSessions(calls, ttl_seconds=60)
        await store.beat(1)  # the function is there
        lost.clear()
        session = person.conversation.advance((await store.load(KEY)).session, first).session
        assert not await store.save(KEY, session, after=0)
        assert lost
        assert await store.load(KEY) == (session, 1)

        lost.clear()
        watched = []
        pipeline = Pipeline(store, None, person.conversation, watch=watched.append)
        reply = await pipeline.handle(second)
        assert lost
        assert (await store.load(KEY)).version == 2
        assert await pipeline.handle(second) == reply
        assert calls.heard == []


async def test_a_server_that_is_gone_is_told_and_found_again(make_calls, tmp_path):
    valkey = EmbeddedValkey(tmp_path)
    with answering(valkey) as url:
        async with reaching(make_calls, url) as calls:
            await calls.call("SET", "k", "v")
            write_out(url)
            os.kill(valkey.pid, signal.SIGKILL)
            with pytest.raises(UnavailableError) as caught:
                await calls.call("GET", "k")
            assert caught.value.cause in {"refused", "ENOENT", "ECONNRESET", "unknown"}
            assert calls.heard == [caught.value.cause]
            async with asyncio.timeout(20):
                while True:
                    try:
                        assert await calls.call("GET", "k") == b"v"
                        break
                    except UnavailableError:
                        await asyncio.sleep(0.01)
            await assert_each_gets_its_own(calls)


async def test_an_answer_that_comes_too_late_is_nobody_elses(make_calls, redis, valkey_url):
    async with reaching(make_calls, valkey_url, answer_seconds=SHORT_SECONDS) as calls:
        await assert_each_gets_its_own(calls)
        await redis.client_pause(60_000, all=False)
        late = (calls.call("SET", "k", "v"), *(calls.call("GET", "k") for _ in range(5)))
        assert await cause_of_all(*late) == "timeout"
        assert calls.heard == ["timeout"] * 6
        await redis.client_unpause()
        await assert_each_gets_its_own(calls)


async def test_answers_may_come_in_pieces(make_calls, redis, valkey_url):
    async def byte_by_byte(some, writer):
        for byte in some:
            writer.write(bytes([byte]))
            await asyncio.sleep(0)

    await redis.set("long", "x" * 3_000)
    async with (
        listening(before(path_of(valkey_url), byte_by_byte)) as url,
        reaching(make_calls, url) as calls,
    ):
        sent = [("GET", "long"), ("GET", "absent"), ("NONSENSE",), ("INCR", "n")] * 3
        done = await asyncio.gather(*(calls.call(*one) for one in sent), return_exceptions=True)
    assert done[::4] == [b"x" * 3_000] * 3
    assert done[1::4] == [None] * 3
    assert [one.cause for one in done[2::4]] == ["ERR"] * 3
    assert done[3::4] == [1, 2, 3]


async def test_whoever_waits_when_it_closes_is_told(make_calls, redis, valkey_url):
    calls = make_calls(valkey_url)
    await redis.client_pause(60_000, all=False)
    made = [asyncio.create_task(calls.call("SET", "k", "v")) for _ in range(5)]
    await until_held_up(redis)
    async with asyncio.timeout(5):
        await calls.close()
    assert await cause_of_all(*made) == "ECONNABORTED"
    await redis.client_unpause()


async def test_it_closes_before_it_has_begun(make_calls, valkey_url):
    calls = make_calls(valkey_url)
    await calls.close()
    calls = make_calls(valkey_url)
    waiting = asyncio.create_task(calls.call("GET", "k"))
    await asyncio.sleep(0)
    await calls.close()
    assert await cause_of_all(waiting) == "ECONNABORTED"


async def test_it_closes_while_it_is_being_let_in(make_calls):
    async with listening(silent) as url:
        calls = make_calls(url.replace("//", "//:secret@"))
        waiting = asyncio.create_task(calls.call("GET", "k"))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(1):
            await calls.close()
        assert await cause_of_all(waiting) == "ECONNABORTED"
