"""Turns are kept while somebody watches; what befalls a message changes no answer."""

from datetime import UTC, datetime

import pytest

from core.database.in_memory import InMemoryDatabase
from core.database.unavailable import UnavailableError
from core.messages import Address, AddressKind, Channel, Inbound
from core.registration.terms import Terms
from core.turns.memory_sessions import MemorySessions
from core.turns.perform import EffectRunner
from gateway.simulator.faults import Faults
from gateway.simulator.turns import TURNS_MAX, SimulatedPipeline, Turns
from tests.scripts import CAMPAIGN
from tests.stories.world import spoken

AT = datetime(2021, 1, 20, 9, 0, tzinfo=UTC)


def say(text, n=1, phone="+6281211110001"):
    return Inbound(
        channel=Channel.SMS,
        provider="twilio",
        address=Address(AddressKind.PHONE, phone),
        message_id=f"SM{phone}{n}",
        received_at=AT,
        text=text,
    )


@pytest.fixture
def turns():
    return Turns()


@pytest.fixture
def faults():
    return Faults()


@pytest.fixture
def pipeline(turns, faults):
    terms = Terms(CAMPAIGN.limits, CAMPAIGN.doses, places=CAMPAIGN.places)
    effects = EffectRunner(
        database=InMemoryDatabase(), terms=terms, draw_below=lambda below: below - 1
    )
    given = (MemorySessions(), effects, spoken("id").conversation)
    return SimulatedPipeline(turns, faults, *given, watch=lambda _: None)


def newest(turns, phone="+6281211110001"):
    turn = turns.newest(frozenset({f"phone:{phone}"}))
    return turn and turn.shown()


async def test_nothing_is_kept_while_nobody_watches(pipeline, turns):
    await pipeline.handle(say("DAFTAR"))
    turns.watchers += 1
    assert newest(turns) is None


async def test_a_turn_tells_what_came_and_what_became_of_it(pipeline, turns):
    turns.watchers += 1
    await pipeline.handle(say("DAFTAR 3204115706960001#SITI AMINAH#PERAWAT"))
    await pipeline.handle(say("YA", 2))
    assert newest(turns) == {
        "inbound": {"channel": "sms", "provider": "twilio", "text": "YA"},
        "prompts": ["registered"],
        "pending": ["Register"],
        "outcome": ["confirming", "registered"],
    }
    assert newest(turns, "+6281211110009") is None


async def test_only_the_newest_are_kept(pipeline, turns):
    turns.watchers += 1
    for n in range(TURNS_MAX + 1):
        await pipeline.handle(say("halo", phone=f"+62812111{n:05d}"))
    assert newest(turns, "+6281211100000") is None
    assert newest(turns, "+6281211100001") is not None


@pytest.mark.parametrize("kind", ["twice", "late"])
async def test_a_message_that_comes_late_or_twice_has_the_same_answer(kind, pipeline, faults):
    plain = await pipeline.handle(say("DAFTAR"))
    faults.once[kind] = 0
    assert await pipeline.handle(say("DAFTAR", phone="+6281211110002")) == plain
    assert faults.left() == {}


async def test_a_lost_answer_is_given_when_the_message_comes_again(pipeline, faults):
    faults.begin("lost", 1)
    with pytest.raises(UnavailableError):
        await pipeline.handle(say("DAFTAR"))
    again = await pipeline.handle(say("DAFTAR"))
    assert again == await pipeline.handle(say("DAFTAR"))
    assert [prompt.key for prompt in again.prompts] == ["ask_consent"]
