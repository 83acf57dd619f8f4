"""What was done and never told is the first screen of the next contact."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.conversation.engine import UNDER_WAY_SECONDS, Conversation
from core.database.unavailable import UnavailableError
from core.events import HangUp
from core.messages import Channel, UssdSession
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import Pipeline
from gateway.intake.intake import Intake
from gateway.intake.sweeper import sweep
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from tests.fixtures.stores import Stores
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, NAME, NIK, PHONE, START, inbound

REGISTERED = "registered"
FORM = ("1", "1", NIK, NAME, "2", "1")
LATER = timedelta(seconds=UNDER_WAY_SECONDS)


class Down:
    """A database that cannot be reached."""

    async def write(self, _operation, **_):
        raise UnavailableError


class Phone:
    """A person on one phone; each call has a network id of its own."""

    def __init__(self):
        self.sessions, self.stores, self.now = MemorySessions(), Stores(), START
        self.calls = self.messages = self.saves = 0
        self.up = self.intake(self.stores.database)
        self.down = self.intake(Down())

    def intake(self, database):
        effects = replace(self.stores.effects, database=database)
        conversation = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)
        return Intake(
            pipeline=Pipeline(self.sessions, effects, conversation),
            sessions=self.sessions,
            database=self.stores.database,
            outbox=self.stores.outbox,
            metrics=Metrics(),
            deadline=Deadline(5),
            nudge=lambda: None,
        )

    async def dial(self, *words):
        """Call, and type the words; return what is on the first screen, and on the last."""
        self.calls += 1
        typed = ["*".join(words[:count]) for count in range(len(words) + 1)]
        screens = [await self.hop(text) for text in typed]
        return screens[0], screens[-1]

    async def hop(self, typed, intake=None):
        call = f"call{self.calls}"
        return await self.hear(
            inbound(
                channel=Channel.USSD,
                message_id=f"{call}/{typed}",
                ussd=UssdSession(call, typed),
                at=self.now,
            ),
            intake,
        )

    async def write(self, text, intake=None, **more):
        self.messages += 1
        message = {"n": self.messages, "at": self.now, **more}
        return await self.hear(inbound(text, **message), intake)

    async def hear(self, message, intake=None):
        reply = await (intake or self.up).answer(message)
        return [prompt.key for prompt in reply.prompts]

    async def fail_to_register(self):
        """Say yes on a call, and get the apology: nobody knows what became of it."""
        await self.dial(*FORM[:-1])
        with pytest.raises(UnavailableError):
            await self.hop("*".join(FORM), self.down)


async def test_a_redial_after_an_unsure_yes_begins_with_the_outcome():
    phone = Phone()
    await phone.fail_to_register()
    first, _ = await phone.dial()
    assert first == [REGISTERED, "menu"]
    assert (await phone.dial())[0] == ["menu"]


async def test_it_does_after_the_sweeper_has_finished_it():
    phone = Phone()
    await phone.fail_to_register()
    assert await sweep(phone.up, now=phone.now + timedelta(days=1)) == 1
    first, _ = await phone.dial()
    assert first == [REGISTERED, "menu"]


async def test_a_message_on_another_door_begins_with_it_too():
    phone = Phone()
    await phone.fail_to_register()
    phone.now += LATER
    assert (await phone.write("STATUS"))[:2] == [REGISTERED, "status_one"]
    assert await phone.write("MENU") == ["menu"]


@pytest.mark.parametrize("late", [False, True])
async def test_a_message_while_a_turn_may_be_under_way_repeats_nothing(late):
    phone = Phone()
    await phone.write(f"DAFTAR {NIK}#{NAME}#PERAWAT")
    with pytest.raises(UnavailableError):
        await phone.write("YA", phone.down)
    phone.now += LATER - timedelta(seconds=not late)
    assert await phone.write("MENU") == [*[REGISTERED] * late, "menu"]


async def test_a_redelivered_yes_is_answered_and_nothing_is_told_again():
    phone = Phone()
    await phone.fail_to_register()
    assert await phone.hop("*".join(FORM)) == [REGISTERED]
    assert (await phone.dial())[0] == ["menu"]


async def test_a_yes_that_is_redelivered_after_the_sweep_is_told_once():
    phone = Phone()
    await phone.fail_to_register()
    await sweep(phone.up, now=phone.now + timedelta(days=1))
    assert await phone.hop("*".join(FORM)) == [REGISTERED]
    assert (await phone.dial())[0] == ["menu"]


async def test_an_answer_that_the_sweeper_sends_is_not_told_again():
    phone = Phone()
    await phone.write(f"DAFTAR {NIK}#{NAME}#PERAWAT")
    with pytest.raises(UnavailableError):
        await phone.write("YA", phone.down)
    await sweep(phone.up, now=phone.now + timedelta(days=1))
    assert await phone.write("MENU") == ["menu"]


@pytest.mark.parametrize(("completed", "missed"), [(False, [REGISTERED]), (True, [])])
async def test_a_hang_up_before_the_last_screen(completed, missed):
    phone = Phone()
    await phone.dial(*FORM)
    hung_up = HangUp(channel=Channel.USSD, address=PHONE, completed=completed)
    await phone.up.note(hung_up, at=phone.now)
    assert (await phone.dial())[0] == [*missed, "menu"]


async def test_a_hang_up_at_a_question_repeats_nothing_that_was_said_before():
    phone = Phone()
    await phone.dial("1", "1", "123")
    await phone.up.note(HangUp(channel=Channel.USSD, address=PHONE, completed=False), at=phone.now)
    assert (await phone.dial())[0] == ["resume"]


async def test_a_half_filled_form_is_offered_below_what_was_not_heard():
    phone = Phone()
    await phone.dial("2")
    session = phone.sessions.rows[PHONE.conversation].session
    assert not session.unheard
    await phone.fail_to_register()
    first, last = await phone.dial("1")
    assert (first, last) == ([REGISTERED, "menu"], ["ask_consent"])
