"""The sweeper: what a crash left half done is finished, and the person is told once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.conversation.engine import Conversation
from core.database.unavailable import UnavailableError
from core.messages import Address, AddressKind, Channel
from core.outbox.answers import answer_key
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import Pipeline
from core.turns.sessions import SHARDS
from gateway.intake import sweeper
from gateway.intake.intake import Intake
from gateway.intake.share import Share
from gateway.intake.sweeper import GRACE_SECONDS, TOGETHER_MAX, sweep
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from tests.bench.people import nik, phone
from tests.fixtures.pending import pending
from tests.fixtures.stores import Stores
from tests.scripts import (
    CAMPAIGN,
    KEYWORDS,
    LANGUAGES,
    MAILBOX,
    NAME,
    NIK,
    PHONE,
    START,
    inbound,
)

LATER = START + timedelta(seconds=GRACE_SECONDS + 100)


class Down:
    """A database that cannot be reached, or that fails in a way nobody foresaw."""

    def __init__(self, error):
        self.error = error

    async def write(self, operation, **_):
        raise self.error


class DownFor:
    """A database that fails for the first `count` people, and works for the others."""

    def __init__(self, database, count, error):
        self.database, self.error = database, error
        self.niks = {nik(n) for n in range(count)}

    async def write(self, operation, **more):
        intent = getattr(operation, "keywords", {}).get("intent")
        if intent is not None and intent.nik in self.niks:
            raise self.error()
        return await self.database.write(operation, **more)


class House:
    def __init__(self, channel=Channel.SMS):
        self.sessions, self.nudges = MemorySessions(), []
        self.stores = Stores()
        self.channel = channel

    def intake(self, database=None):
        conversation = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)
        effects = replace(self.stores.effects, database=database or self.stores.database)
        return Intake(
            pipeline=Pipeline(self.sessions, effects, conversation),
            sessions=self.sessions,
            database=self.stores.database,
            outbox=self.stores.outbox,
            metrics=Metrics(),
            deadline=Deadline(5),
            nudge=lambda: self.nudges.append(1),
        )

    async def crash_while_recording(self, error=None):
        broken = self.intake(Down(error or UnavailableError()))
        await broken.answer(inbound(f"DAFTAR {NIK}#{NAME}#PERAWAT", n=1, channel=self.channel))
        with pytest.raises(type(error or UnavailableError())):
            await broken.answer(inbound("YA", n=2, channel=self.channel))

    async def leave_pending(self, count):
        """Leave people 0 to `count - 1` each with a registration to be carried out."""
        for n in range(count):
            left = pending(nik=nik(n), phone=phone(n), at=START + timedelta(milliseconds=n // 100))
            await self.sessions.save(left.conversation, left.session, after=0)

    async def queued(self):
        now = datetime.now(UTC)
        return [
            one.message
            for one in await self.stores.outbox.claim(now=now, lease_seconds=60, limit=9)
        ]


async def test_what_a_crash_left_is_finished_and_the_answer_is_queued():
    house = House(Channel.WHATSAPP)
    await house.crash_while_recording()
    assert await sweep(house.intake(), now=LATER) == 1
    (message,) = await house.queued()
    assert (message.key, message.channel) == (answer_key(PHONE, "m2"), Channel.WHATSAPP)
    assert message.reply.prompts[0].key == "registered"
    assert house.nudges == [1]
    assert await sweep(house.intake(), now=LATER) == 0


BROWSER = Address(AddressKind.WEB, "a" * 22)


@pytest.mark.parametrize("address", [BROWSER, PHONE])
async def test_what_a_page_asks_for_is_not_queued_but_shown_by_the_page(address):
    house = House()
    answers = {"nik": NIK, "full_name": NAME, "profession": "2", "phone": PHONE.value}
    page = {"channel": Channel.WEB, "address": address, "confirms": True, "answers": answers}
    with pytest.raises(UnavailableError):
        await house.intake(Down(UnavailableError())).answer(inbound(n=1, **page))
    assert await sweep(house.intake(), now=LATER) == 1
    assert all(one.channel is not Channel.WEB for one in await house.queued())
    seen = await house.intake().look(address)
    assert seen.prompts[0].key == ("registered" if address is PHONE else "received")
    assert await sweep(house.intake(), now=LATER) == 0


@pytest.mark.parametrize(("aligned", "status"), [(True, "queued"), (False, "withheld")])
async def test_nor_then_is_a_letter_answered_whose_envelope_names_another_domain(aligned, status):
    house = House()
    answers = {"nik": NIK, "full_name": NAME, "profession": "2", "phone": PHONE.value}
    written = {"channel": Channel.EMAIL, "address": MAILBOX, "confirms": True, "answers": answers}
    letter = inbound(n=1, aligned=aligned, **written)
    with pytest.raises(UnavailableError):
        await house.intake(Down(UnavailableError())).enqueue(letter)
    assert await sweep(house.intake(), now=LATER) == 1
    assert house.stores.outbox_row(answer_key(MAILBOX, "m1"))["status"] == status


async def test_what_is_young_is_left_to_whoever_works_on_it():
    house = House()
    await house.crash_while_recording()
    assert await sweep(house.intake(), now=START + timedelta(seconds=GRACE_SECONDS - 1)) == 0


async def test_a_redelivery_after_the_sweep_gets_the_same_answer():
    house = House()
    await house.crash_while_recording()
    await sweep(house.intake(), now=LATER)
    reply = await house.intake().answer(inbound("YA", n=2))
    (message,) = await house.queued()
    assert message.reply == reply


async def test_a_store_that_is_down_ends_the_sweep():
    house = House()
    await house.crash_while_recording()
    with pytest.raises(UnavailableError):
        await sweep(house.intake(Down(UnavailableError())), now=LATER)


async def test_one_that_cannot_be_finished_does_not_stop_the_others(logged):
    house = House()
    await house.crash_while_recording()
    assert await sweep(house.intake(Down(ZeroDivisionError(NIK))), now=LATER) == 1
    (line,) = logged()
    assert line["error"] == "ZeroDivisionError"
    assert NIK not in str(line)


PAGES = 2 * SHARDS


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(sweeper, "EACH_MAX", 1)


@pytest.mark.usefixtures("small_pages")
async def test_many_are_finished_in_one_sweep_each_once():
    house, count = House(), PAGES + 5
    await house.leave_pending(count)
    assert await sweep(house.intake(), now=LATER) == count
    assert len(house.stores.rows("records")) == len(house.stores.rows("outbox")) == count
    assert await sweep(house.intake(), now=LATER) == 0


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize(("error", "bad"), [(UnavailableError, 1), (ZeroDivisionError, PAGES)])
async def test_the_oldest_that_cannot_be_finished_hold_up_none_behind_them(error, bad, logged):
    house = House()
    await house.leave_pending(bad + PAGES)
    await sweep(house.intake(DownFor(house.stores.database, bad, error)), now=LATER)
    assert len(house.stores.rows("records")) == PAGES
    assert (await house.sessions.backlog()).number == bad
    assert sum(line["count"] for line in logged()) == (bad if error is ZeroDivisionError else 0)


async def test_as_many_are_finished_at_the_same_time_as_named_and_no_more():
    house, running, most = House(), 0, 0
    await house.leave_pending(3 * TOGETHER_MAX)
    intake = house.intake()
    finish = intake.pipeline.finish

    async def watched(key):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        done = await finish(key)
        running -= 1
        return done

    intake.pipeline.finish = watched
    await sweep(intake, now=LATER)
    assert most == TOGETHER_MAX


async def test_each_worker_sweeps_its_own_share():
    house, count = House(), 200
    await house.leave_pending(count)
    swept = [
        await sweep(house.intake(), now=LATER, share=Share(range(n, SHARDS, 2))) for n in range(2)
    ]
    assert sum(swept) == len(house.stores.rows("records")) == count
    assert min(swept) > count / 4


async def test_two_that_sweep_the_same_tell_everybody_once():
    house, count = House(), 100
    await house.leave_pending(count)
    await asyncio.gather(*(sweep(house.intake(), now=LATER) for _ in range(2)))
    assert len(house.stores.rows("records")) == len(house.stores.rows("outbox")) == count
