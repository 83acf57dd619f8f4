"""A Redis that does not do what is asked, or is not there: whoever carries the call, one cause."""

import pytest

import core.turns.redis_line
from tests.fixtures.redis_calls import assert_each_gets_its_own, cause_of_all, reaching
from tests.fixtures.redis_peers import answering, listening, silent

SHORT_SECONDS = 0.3


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("redis://127.0.0.1:1/0", "refused"),
        ("redis://user:secret@127.0.0.1:1/0", "refused"),
        ("redis://nowhere.invalid/0", "no_such_host"),
        ("unix:///nowhere/socket", "ENOENT"),
    ],
)
async def test_a_server_that_is_not_there_has_a_cause(make_calls, url, cause):
    async with reaching(make_calls, url) as calls:
        assert await cause_of_all(*(calls.call("GET", "k") for _ in range(3))) == cause
        assert calls.heard == [cause] * 3


def with_user(url, user):
    return url.replace("unix://", f"unix://{user}@")


@pytest.fixture
async def guest(redis):
    rules = {"enabled": True, "passwords": ["+r:i/g@ht"], "commands": ["+get", "+echo"]}
    await redis.acl_setuser("guest", keys=["*"], **rules)
    yield
    await redis.acl_deluser("guest")


@pytest.mark.usefixtures("guest")
async def test_a_user_is_let_in_and_may_what_it_may(make_calls, valkey_url):
    async with reaching(make_calls, with_user(valkey_url, "guest:r%3Ai%2Fg%40ht")) as calls:
        await assert_each_gets_its_own(calls)
        assert await cause_of_all(calls.call("SET", "k", "v")) == "NOPERM"
        assert await calls.call("GET", "k") is None


@pytest.mark.usefixtures("guest")
@pytest.mark.parametrize("user", ["guest:wrong", "guest", "nobody:r"])
async def test_a_user_who_is_not_let_in_is_told_so(make_calls, user, valkey_url):
    async with reaching(make_calls, with_user(valkey_url, user)) as calls:
        assert await cause_of_all(*(calls.call("GET", "k") for _ in range(3))) == "WRONGPASS"


async def test_a_password_alone_will_do_and_none_will_not(make_calls, redis, valkey_url):
    await redis.config_set("requirepass", "right")
    try:
        async with reaching(make_calls, with_user(valkey_url, ":right")) as calls:
            await assert_each_gets_its_own(calls)
        async with reaching(make_calls, valkey_url) as calls:
            assert await cause_of_all(calls.call("GET", "k")) == "NOAUTH"
    finally:
        await redis.config_set("requirepass", "")


async def test_databases_are_apart(make_calls, redis, valkey_url):
    async with reaching(make_calls, f"{valkey_url}?db=1") as calls:
        await calls.call("SET", "k", "v")
        assert await redis.get("k") is None
        assert await calls.call("GET", "k") == b"v"


async def test_a_database_that_is_not_there_is_told_and_nothing_is_written(
    make_calls, redis, valkey_url
):
    async with reaching(make_calls, f"{valkey_url}?db=99") as calls:
        assert await cause_of_all(*(calls.call("SET", "k", "v") for _ in range(3))) == "ERR"
    assert await redis.dbsize() == 0


REFUSALS = ("LOADING", "MASTERDOWN", "NOREPLICAS", "MISCONF", "OOM", "READONLY", "BUSY", "ERR")


@pytest.mark.parametrize("cause", REFUSALS)
async def test_a_refusal_has_its_own_first_word_for_a_cause(make_calls, cause):
    async with (
        listening(answering(f"-{cause} some words\r\n".encode())) as url,
        reaching(make_calls, url) as calls,
    ):
        assert await cause_of_all(*(calls.call("GET", "k") for _ in range(5))) == cause
        assert calls.heard == [cause] * 5


async def test_what_is_no_redis_is_told_so(make_calls):
    async with (
        listening(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url,
        reaching(make_calls, url) as calls,
    ):
        assert await cause_of_all(*(calls.call("GET", "k") for _ in range(5))) == "unknown"


async def test_a_server_without_a_word_is_given_up(make_calls, monkeypatch):
    monkeypatch.setattr(core.turns.redis_line, "CONNECT_SECONDS", SHORT_SECONDS)
    async with listening(silent) as url:
        for there in (url, url.replace("//", "//:secret@")):
            async with reaching(make_calls, there, answer_seconds=SHORT_SECONDS) as calls:
                assert (
                    await cause_of_all(calls.call("GET", "k"), calls.call("GET", "k")) == "timeout"
                )
