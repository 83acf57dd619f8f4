"""The sweeper: what a crash left half done is finished, and the person is told once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.conversation.engine import Conversation
from core.database.unavailable import UnavailableError
from core.messages import Address, AddressKind, Channel
from core.outbox.answers import answer_key
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import Pipeline
from gateway.intake.intake import Intake
from gateway.intake.sweeper import GRACE_SECONDS, sweep
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
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
