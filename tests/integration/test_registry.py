"""The HTTP registry, asked over loopback: what is a word about a person, and what is not."""

import asyncio
import gzip
import json
from contextlib import asynccontextmanager, suppress
from datetime import date
from traceback import format_exception

import pytest

from core.database.unavailable import UnavailableError
from core.roster.listing import Applicant, Listing
from gateway.registry import client as asking
from gateway.registry.client import (
    ANSWER_BYTES_MAX,
    CODE_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    TRIES_MAX,
    Caller,
    HttpRegistry,
)
from gateway.runtime.breaker import FAILURES_MAX, REST_SECONDS
from gateway.runtime.metrics import Metrics
from gateway.sending.delivery import create_client
from tests.fixtures.registry import TOKEN
from tests.scripts import NAME, NIK

SITI = Applicant(
    key="key-1",
    campaign="c",
    nik=NIK,
    full_name=NAME,
    birth_date=date(1996, 6, 17),
    profession="perawat",
)
LISTED = {"listed": True, "full_name": NAME, "facility_code": "F01"}


def body(**fields):
    return json.dumps(fields).encode()


class Asked:
    """A registry that we ask, our metrics, and a clock that stands still until moved."""

    def __init__(self, client, url, token=TOKEN):
        self.now, self.metrics = 0.0, Metrics()
        caller = Caller(client, url, token)
        self.registry = HttpRegistry(caller, metrics=self.metrics, seconds=lambda: self.now)

    async def look_up(self):
        return await self.registry.look_up(SITI)

    async def fails(self, times=1):
        for _ in range(times):
            with pytest.raises(UnavailableError):
                await self.look_up()

    def count(self, result):
        return self.metrics.registry.get_sample_value(
            "satupintu_registry_total", {"result": result}
        )

    def breaker(self):
        return self.metrics.registry.get_sample_value("satupintu_registry_breaker")


@pytest.fixture
async def client():
    async with create_client() as opened:
        yield opened


@pytest.fixture
def asked(registry, client):
    return Asked(client, registry.url)


# -- what is asked and what is a word ------------------------------------------------------------


async def test_the_question_names_the_person_and_nothing_more(asked, registry):
    registry.lists(NIK, NAME)
    assert await asked.look_up() == Listing(listed=True, full_name=NAME, facility_code="F01")
    ((path, headers, content),) = registry.requests
    assert path == "/verifications"
    assert headers["idempotency-key"] == SITI.key
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["content-type"] == "application/json"
    assert json.loads(content) == {
        "nik": NIK,
        "full_name": NAME,
        "birth_date": "1996-06-17",
        "profession": "perawat",
    }
    assert asked.count("listed") == 1


async def test_without_a_token_none_is_sent(registry, client):
    registry.answers = [(200, body(**LISTED))]
    await Asked(client, registry.url, token="").look_up()
    assert "authorization" not in registry.requests[0][1]


WORDS = [
    ({"listed": False}, Listing(listed=False)),
    ({"listed": False, "full_name": None, "facility_code": None}, Listing(listed=False)),
    (LISTED, Listing(listed=True, full_name=NAME, facility_code="F01")),
    ({**LISTED, "facility_code": None}, Listing(listed=True, full_name=NAME)),
    (
        {"listed": True, "full_name": f" {NAME} ", "more": [1]},
        Listing(listed=True, full_name=NAME),
    ),
    (
        {**LISTED, "full_name": "A" * NAME_CHARACTERS_MAX, "facility_code": "F" * 64},
        Listing(
            listed=True,
            full_name="A" * NAME_CHARACTERS_MAX,
            facility_code="F" * CODE_CHARACTERS_MAX,
        ),
    ),
]


@pytest.mark.parametrize(("answer", "listing"), WORDS)
async def test_a_word_is_a_word(asked, registry, answer, listing):
    registry.answers = [(200, body(**answer))]
    assert await asked.look_up() == listing
    assert asked.breaker() == 0


NO_WORDS = [
    (200, b""),
    (200, b"<html>"),
    (200, b"[" * ANSWER_BYTES_MAX),
    (200, b'{"a":' * 3_000),
    (200, b"\xff"),
    (200, b"[]"),
    (200, b"{}"),
    (200, b"true"),
    (200, body(listed="true", full_name=NAME)),
    (200, body(listed=1, full_name=NAME)),
    (200, body(listed=None)),
    (200, body(listed=True)),
    (200, body(listed=True, full_name="  ")),
    (200, body(listed=True, full_name=7)),
    (200, body(listed=True, full_name="A" * (NAME_CHARACTERS_MAX + 1))),
    (200, body(listed=True, full_name=NAME, facility_code=1)),
    (200, body(listed=True, full_name=NAME, facility_code="F" * (CODE_CHARACTERS_MAX + 1))),
    (200, body(listed=True, full_name="SITI\0")),
    (200, body(listed=True, full_name=NAME, facility_code="F\n1")),
    (200, body(listed=False, padding="A" * ANSWER_BYTES_MAX)),
    (201, body(**LISTED)),
    (204, b""),
    (301, body(**LISTED)),
    (400, body(listed=False)),
    (401, body(listed=False)),
    (404, body(listed=False)),
    (422, body(listed=False)),
]


@pytest.mark.parametrize("answer", NO_WORDS, ids=lambda answer: f"{answer[0]}-{answer[1][:30]}")
async def test_anything_else_is_no_word_about_the_person(asked, registry, answer):
    registry.mode = answer
    await asked.fails()
    assert len(registry.questions) == 1, "asking again at once would not help"


