"""One suite, every session store: what holds in memory must hold in Redis."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from redis.asyncio import Redis

from core.appointments.requests import LookUp
from core.conversation.session import SCHEMA, HeardTyping, RememberedReply, Session
from core.database.keyring import MARK
from core.database.unavailable import UnavailableError
from core.messages import Channel, Prompt, Reply
from core.registration.requests import Opt, Register
from core.turns.memory_sessions import MemorySessions
from core.turns.redis_address import RedisAddress
from core.turns.redis_batching import Coalescing, connect
from core.turns.redis_line import RedisLine
from core.turns.redis_opening import open_calls
from core.turns.redis_sessions import RedisSessions
from core.turns.sealed_form import Sealed
from core.turns.sessions import SHARDS
from core.turns.stored_form import decode, encode
from gateway.process.embedded_valkey import EmbeddedValkey
from tests.fixtures.keys import make_keyring
from tests.fixtures.redis_servers import Clustered, Watched
from tests.fixtures.valkey import answering, write_out
from tests.scripts import MAILBOX, NAME, NIK, PHONE, REGISTERED, START, Person, inbound, play

TTL_SECONDS, LETTER_TTL_SECONDS = 60, 20
KEY = PHONE.conversation
AT = int(START.timestamp())
LATER = START + timedelta(minutes=5)


def talked(*words):
    """Return the session of a person who said these words."""
    person = Person()
    play(person, *words)
    return person.session


def undecided():
    """Return a session that waits for a registration to be carried out."""
    person = Person()
    play(person, "halo", "1", "1", NIK, NAME, "2")
    return person.conversation.advance(person.session, inbound("1", n=99, at=person.now)).session


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory):
    """Return the URL of a master by a Sentinel, and how to empty it."""
    with Watched(tmp_path_factory.mktemp("watched"), sentinels=1) as watched:
        yield watched.url, watched.servers[0]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Return the URL of a cluster of one node, after a seed that is down, and that node."""
    with Clustered(tmp_path_factory.mktemp("cluster"), primaries=1) as clustered:
        yield clustered.url, clustered.nodes[0]


STORES = ("memory", "fakeredis", "redis_py", "own_line", "sealed", "sentinel", "cluster")


@pytest.fixture(params=STORES)
async def store(request):
    if request.param == "memory":
        yield MemorySessions()
        return
    if request.param == "fakeredis":
        calls = Coalescing(FakeAsyncRedis())
    elif request.param in {"sentinel", "cluster"}:
        url, server = request.getfixturevalue(request.param)
        server.ask("FLUSHALL")
        calls = open_calls(url)
    else:
        url = request.getfixturevalue("valkey_url")
        async with Redis.from_url(url) as client:
            await client.flushall()
        calls = reach(request.param, url)
    sessions = RedisSessions(calls, ttl_seconds=TTL_SECONDS)
    if request.param == "sealed":
        sessions.form = Sealed(make_keyring())
    yield sessions
    await calls.close()


def reach(what, url):
    return Coalescing(connect(url)) if what == "redis_py" else RedisLine(RedisAddress.of(url))


async def test_a_new_conversation_is_version_0(store):
    assert await store.load(KEY) == (Session(), 0)


async def test_a_session_comes_back_as_it_was_written(store):
    for version, session in enumerate([talked("halo"), undecided(), talked("halo", "1", "1")]):
        assert await store.save(KEY, session, after=version)
        assert await store.load(KEY) == (session, version + 1)


async def test_a_stale_write_is_refused_and_changes_nothing(store):
    first = talked("halo")
    assert await store.save(KEY, first, after=0)
    assert not await store.save(KEY, talked("halo", "1"), after=0)
    assert not await store.save(KEY, talked("halo", "1"), after=2)
    assert await store.load(KEY) == (first, 1)


async def test_of_ten_writes_at_once_one_wins(store):
    sessions = [replace(talked("halo"), wrong=n) for n in range(10)]
    won = await asyncio.gather(*(store.save(KEY, session, after=0) for session in sessions))
    assert sum(won) == 1
    assert (await store.load(KEY)).session == sessions[won.index(True)]


async def test_conversations_do_not_touch_each_other(store):
    keys = [f"phone:+62812000000{n}" for n in range(10)]
    won = await asyncio.gather(*(store.save(key, talked("halo"), after=0) for key in keys))
    assert all(won)


