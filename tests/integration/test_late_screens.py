"""A screen is due in ten seconds: what a person is told when the stores take longer.

Promise 1 holds at whatever moment a turn is cut off: nobody is told that they are registered
unless they are, and whoever is told of an SMS gets one.
"""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from time import monotonic

import pytest

from channels.contract import Request
from channels.ussd.africastalking import AfricasTalkingUssd
from core.conversation.engine import Conversation
from core.database.unavailable import UnavailableError
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import Pipeline
from gateway.http.peer.client import OWN_SECONDS, PASS_SECONDS
from gateway.intake import intake as intake_module
from gateway.intake.intake import LATE_MAX, RECALL_SECONDS, SCREEN_SECONDS, TURN_SECONDS, Intake
from gateway.intake.sweeper import sweep
from gateway.runtime.clock import utc_now
from gateway.runtime.deadline import CHECK_SECONDS, Deadline
from gateway.runtime.metrics import Metrics
from gateway.wiring.app import asgi_apps, dispatch, make_webhooks
from tests.contract.channels import post
from tests.fixtures.stores import Stores
from tests.fixtures.ussd_gateways import mapped
from tests.integration.test_webhook import Answer, Wire
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, NAME, NIK, START, WORDING

PHONE, OTHER = "+6281211110001", "+6281211110002"
WORDS = ("1", "1", NIK, NAME, "2", "1")
NETWORK_SECONDS = 10  # after which Africa's Talking shows an error of its own
LATE = "tersimpan dan sedang kami proses. Hasilnya kami kirim lewat SMS."
OVERDUE = SCREEN_SECONDS + 1


class Slow:
    """A port whose named calls never come back, before they work or after."""

    def __init__(self, port):
        self.port, self.hangs, self.fails = port, {}, set()

    def __getattr__(self, name):
        async def call(*args, **more):
            if name in self.fails:
                raise UnavailableError
            when = self.hangs.get(name, "never")
            if when == "before":
                await asyncio.Event().wait()
            result = await getattr(self.port, name)(*args, **more)
            if when == "after":
                await asyncio.Event().wait()
            return result

        return call


class House:
    """Two USSD gateways, a chat, and stores that may be slow."""

    def __init__(self, clock=utc_now):
        self.sessions, self.metrics = Slow(MemorySessions()), Metrics()
        self.stores = Stores(wrap=self._slow)
        self.intake = Intake(
            pipeline=Pipeline(
                self.sessions,
                self.stores.effects,
                Conversation(CAMPAIGN, LANGUAGES, KEYWORDS),
            ),
            sessions=self.sessions,
            database=self.stores.wrapped,
            outbox=self.stores.outbox,
            metrics=self.metrics,
            deadline=Deadline(TURN_SECONDS),
            nudge=lambda: None,
            clock=clock,
        )
        channels = [AfricasTalkingUssd(WORDING, (), "ID"), mapped("truroute"), Wire()]
        self.app = dispatch(asgi_apps(make_webhooks(channels, self.intake, "id")), None)

    def _slow(self, port):
        self.database = Slow(port)
        return self.database

    async def serve(self, request):
        answer, body = Answer(), [request.body]

        async def receive():
            return {"type": "http.request", "body": body.pop(), "more_body": False}

        scope = {
            "type": "http",
            "method": request.method,
            "path": request.path,
            "query_string": request.query.encode(),
            "headers": [],
        }
        await self.app(scope, receive, answer.send)
        return answer

    async def cut_off(self, request):
        """Serve until the time of a screen is over."""
        task = asyncio.create_task(self.serve(request))
        while not len(self.intake.screens) and not len(self.intake.deadline):
            await asyncio.sleep(0)
        for _ in range(50):
            await asyncio.sleep(0)
        self.intake.screens.cancel_overdue(monotonic() + OVERDUE)
        return await task

    async def typed(self, *words, phone=PHONE):
        for hops in range(len(words) + 1):
            last = await self.serve(hop(*words[:hops], phone=phone))
        return last

    def texts(self):
        rows = self.stores.rows("outbox")
        return [json.dumps(row, default=str) for row in rows]


def hop(*words, phone=PHONE, call="ATUid_1"):
    fields = {"sessionId": call, "phoneNumber": phone, "text": "*".join(words)}
    return post("/ussd/africastalking", fields)


def newest(typed, call="S"):
    """What TruRoute sends: the newest answer alone, and whether it is a dial."""
    kind, said = ("2", typed) if typed else ("1", "*119#")
    body = f"<ussd><msisdn>{PHONE}</msisdn><sessionid>{call}</sessionid><type>{kind}</type>"
    return Request(
        method="POST",
        path="/ussd/truroute",
        body=f"{body}<msg>{said}</msg></ussd>".encode(),
        received_at=START,
    )