async def test_the_longest_answer_is_read(asked, registry):
    text = body(**LISTED)
    registry.answers = [(200, text + b" " * (ANSWER_BYTES_MAX - len(text)))]
    assert (await asked.look_up()).listed
    registry.answers = [(200, text + b" " * (ANSWER_BYTES_MAX - len(text) + 1))]
    await asked.fails()


async def test_a_redirect_is_not_followed(registry, client):
    async def redirect(writer):
        to = f"{registry.url}/verifications".encode()
        writer.write(b"HTTP/1.1 307 Moved\r\nContent-Length: 0\r\nLocation: " + to + b"\r\n\r\n")

    async with answering(redirect) as (url, _heads):
        await Asked(client, url).fails()
    assert registry.requests == []


@asynccontextmanager
async def answering(answer):
    """Serve what no decent server would say; yield its URL and the heads of what came."""

    async def serve(reader, writer):
        tasks.add(asyncio.current_task())
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        with suppress(ConnectionError):
            await answer(writer)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    heads, tasks = [], set()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with asyncio.timeout(10), server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
        await asyncio.gather(*tasks)


# -- what passes is tried again at once ----------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_passes_is_asked_again_under_the_same_key(asked, registry, status):
    registry.lists(NIK, NAME)
    registry.answers = [(status, b"{}")] * (TRIES_MAX - 1)
    assert (await asked.look_up()).listed
    assert registry.questions == [(SITI.key, registry.questions[0][1])] * TRIES_MAX
    assert asked.breaker() == 0


async def test_it_is_asked_a_few_times_and_no_more(asked, registry):
    registry.mode = (503, b"{}")
    await asked.fails()
    assert len(registry.questions) == TRIES_MAX
    assert asked.count("unreachable") == 1


async def test_nobody_listening_is_no_word(asked, registry):
    registry.down()
    await asked.fails()


@pytest.mark.parametrize("url", ["http://[nonsense", "http://", "http://registry:x"])
async def test_an_address_that_is_none_is_no_word(client, url):
    await Asked(client, url).fails()


async def test_silence_is_no_word(asked, registry, monkeypatch):
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.1)
    registry.mode = "silent"
    await asked.fails()


async def test_an_answer_that_drips_is_given_up(client, monkeypatch):
    monkeypatch.setattr(asking, "CALL_SECONDS_MAX", 0.3)

    async def drip(writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with answering(drip) as (url, heads):
        await Asked(client, url).fails()
    assert len(heads) == 1, "there was no time for a second"


async def test_what_is_packed_is_not_unpacked(client):
    async def pack(writer):
        packed = gzip.compress(body(**LISTED))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed)

    async with answering(pack) as (url, heads):
        await Asked(client, url).fails()
    assert b"accept-encoding: identity" in heads[0].lower()


async def test_of_an_endless_answer_no_more_than_the_bound_is_read(client):
    async def pour(writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b" " * 10_000)
            await writer.drain()

    async with answering(pour) as (url, _heads):
        answer = await Caller(client, url).post("/records", "text/plain", b"", "key")
    assert (answer.status, len(answer.body)) == (200, ANSWER_BYTES_MAX + 1)


# -- the breaker --------------------------------------------------------------------------------


async def test_who_is_down_is_left_alone_and_then_asked_once(asked, registry):
    registry.mode = (500, b"")
    await asked.fails(FAILURES_MAX)
    assert asked.breaker() == 2
    came = len(registry.questions)
    await asked.fails(20)
    assert len(registry.questions) == came
    assert asked.count("held") == 20

    asked.now += REST_SECONDS
    await asked.fails()
    assert len(registry.questions) == came + TRIES_MAX
    await asked.fails()
    assert len(registry.questions) == came + TRIES_MAX


async def test_once_it_answers_again_all_are_asked(asked, registry):
    registry.down()
    await asked.fails(FAILURES_MAX)
    registry.lists(NIK, NAME)
    registry.up()
    await asked.fails()
    asked.now += REST_SECONDS
    for _ in range(3):
        assert (await asked.look_up()).listed
    assert asked.breaker() == 0


async def test_a_question_that_is_refused_stops_no_other(asked, registry):
    registry.mode = (422, b"{}")
    await asked.fails(FAILURES_MAX * 2)
    assert len(registry.questions) == FAILURES_MAX * 2
    assert asked.count("refused") == FAILURES_MAX * 2


async def test_a_wrong_key_of_ours_stops_the_questions(registry, client):
    asked = Asked(client, registry.url, token="wrong")
    await asked.fails(FAILURES_MAX + 1)
    assert len(registry.questions) == FAILURES_MAX


# -- what must not be told ----------------------------------------------------------------------


@pytest.mark.parametrize("mode", [(500, b""), (200, b"{}"), (422, b"{}"), "silent"])
async def test_no_error_and_no_line_of_the_log_names_anybody(
    asked, registry, logged, monkeypatch, mode
):
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.1)
    registry.mode = mode
    with pytest.raises(UnavailableError) as caught:
        await asked.look_up()
    told = "".join(format_exception(caught.value)) + str(logged()) + repr(asked.registry)
    told += repr(Caller(None, registry.url, TOKEN)) + repr(SITI)
    for secret in (NIK, NAME, TOKEN):
        assert secret not in told
    assert logged() == []
