"""Strangers at the public API learn, change and hold up nothing that is not theirs."""

import asyncio
import random
from collections import deque
from statistics import median
from time import monotonic, thread_time

import pytest

from channels.web.api import BODY_BYTES_MAX, PATH
from core.database.statements import Statement
from core.messages import Address, AddressKind
from gateway.runtime.deadline import Deadline
from tests.fixtures.effects import recorder
from tests.fixtures.people import nik
from tests.fixtures.public_api import BODY, KEY, App, key
from tests.fixtures.stores import READ
from tests.integration.test_api import make_intent
from tests.scripts import NAME, NIK

ANOTHER = "ZAINAL ABIDIN"
HERS = Address(AddressKind.PHONE, "+6281299990001")
WEB = Address(AddressKind.WEB, "another browser")
DRAWN = ("token", "number", "proof", "expires_at")  # of each answer anew
ON_FILE = {
    "nothing": [],
    "held in another name": [(HERS, ANOTHER)],
    "claimed in another name": [(WEB, ANOTHER)],
    "claimed in that name": [(WEB, NAME)],
}
STORED = Statement("SELECT value FROM intents")
ROUNDS, RUNS_MAX, SLOWER_MAX = 40, 4, 1.25


@pytest.fixture
async def app():
    made = App()
    yield made
    await made.client.aclose()


async def put_on_file(app, case, person=NIK, mark=""):
    draw = random.Random(f"{case} {person} {mark}").randrange
    record = recorder(app.stores.database, draw_below=draw)
    for address, name in ON_FILE[case]:
        given = {"intent_id": f"{case}{mark}", "message_id": f"{case}{mark}", "nik": person}
        kind = {} if address is HERS else {"channel": "web"}
        await record(make_intent(**given, **kind, address=address, full_name=name, phone=None))


def told(answer):
    """Return all that an answer tells, but for what is drawn for each."""
    value = answer.json()
    assert all(value[name] for name in DRAWN)
    headers = {name: one for name, one in answer.headers.items() if name != "date"}
    return answer.status_code, headers, {**value, **dict.fromkeys(DRAWN)}


# -- enumeration ----------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [one for one in ON_FILE if one != "nothing"])
async def test_no_word_tells_whether_a_nik_is_on_file(case, app):
    await put_on_file(app, case)
    probed, free = await app.post(), await app.post(BODY | {"nik": nik(77)}, key=key(1))
    assert told(probed) == told(free)
    seen = [await app.get(one.json()["token"]) for one in (probed, free)]
    assert told(seen[0]) == told(seen[1])


async def compared():
    """Return the processor time of each case as a ratio to its round's, of one interleaved run."""
    app, order, took = App(), deque(ON_FILE), {case: [] for case in ON_FILE}
    for n in range(ROUNDS):
        for place, case in enumerate(order):
            person, mark = nik(n * 10 + sorted(ON_FILE).index(case)), f"{n}.{place}"
            await put_on_file(app, case, person, mark)
            await app.post(BODY | {"nik": nik(5_000 + n * 10 + place)}, key=key(f"warm{mark}"))
            began = thread_time()
            await app.post(BODY | {"nik": person}, key=key(mark))
            took[case].append(thread_time() - began)
        order.rotate()
    await app.client.aclose()
    rounds = [median(times) for times in zip(*took.values(), strict=True)]
    return [median(t / whole for t, whole in zip(times, rounds, strict=True))
            for times in took.values()]  # fmt: skip


async def test_no_time_tells_it_either():
    for _ in range(RUNS_MAX):  # a difference shows in every run; what a busy machine adds does not
        ratios = await compared()
        if max(ratios) < SLOWER_MAX * min(ratios):
            return
    assert max(ratios) < SLOWER_MAX * min(ratios)


# -- tokens ---------------------------------------------------------------------------------------


async def test_what_is_stored_of_a_token_opens_nothing(app):
    token = (await app.post()).json()["token"]
    [value] = app.stores.database.run(lambda use: use.one(STORED))
    assert value != token
    assert token not in str([app.stores.rows(one) for one in READ])
    assert (await app.get(value)).status_code == 404


async def test_guesses_get_one_answer_and_few_of_them():
    app = App(rates={"address": 20.0, "token": 0.0}, trusted=())
    app.client._transport.client = ("203.0.113.7", 1)
    token = (await app.post()).json()["token"]
    guesses = [token[:-1] + ("A" if token[-1] != "A" else "B"), token.swapcase(), token[::-1]]
    answers = [await app.get(one) for one in (*guesses, "x" * 22, "", "%2e%2e")]
    assert {one.status_code for one in answers} == {404}
    assert len({one.json()["detail"] for one in answers[:4]}) == 1
    for _ in range(20):
        last = await app.get("y" * 22)
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0
    await app.client.aclose()


# -- keys -----------------------------------------------------------------------------------------


async def test_who_happens_to_have_the_same_key_learns_and_changes_nothing(app):
    first = await app.post()
    other = await app.post(BODY | {"nik": nik(7), "full_name": ANOTHER})
    assert other.status_code == 422
    assert set(other.json()) == {"type", "title", "status", "detail"}
    for secret in (first.json()["token"], first.json()["number"]):
        assert secret not in other.text
    assert len(app.stores.rows("records")) == 1
    assert (await app.post()).content == first.content


async def test_of_two_bodies_under_one_key_at_once_one_registers(app):
    bodies = [BODY | {"nik": nik(n)} for n in range(6)]
    answers = await asyncio.gather(*(app.post(body) for body in bodies))
    assert sorted(one.status_code for one in answers) == [201, *[422] * 5]
    assert len(app.stores.rows("records")) == 1


async def test_a_key_that_two_clients_could_hit_upon_is_refused(app):
    for short in ("1", "daftar", NIK[:15]):
        assert (await app.post(key=short)).status_code == 400


# -- bodies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_not_read_to_its_end(announced, app):
    sent = []

    async def pieces():
        for _ in range(1_000):
            sent.append(1)
            yield b" " * 1_024

    headers = {"Idempotency-Key": KEY}
    if announced:
        headers["Content-Length"] = str(1_000 * 1_024)
    answer = await app.client.post(PATH, content=pieces(), headers=headers)
    assert answer.status_code == 413
    assert len(sent) <= BODY_BYTES_MAX // 1_024 + 2
    assert app.stores.rows("records") == []


async def test_a_body_that_never_ends_is_408_and_holds_nothing():
    deadline, waits, sent = Deadline(5), asyncio.Event(), []
    app = App(deadline=deadline)

    async def receive():
        if not waits.is_set():
            waits.set()
            return {"type": "http.request", "body": b"{", "more_body": True}
        await asyncio.Event().wait()
        return None

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "query_string": b"",
        "headers": [(b"idempotency-key", KEY.encode())],
        "client": ("203.0.113.7", 1),
    }
    call = asyncio.create_task(app.asgi(scope, receive, send))
    await waits.wait()
    while not len(deadline):
        await asyncio.sleep(0)
    deadline.cancel_overdue(monotonic() + 6)
    await call
    assert sent[0]["status"] == 408
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
    assert len(deadline) == 0
    await app.client.aclose()
