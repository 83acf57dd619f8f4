"""Crash at every single call to the outside, deliver again, and compare with a calm run."""

import asyncio
from datetime import timedelta

import pytest

from core.conversation.session import Session
from core.messages import AddressKind, Channel, UssdSession
from core.turns.sessions import Saved
from tests.chaos.faults import CrashError, Faults
from tests.chaos.house import House
from tests.scripts import MAILBOX, NAME, NIK, PHONE, START, inbound


def ussd(*words):
    """Return the hops of one call in which `words` are typed."""
    typed = ["*".join(words[:count]) for count in range(len(words) + 1)]
    return [
        inbound(channel=Channel.USSD, message_id=f"call/{text}", ussd=UssdSession("call", text))
        for text in typed
    ]


def newest(*words):
    """Return the same by a gateway that sends the newest answer alone, and numbers no hops."""
    return [
        inbound(
            channel=Channel.USSD,
            message_id=f"call/{text}",
            at=START + timedelta(seconds=10 * n),
            opens=n == 0,
            ussd=UssdSession("call", text, accumulates=False),
        )
        for n, text in enumerate(("", *words))
    ]


def chat(*words, channel=Channel.SMS):
    return [inbound(word, n=n, channel=channel) for n, word in enumerate(words)]


LETTER = inbound(
    channel=Channel.EMAIL,
    address=MAILBOX,
    confirms=True,
    answers={"nik": NIK, "full_name": NAME, "profession": "2", "phone": PHONE.value},
)
SCRIPTS = {
    "ussd": ussd("1", "1", NIK, NAME, "2", "1"),
    "newest answer": newest("1", "1", NIK, NAME, "2", "1"),
    "one message": chat(f"DAFTAR {NIK}#{NAME}#PERAWAT", "YA"),
    "twice": chat(f"REG {NIK}#{NAME}#2", "1", f"REG {NIK}#{NAME}#3", "1", "STATUS"),
    "letter": [LETTER],
    "opt out and in": chat("STOP", "MULAI", "STATUS"),
}


async def play(script, faults):
    """Return all that was heard, all that is on record, and what is owed."""
    house, heard = House(), []
    pipeline = house.pipeline(faults.wrap)
    for message in script:
        try:
            heard.append(await pipeline.handle(message))
        except CrashError:
            heard.append(await pipeline.handle(message))  # the provider delivers it again
    return heard, await house.told()


def calls(script):
    faults = Faults()
    calm = asyncio.run(play(script, faults))
    return faults.calls, calm


CALM = {name: calls(script) for name, script in SCRIPTS.items()}
POINTS = [
    (name, at, before)
    for name, (count, _) in CALM.items()
    for at in range(1, count + 1)
    for before in (True, False)
]


@pytest.mark.parametrize(("name", "at", "before"), POINTS)
async def test_a_crash_changes_nothing(name, at, before):
    assert await play(SCRIPTS[name], Faults(at, before=before)) == CALM[name][1]


@pytest.mark.parametrize(("name", "at", "before"), POINTS)
async def test_the_sweeper_finishes_what_nobody_asks_for_again(name, at, before):
    house = House()
    pipeline = house.pipeline(Faults(at, before=before).wrap)
    try:
        for message in SCRIPTS[name]:
            await pipeline.handle(message)
    except CrashError:
        await house.sweep()
    sessions = [await house.sessions.load(a.conversation) for a in (PHONE, MAILBOX)]
    assert all(saved.session.pending is None for saved in sessions)


async def test_an_intent_decided_is_recorded_even_if_the_message_never_comes_again():
    house = House()
    crashing = house.pipeline(Faults(at=3, before=True).wrap)  # after decide, before do
    with pytest.raises(CrashError):
        await crashing.handle(LETTER)
    (finished,) = await house.sweep()
    assert finished.intent.address.kind is AddressKind.EMAIL
    assert [prompt.key for prompt in finished.reply.prompts][1] == "registered"
    assert await house.pipeline().handle(LETTER) == finished.reply


async def test_what_is_pending_and_can_no_longer_be_read_is_not_swept_for_ever():
    house = House()
    house.sessions.rows[PHONE.conversation] = Saved(Session(), 3)  # as an unreadable one is read
    assert await house.pipeline().finish(PHONE.conversation) is None
    assert house.sessions.rows[PHONE.conversation].version == 4  # written again: it may expire