async def test_what_is_pending_is_found_until_it_is_settled(store):
    await store.save(KEY, undecided(), after=0)
    await store.save("phone:+1", talked("halo"), after=0)
    assert await store.pending(before=START, each=10) == []
    assert list(await store.pending(before=LATER, each=10)) == [KEY]
    await store.save(KEY, talked("halo"), after=1)
    assert list(await store.pending(before=LATER, each=10)) == []


async def test_what_is_forgotten_begins_anew_and_is_no_longer_pending(store):
    await store.save(KEY, undecided(), after=0)
    await store.forget(KEY)
    assert await store.load(KEY) == (Session(), 0)
    assert await store.pending(before=LATER, each=10) == []
    assert not await store.save(KEY, talked("halo"), after=1)  # of a turn that was under way


async def fill(store, count):
    """Save so many conversations with something pending, the first of them last."""
    session, keys = undecided(), [f"phone:+{n}" for n in range(count)]
    for n, key in enumerate(keys):
        await store.save(key, replace(session, at=AT + count - n), after=0)
    return keys[::-1]


async def test_the_oldest_pending_come_first(store):
    oldest_first = await fill(store, 5)
    assert list(await store.pending(before=LATER, each=5)) == oldest_first


async def test_of_each_shard_no_more_come_than_asked_for(store):
    oldest_first = await fill(store, 300)
    page = list(await store.pending(before=LATER, each=1))
    assert len(page) <= SHARDS < 300
    assert page == [key for key in oldest_first if key in page]
    following = await store.pending(before=LATER, each=1, past=page)
    assert following
    assert not set(following) & set(page)


async def test_each_conversation_is_in_one_shard_for_good(store):
    keys = await fill(store, 250)
    found = [
        await store.pending(before=LATER, each=250, shards=range(n, SHARDS, 3)) for n in range(3)
    ]
    assert sorted(key for some in found for key in some) == sorted(keys)
    assert all(50 < len(some) < 120 for some in found)
    assert await store.pending(before=LATER, each=250, shards=range(0)) == []


async def test_what_is_pending_is_counted_and_the_oldest_known(store):
    assert await store.backlog() == (0, None)
    await fill(store, 5)
    await store.save("phone:+62", talked("halo"), after=0)
    assert await store.backlog() == (5, datetime.fromtimestamp(AT + 1, UTC))


async def test_a_worker_is_present_until_it_was_silent_for_ten_seconds(store):
    assert list(await store.present("a", now=START)) == ["a"]
    assert sorted(await store.present("b", now=START + timedelta(seconds=10))) == ["a", "b"]
    assert list(await store.present("b", now=START + timedelta(seconds=11))) == ["b"]


async def test_a_worker_of_another_hour_sees_nobody_and_is_seen_by_nobody(store):
    hour = timedelta(hours=1)
    assert list(await store.present("ahead", now=START + hour)) == ["ahead"]
    assert list(await store.present("b", now=START)) == ["b"]
    assert list(await store.present("ahead", now=START + hour)) == ["ahead"]
    assert list(await store.present("b", now=START)) == ["b"]


@pytest.fixture(params=["redis_py", "own_line", "sealed"])
async def sessions(request, redis, valkey_url):
    store = RedisSessions(
        reach(request.param, valkey_url),
        ttl_seconds=TTL_SECONDS,
        letter_ttl_seconds=LETTER_TTL_SECONDS,
    )
    if request.param == "sealed":
        store.form = Sealed(make_keyring())
    await store.save(KEY, talked("halo"), after=0)
    yield store
    await store.close()


async def only_key(redis):
    (key,) = [*await redis.keys("s:*"), *await redis.keys("k:*")]
    return key


@pytest.mark.parametrize("member", [b"\xff", MARK.encode() + b"session:AAAA", b"\x02\xff"])
async def test_a_member_that_cannot_be_opened_keeps_no_other_waiting(redis, sessions, member):
    await sessions.save(KEY, undecided(), after=1)
    await redis.zadd(sessions.form.keys_of(KEY).pending, {member: AT - 1})
    assert KEY in await sessions.pending(before=LATER, each=10)


