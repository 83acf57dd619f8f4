"""Crash or stall at every single call to the outside, deliver again, compare with a calm run."""

import asyncio
from datetime import timedelta
from itertools import product

import pytest

from core.conversation.session import Session
from core.messages import AddressKind, Channel, UssdSession
from core.turns.sessions import Saved
from tests.chaos.faults import CrashError, Faults, Stall, step
from tests.chaos.house import House, take
from tests.chaos.scenes import (
    FIRST_CODE,
    NUMBER,
    OTHER,
    OTHER_NAME,
    PLACES,
    SHOWN_FIRST,
    SLIPPED,
    WRONG_CODE,
    about_to_book,
    about_to_take,
    booked,
    chat,
    claimed,
    half_filled,
    invited,
    invited_too_late,
    nothing,
    open_clinic,
    page,
    relisted,
    too_late,
    ussd,
    verified,
)
from tests.scripts import HEALTHY, MAILBOX, NAME, NIK, PHONE, START, inbound


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


OWED = {"outbox": (), "tallies": ()}  # the sweeper answers, and counts its answer, later
LETTER = inbound(
    channel=Channel.EMAIL,
    address=MAILBOX,
    confirms=True,
    answers={"nik": NIK, "full_name": NAME, "profession": "2", "phone": PHONE.value},
)
APPEAL = inbound(f"banding {NUMBER}", channel=Channel.EMAIL, address=MAILBOX, confirms=True, n=950)
SOON, AFTERWARDS = START + timedelta(seconds=10), START + timedelta(days=6)
SCRIPTS = {
    "ussd": (nothing, ussd("1", "1", NIK, NAME, "2", "1")),
    "newest answer": (nothing, newest("1", "1", NIK, NAME, "2", "1")),
    "one message": (nothing, chat(f"DAFTAR {NIK}#{NAME}#PERAWAT", "YA")),
    "claimed, and taken over": (claimed, chat(f"DAFTAR {NIK}#{NAME}#PERAWAT", "YA", "STATUS")),
    "claimed, and superseded": (
        claimed,
        chat(f"DAFTAR {NIK}#{OTHER_NAME}#PERAWAT", "YA", "STATUS", address=OTHER),
    ),
    "superseded, with a seat": (
        relisted,
        chat(f"DAFTAR {NIK}#{OTHER_NAME}#PERAWAT", "YA", "STATUS", address=OTHER),
    ),
    "mine": (claimed, chat("YA", "STATUS")),
    "not mine": (claimed, chat("BUKAN SAYA", "STATUS")),
    "invited": (invited, chat("YA", "STATUS")),
    "invited, too late": (invited_too_late, chat("YA", "1", "STATUS")),
    "twice": (
        nothing,
        chat(f"REG {NIK}#{NAME}#2", "1", f"REG {NIK}#{NAME}#3", "1", "STATUS"),
    ),
    "letter": (nothing, [LETTER]),
    "opt out and in": (nothing, [*chat("STOP"), *chat("MULAI", "STATUS", n=1, at=SOON)]),
    "register and book": (
        open_clinic,
        chat(f"DAFTAR {NIK}#{NAME}#PERAWAT", "YA", "1", HEALTHY, "1"),
    ),
    "another time than is offered": (about_to_take, chat("2", "1", "2", "YA")),
    "a doctor's word": (verified, chat("1", "4 5", "JADWAL")),
    "book": (verified, chat("JADWAL", *PLACES, "1", "1", "1", "YA")),
    "book on a chat": (about_to_book, chat("YA", "1", "YA", channel=Channel.WHATSAPP)),
    "book another's seat": (too_late, chat("YA", "1", "YA")),
    "book what comes free": (
        too_late,
        [*chat("YA"), *chat("JADWAL", "2", "YA", address=OTHER), *chat("STATUS", n=1)],
    ),
    "change": (booked, chat("JADWAL", "1", "1", "1", "1", "YA")),
    "cancel": (booked, chat("JADWAL", "2", "YA", "STATUS")),
    "attend": (booked, chat("JADWAL", "1", "STATUS", at=AFTERWARDS)),
    "correct": (verified, chat("UBAH", "2", "bidan", "YA", "STATUS")),
    "own nik": (verified, chat(f"DAFTAR {SLIPPED}#{NAME}#PERAWAT", "YA", "YA", "STATUS")),
    "new phone": (
        verified,
        chat(f"UBAH {NUMBER}", FIRST_CODE, "3", "YA", "STATUS", address=OTHER),
    ),
    "withdraw": (booked, chat("HAPUS", "1", "YA", "STATUS")),
    "erase, and not": (booked, chat("HAPUS", "2", "YA", "SIAPA", "BATAL", "STATUS")),
    "lost phone": (
        verified,
        chat(f"DAFTAR {NIK}#{NAME}#PERAWAT", "YA", "3", "STATUS", address=OTHER),
    ),
    "appeal": (nothing, [APPEAL]),
    "a form from the web, in between": (
        half_filled,
        chat(f"KODE {WRONG_CODE}99", f"KODE {SHOWN_FIRST}", "1", "2", "YA", n=1),
    ),
    "a confirmed form from the web": (
        nothing,
        [
            page(confirms=True, answers=dict(LETTER.answers)),
            *chat(f"KODE {SHOWN_FIRST}", "1", "STATUS", n=1),
        ],
    ),
    "a link": (nothing, chat("DAFTAR", "1", "WEB", NIK)),
    "code": (verified, chat("STATUS", NUMBER, WRONG_CODE, FIRST_CODE, address=OTHER)),
}