@pytest.fixture
async def confirming():
    """Somebody who has the whole form before them, and is about to say yes."""
    house = House()
    await house.typed(*WORDS[:-1])
    return house


def is_late(answer):
    said = answer.body.decode()
    assert "terdaftar" not in said.lower()
    return (answer.status, said.startswith("END "), LATE in said) == (200, True, True)


async def swept(house):
    """Let the stores work again, and the sweeper go round, just now."""
    house.sessions.hangs.clear()
    house.database.hangs.clear()
    return await sweep(house.intake, now=datetime.now(UTC))


@pytest.mark.parametrize("hangs", ["before", "after"])
async def test_a_registration_that_takes_too_long_is_told_by_sms(confirming, hangs):
    confirming.database.hangs = {"write": hangs}
    assert is_late(await confirming.cut_off(hop(*WORDS)))
    assert len(confirming.stores.rows("records")) == (hangs == "after")
    assert await swept(confirming) == 1
    assert len(confirming.stores.rows("records")) == 1
    (sms,) = confirming.texts()
    assert "registered_sms" in sms
    assert await swept(confirming) == 0
    assert len(confirming.texts()) == 1


async def test_any_other_outcome_is_told_by_sms_too(confirming):
    await confirming.typed(*WORDS, phone=OTHER)
    before = len(confirming.texts())
    confirming.database.hangs = {"write": "before"}
    assert is_late(await confirming.cut_off(hop(*WORDS)))
    await swept(confirming)
    assert len(confirming.stores.rows("records")) == 1
    told = confirming.texts()[before:]
    assert ["answer/" in one and PHONE in one for one in told].count(True) == 1


async def test_the_same_hop_again_gets_its_own_screen_and_no_sms_more(confirming):
    confirming.database.hangs = {"write": "before"}
    assert is_late(await confirming.cut_off(hop(*WORDS)))
    confirming.database.hangs.clear()
    again = await confirming.serve(hop(*WORDS))
    assert "terdaftar" in again.body.decode()
    await swept(confirming)
    assert len(confirming.texts()) == 1


async def test_a_dial_while_it_is_still_unfinished_is_told_the_same(confirming):
    confirming.database.hangs = {"write": "before"}
    await confirming.cut_off(hop(*WORDS))
    assert is_late(await confirming.cut_off(hop(call="ATUid_2")))
    await swept(confirming)
    assert len(confirming.stores.rows("records")) == len(confirming.texts()) == 1


async def test_a_dial_that_finishes_it_takes_no_promised_sms_away(confirming):
    await confirming.typed(*WORDS, phone=OTHER)
    before = len(confirming.texts())
    confirming.database.hangs = {"write": "before"}
    assert is_late(await confirming.cut_off(hop(*WORDS)))
    confirming.database.hangs.clear()
    assert (await confirming.serve(hop(call="ATUid_2"))).body.startswith(b"CON ")
    await swept(confirming)
    told = confirming.texts()[before:]
    assert ["answer/" in one and PHONE in one for one in told].count(True) == 1


async def test_a_dial_that_registers_at_last_sends_one_sms(confirming):
    confirming.database.hangs = {"write": "before"}
    assert is_late(await confirming.cut_off(hop(*WORDS)))
    confirming.database.hangs.clear()
    await confirming.serve(hop(call="ATUid_2"))
    await swept(confirming)
    assert len(confirming.stores.rows("records")) == len(confirming.texts()) == 1


async def test_two_workers_send_the_promised_sms_once():
    """The gateway numbers no hops, so that a message is known by its second, too."""
    seconds = count(0, 10)
    house = House(lambda: datetime.now(UTC) + timedelta(seconds=next(seconds)))
    await house.typed(*WORDS, phone=OTHER)
    before = len(house.texts())
    for word in ("", *WORDS[:-1]):
        await house.serve(newest(word))
    house.database.hangs = {"write": "before"}
    assert LATE in (await house.cut_off(newest(WORDS[-1]))).body.decode()
    house.database.hangs.clear()
    other = replace(house.intake, late={})
    assert await sweep(other, now=datetime.now(UTC) + timedelta(days=3_650)) == 1
    await sweep(house.intake, now=datetime.now(UTC))
    assert len(house.texts()) == before + 1


async def test_a_store_that_fails_again_takes_no_promised_sms_away(confirming):
    await confirming.typed(*WORDS, phone=OTHER)
    before = len(confirming.texts())
    confirming.database.hangs = {"write": "before"}
    assert is_late(await confirming.cut_off(hop(*WORDS)))
    confirming.database.hangs.clear()
    await confirming.serve(hop(call="ATUid_2"))  # the call that finishes it
    confirming.sessions.fails = {"load"}
    with pytest.raises(UnavailableError):
        await swept(confirming)
    confirming.sessions.fails.clear()
    await swept(confirming)
    assert len(confirming.texts()) == before + 1