async def test_a_session_expires_but_never_while_something_is_pending(redis, sessions):
    key = await only_key(redis)
    assert TTL_SECONDS - 2 <= await redis.ttl(key) <= TTL_SECONDS
    await sessions.save(KEY, undecided(), after=1)
    assert await redis.ttl(key) == -1
    await sessions.save(KEY, talked("halo"), after=2)
    assert 0 < await redis.ttl(key) <= TTL_SECONDS


async def test_what_a_stranger_began_by_letter_expires_sooner(redis, sessions):
    key, person = await only_key(redis), Person(address=MAILBOX)
    letter = {"confirms": True, "answers": {"nik": NIK}}
    for version, (authentic, ttl_seconds) in enumerate(
        [(False, LETTER_TTL_SECONDS), (True, TTL_SECONDS), (False, TTL_SECONDS)], start=1
    ):
        person.say("", Channel.EMAIL, **letter, authentic=authentic)
        assert await sessions.save(KEY, person.session, after=version)
        assert ttl_seconds - 2 <= await redis.ttl(key) <= ttl_seconds


@pytest.mark.parametrize(
    "stored",
    [
        *(b"7:", b"7:{", b"7:[]", b"7:\xff", b'7:{"stage":"unheard of"}'),
        *(b'7:{"pending":{"type":"register","intent":{}}}', b'7:{"schema":%d}' % (SCHEMA + 1)),
    ],
)
async def test_what_cannot_be_read_starts_over_at_its_version(redis, sessions, stored):
    await redis.set(await only_key(redis), stored)
    assert await sessions.load(KEY) == (Session(), 7)
    assert await sessions.save(KEY, talked("halo"), after=7)


@pytest.mark.parametrize("stored", [b"", b"{}", b"no version", b"-1:{}"])
async def test_what_bears_no_version_starts_over_at_0(redis, sessions, stored):
    await redis.set(await only_key(redis), stored)
    assert await sessions.load(KEY) == (Session(), 0)
    assert await sessions.save(KEY, talked("halo"), after=0)


async def test_no_phone_number_stands_in_a_key(redis, sessions):
    await sessions.save(KEY, undecided(), after=1)
    assert not [key for key in await redis.keys("*") if b"6281" in key]


async def test_a_live_session_takes_at_most_a_kibibyte(redis, sessions):
    person = Person()
    person.dial()
    for word in ("1", "1", NIK, NAME, "2"):
        person.key(word)
    await sessions.save(KEY, person.session, after=1)
    assert await redis.memory_usage(await only_key(redis)) <= 1024


async def test_the_function_is_loaded_again_when_the_server_has_lost_it(redis, sessions):
    await redis.function_flush()
    assert await sessions.save(KEY, talked("halo"), after=1)


async def test_many_callers_that_miss_the_function_load_it_once(redis, sessions):
    await redis.function_flush()
    await redis.config_resetstat()
    keys = [f"phone:+62812{n:07}" for n in range(300)]
    assert all(await asyncio.gather(*(sessions.save(key, Session(), after=0) for key in keys)))
    stats = await redis.info("commandstats")
    assert stats["cmdstat_function|load"]["calls"] <= 2  # a pipeline may come back later


async def test_steps_are_counted(redis, sessions):
    await sessions.save(KEY, talked("halo", "1"), after=1)
    await sessions.save("phone:+1", talked("halo"), after=0)
    assert await sessions.steps() == {"menu": 2, "consent": 1}


async def test_a_server_without_room_is_unavailable_and_nobody_is_quoted(redis, sessions):
    await redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(UnavailableError) as caught:
            await sessions.save(KEY, undecided(), after=1)
    finally:
        await redis.config_set("maxmemory", 0)
    told = f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.cause == "OOM"
    assert not [personal for personal in (NIK, NAME, PHONE.value) if personal in told]
    assert await sessions.save(KEY, undecided(), after=1)


async def test_a_server_that_is_gone_is_said_so_and_found_again(tmp_path):
    valkey = EmbeddedValkey(tmp_path)
    with answering(valkey) as url:
        store = RedisSessions.open(url, ttl_seconds=TTL_SECONDS)
        await store.save(KEY, talked("halo"), after=0)
        write_out(url)
        os.kill(valkey.pid, signal.SIGKILL)
        with pytest.raises(UnavailableError):
            await store.load(KEY)
        with pytest.raises(UnavailableError):
            await store.beat(1)
        async with asyncio.timeout(20):
            await answers(store)
        assert await store.load(KEY) == (talked("halo"), 1)
        assert await store.save(KEY, talked("halo", "1"), after=1)
    await store.close()