async def play(name, faults, *, sweeps=False):
    """Return all that was heard and all that is kept; what crashes is delivered again."""
    scene, script = SCRIPTS[name]
    house, heard = House(scene()), []
    intake = house.intake(faults.wrap)
    for message in script:
        try:
            heard.append(await take(intake, message))
        except CrashError:
            if sweeps:
                await sweep(house)
            heard.append(await take(intake, message))
    return heard, house.dump()


async def sweep(house):
    await house.sweep()
    assert all(saved.session.pending is None for saved in house.sessions.rows.values())


def calls(name):
    faults = Faults()
    calm = asyncio.run(play(name, faults))
    return faults.calls, calm


CALM = {name: calls(name) for name in SCRIPTS}
each_script = pytest.mark.parametrize("name", SCRIPTS)


def points(name):
    """Yield every call of the script, and whether it crashes before or after its effect."""
    count, _ = CALM[name]
    assert count
    return product(range(1, count + 1), (True, False))


@each_script
async def test_a_crash_changes_nothing(name):
    for at, before in points(name):
        played = await play(name, Faults(at, before=before))
        assert played == CALM[name][1], (at, before)


@each_script
async def test_the_sweeper_finishes_what_nobody_asks_for_again(name):
    """And who asks after all hears the same, and finds the same, but for what the sweeper owes."""
    calm_heard, calm = CALM[name][1]
    for at, before in points(name):
        heard, dump = await play(name, Faults(at, before=before), sweeps=True)
        assert heard == calm_heard, (at, before)
        assert {**dump, **OWED} == {**calm, **OWED}, (at, before)


@each_script
def test_a_worker_that_wakes_up_when_all_is_over_changes_nothing(name):
    for at in {at for at, _ in points(name)}:
        check_stalled_before(name, at)


def check_stalled_before(name, at):
    """It stalled before its call `at`; its message was delivered again, and the rest came."""
    scene, script = SCRIPTS[name]
    house, heard, late, place = House(scene()), [], None, 0
    intake, stalling = house.intake(), house.intake(Stall(at).wrap)
    for message in script:
        running = take(intake if late else stalling, message)
        done, reply = step(running)
        if not done:
            late, place = running, len(heard)
            done, reply = step(take(intake, message))
        heard.append(reply)
    done, reply = step(late)
    assert done
    assert (heard, house.dump()) == CALM[name][1], at
    assert reply == heard[place] or reply.prompts[0].key == "said_before", at


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("register and book", "booked"),
        ("another time than is offered", "booked"),
        ("a doctor's word", "screening_waits"),
        ("book", "booked"),
        ("book another's seat", "booked"),
        ("change", "booking_changed"),
        ("mine", "status_one"),
        ("not mine", "status_none"),
        ("claimed, and taken over", "status_one"),
        ("superseded, with a seat", "status_one"),
        ("code", "status_one"),
        ("correct", "status_one"),
        ("own nik", "status_one"),
        ("new phone", "status_one"),
        ("withdraw", "next_withdrawn"),
        ("erase, and not", "status_appointment"),
        ("lost phone", "review_case"),
    ],
)
def test_the_scripts_come_to_what_they_are_about(name, heard):
    replies, _ = CALM[name][1]
    assert heard in [prompt.key for prompt in replies[-1].prompts]


async def test_an_intent_decided_is_recorded_even_if_the_message_never_comes_again():
    house = House()
    crashing = house.intake(Faults(at=3, before=True).wrap)  # after decide, before do
    with pytest.raises(CrashError):
        await take(crashing, LETTER)
    assert await house.sweep() == 1
    notice, queued = house.dump()["outbox"]
    assert AddressKind.EMAIL in queued
    assert '["received"' in str(queued)
    assert '["notice"' in str(notice)
    await take(house.intake(), LETTER)
    assert house.dump()["outbox"] == [notice, queued]


async def test_what_is_pending_and_can_no_longer_be_read_is_not_swept_for_ever():
    house = House()
    house.sessions.rows[PHONE.conversation] = Saved(Session(), 3)  # as an unreadable one is read
    assert await house.intake().pipeline.finish(PHONE.conversation) is None
    assert house.sessions.rows[PHONE.conversation].version == 4  # written again: it may expire