async def test_what_was_saved_in_time_is_its_own_screen(confirming):
    confirming.sessions.hangs = {"save": "after"}  # the response is slow, not the store
    question = await confirming.cut_off(hop("1", call="ATUid_2"))
    assert (question.status, question.body[:4]) == (200, b"CON ")
    assert b"SMS" not in question.body


async def test_a_deadline_in_a_mapped_gateway_is_in_its_own_form(confirming):
    body = f"<ussd><msisdn>{PHONE}</msisdn><sessionid>S</sessionid><type>1</type></ussd>"
    confirming.database.hangs = {"write": "before"}
    await confirming.cut_off(hop(*WORDS))
    request = hop()
    request = type(request)(
        method="POST", path="/ussd/truroute", body=body.encode(), received_at=request.received_at
    )
    answer = await confirming.cut_off(request)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert answer.body.startswith(b"<ussd><type>3</type><msg>Data Anda sudah tersimpan")


# -- nothing is promised that nobody keeps -----------------------------------------------------


def is_sorry(answer):
    said = answer.body.decode()
    return (answer.status, said.startswith("END Maaf"), "SMS" in said) == (503, True, False)


@pytest.mark.parametrize("call", ["load", "save"])
async def test_a_turn_of_which_nothing_is_saved_is_unsure(confirming, call):
    confirming.sessions.hangs = {call: "before"}
    task = asyncio.create_task(confirming.cut_off(hop(*WORDS)))
    answer = await asyncio.wait_for(task, RECALL_SECONDS + 5)
    assert is_sorry(answer)
    assert confirming.intake.late == {}


async def test_looking_for_what_became_of_it_has_a_limit(confirming, monkeypatch):
    monkeypatch.setattr(intake_module, "RECALL_SECONDS", 0.01)
    confirming.sessions.hangs = {"load": "before"}
    assert is_sorry(await confirming.cut_off(hop(*WORDS)))


async def test_a_question_has_no_sms_to_follow():
    house = House()
    await house.typed(*WORDS)
    for words in (("2",), ("3",)):
        house.database.hangs = {"read": "before"}
        assert is_sorry(await house.cut_off(hop(*words, call=f"ATUid_{words}")))
        house.database.hangs.clear()


async def test_a_registration_by_chat_is_not_told_by_sms():
    house = House()
    await house.serve(post_wire("sms DAFTAR " + f"{NIK}#{NAME}#PERAWAT"))
    house.database.hangs = {"write": "before"}
    task = asyncio.create_task(house.serve(post_wire("sms YA")))
    for _ in range(80):
        await asyncio.sleep(0)
    house.intake.deadline.cancel_overdue(monotonic() + TURN_SECONDS + 1)
    assert (await task).status == 503
    assert is_sorry(await house.cut_off(hop()))
    assert house.intake.late == {}


def post_wire(line):
    request = post("/wire", {})
    return type(request)(
        method="POST", path="/wire", body=line.encode(), received_at=datetime.now(UTC)
    )


# -- bounds ------------------------------------------------------------------------------------


def test_every_way_to_a_screen_is_shorter_than_the_network_waits():
    alone = SCREEN_SECONDS + CHECK_SECONDS + RECALL_SECONDS
    with_peer = OWN_SECONDS + CHECK_SECONDS + PASS_SECONDS + RECALL_SECONDS
    assert max(alone, with_peer) < NETWORK_SECONDS - 1


async def test_only_screens_have_the_shorter_time(confirming):
    assert confirming.intake.screens.seconds < confirming.intake.deadline.seconds
    confirming.sessions.hangs = {"load": "before"}
    for request in (hop(*WORDS), post_wire("sms hello")):
        task = asyncio.create_task(confirming.serve(request))
        for _ in range(20):
            await asyncio.sleep(0)
        on_screen = request.path.startswith("/ussd/")
        begun = (len(confirming.intake.screens), len(confirming.intake.deadline))
        assert begun == ((1, 0) if on_screen else (0, 1))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_so_many_are_remembered_and_the_rest_waits_as_others_do(confirming):
    confirming.database.hangs = {"write": "before"}
    confirming.intake.late.update({str(n): None for n in range(LATE_MAX)})
    assert is_late(await confirming.cut_off(hop(*WORDS)))
    assert len(confirming.intake.late) == LATE_MAX
    confirming.intake.late.clear()
    confirming.database.hangs.clear()
    later = datetime.now(UTC) + timedelta(days=3_650)
    assert await sweep(confirming.intake, now=later) == 1
    assert len(confirming.stores.rows("records")) == 1


async def test_each_is_counted(confirming):
    confirming.database.hangs = {"write": "before"}
    await confirming.cut_off(hop(*WORDS))
    assert "satupintu_late_total 1.0" in confirming.metrics.text().decode()