async def answers(store):
    while True:
        try:
            return await store.beat(1)
        except UnavailableError:
            await asyncio.sleep(0.01)


async def test_a_session_survives_the_death_of_its_server(tmp_path):
    with answering(EmbeddedValkey(tmp_path)) as url:
        store = RedisSessions.open(url, ttl_seconds=TTL_SECONDS)
        await store.save(KEY, undecided(), after=0)
        await store.close()
    with answering(EmbeddedValkey(tmp_path)) as url:
        store = RedisSessions.open(url, ttl_seconds=TTL_SECONDS)
        assert (await store.load(KEY)).session.pending is not None
        assert await store.save(KEY, talked("halo"), after=1)
        await store.close()


STORED = Path(__file__).parent.parent / "fixtures" / "sessions"


@pytest.mark.parametrize(
    ("name", "version", "step"), [("letter_being_recorded", 3, "start"), ("call_at_nik", 4, "nik")]
)
def test_what_the_last_release_stored_goes_on_where_it_was(name, version, step):
    saved = decode((STORED / f"{name}.stored").read_bytes())
    assert (saved.version, saved.session.step_label) == (version, step)
    assert saved.session.by_letter == (name == "letter_being_recorded")


def test_a_letter_that_the_last_release_took_is_answered_as_one():
    saved = decode((STORED / "letter_being_recorded.stored").read_bytes())
    settled = Person().conversation.settle(saved.session, REGISTERED)
    assert [prompt.key for prompt in settled.replies[-1].reply.prompts] == [
        *("letter_greeting", "registered", "letter_person"),
        *("letter_unread_attachment", "letter_signature"),
    ]


def test_a_call_that_the_last_release_took_goes_on():
    person = Person()
    person.session = decode((STORED / "call_at_nik.stored").read_bytes()).session
    person.call, person.typed = "call0", "1*1"
    assert person.key(NIK) == ["ask_full_name"]


def test_what_the_last_release_answered_is_remembered():
    session = decode((STORED / "call_at_nik.stored").read_bytes()).session
    keys = [one.reply.prompts[0].key for one in session.replies]
    assert keys == ["menu", "ask_consent", "ask_nik"]


TEXT = st.text(max_size=20)
PROMPTS = st.builds(Prompt, TEXT, st.dictionaries(TEXT, TEXT, max_size=3), st.tuples(TEXT))
REPLIES = st.builds(
    RememberedReply, TEXT, st.integers(0, 2**31), st.builds(Reply, st.tuples(PROMPTS), TEXT)
)
SESSIONS = st.builds(
    Session,
    stage=st.sampled_from(["start", "menu", "asking", "confirming"]),
    answers=st.dictionaries(TEXT, TEXT, max_size=5),
    question=TEXT,
    heard=st.none() | st.builds(HeardTyping, *(st.integers(0, 2**32 - 1) for _ in range(3))),
    replies=st.lists(REPLIES, max_size=4).map(tuple),
    pending=st.sampled_from(
        [None, undecided().pending, LookUp(PHONE, "test"), Opt(PHONE, out=True, at=AT)]
    ),
)


@given(SESSIONS, st.integers(0, 2**40))
def test_any_session_comes_back_from_its_bytes(session, version):
    assert decode(encode(session, version)) == (session, version)
    assert session.pending is None or isinstance(session.pending, (Register, LookUp, Opt))


async def test_what_other_keys_sealed_keeps_no_other_conversation_from_being_finished(valkey_url):
    async with Redis.from_url(valkey_url) as client:
        await client.flushall()
    sessions = RedisSessions(reach("own_line", valkey_url), ttl_seconds=TTL_SECONDS)
    sessions.form = Sealed(make_keyring())
    await sessions.save(KEY, undecided(), after=0)
    sessions.form = Sealed(make_keyring())
    await sessions.save(MAILBOX.conversation, undecided(), after=0)

    assert await sessions.pending(before=LATER, each=8) == [MAILBOX.conversation]
    await sessions.close()
