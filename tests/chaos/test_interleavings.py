"""Two messages at once, of one person or of two: every order their calls can fall in.

Each must give what one of the two serial runs gives. A property alone ("one record") is not
enough: it does not notice a compare-and-set that is gone.
"""

from datetime import timedelta
from itertools import product

import pytest

from core.conversation.message_ids import REDELIVERED_SECONDS
from core.messages import Channel, UssdSession
from tests.chaos import scenes
from tests.chaos.faults import step, stepped
from tests.chaos.house import House, take
from tests.chaos.scenes import FIRST_CODE, OTHER, WRONG_CODE, chat
from tests.scripts import NAME, NIK, START, inbound

STEPS = 9
CONFIRMING = chat(f"DAFTAR {NIK}#{NAME}#PERAWAT")
ASKED = chat("menu", "1", "1")
YES, THEIR_YES = inbound("YA", n=10), inbound("YA", n=10, address=OTHER)


def said(*messages):
    return lambda: scenes.after(House(), *messages)


def newest(text, *, at):
    """Return an answer by a gateway that sends the newest alone, and numbers no hops."""
    ussd = UssdSession("call", text, accumulates=False)
    moment = START + timedelta(seconds=at)
    return inbound(channel=Channel.USSD, message_id=f"call/{text}", at=moment, ussd=ussd)


CALL = [newest(text, at=10 * n) for n, text in enumerate(("", "1", "1", NIK, NAME, "2"))]

PAIRS = {
    "yes and change": (said(*CONFIRMING), YES, inbound("2", n=11)),
    "yes twice": (said(*CONFIRMING), YES, YES),
    "yes on two channels": (
        said(*CONFIRMING),
        YES,
        inbound("1", n=11, channel=Channel.WHATSAPP),
    ),
    "yes and stop": (said(*CONFIRMING), YES, inbound("STOP", n=11)),
    "two answers": (said(*ASKED), inbound(NIK, n=10), inbound("3204115706960002", n=11)),
    "answer and cancel": (said(*ASKED), inbound(NIK, n=10), inbound("BATAL", n=11)),
    "stop and start again": (
        scenes.stopping,
        scenes.STOP,
        inbound("MULAI", n=101, at=START + timedelta(seconds=10)),
    ),
    "two people": (scenes.both_about_to_register, YES, THEIR_YES),
    "book twice": (scenes.about_to_book, YES, YES),
    "book and stop": (scenes.about_to_book, YES, inbound("STOP", n=11)),
    "book the last seat": (scenes.both_about_to_book, YES, THEIR_YES),
    "take what is offered twice": (scenes.about_to_take, YES, inbound("1", n=11)),
    "take the last seat": (scenes.both_about_to_take, YES, THEIR_YES),
    "now and later": (scenes.verified, YES, inbound("2", n=11)),
    "cancel twice": (scenes.about_to_cancel, YES, inbound("YA", n=11)),
    "change and cancel": (scenes.about_to_change_and_to_cancel, YES, THEIR_YES),
    "mine and not mine": (scenes.claimed, YES, inbound("BUKAN SAYA", n=11)),
    "mine and another's": (scenes.claimed_and_another_comes, YES, THEIR_YES),
    "mine and taken over": (
        scenes.claimed_and_about_to_register,
        inbound("1", n=10),
        inbound("YA", n=11, channel=Channel.WHATSAPP),
    ),
    "superseded and cancelled": (
        scenes.relisted_and_the_other_comes,
        inbound("BATAL", n=11),
        THEIR_YES,
    ),
    "two phones, one form": (scenes.about_to_link, YES, THEIR_YES),
    "hold twice": (scenes.about_to_hold, YES, inbound("1", n=11)),
    "hold, and a new code": (scenes.about_to_hold, YES, scenes.page("KODE", n=12)),
    "link, and refuse": (scenes.about_to_link, YES, inbound("2", n=11)),
    "correct twice": (scenes.about_to_correct, YES, inbound("YA", n=11)),
    "own up, and another": (scenes.about_to_own_up, YES, inbound("TIDAK", n=11)),
    "withdraw twice": (scenes.about_to_withdraw, YES, inbound("1", n=11)),
    "withdraw and cancel": (scenes.about_to_withdraw, YES, inbound("BATAL", n=11)),
    "erase and stop it": (scenes.about_to_erase, YES, inbound("BATAL", n=11)),
    "move the phone, and withdraw": (scenes.about_to_move_and_to_withdraw, YES, THEIR_YES),
    "two codes": (
        scenes.about_to_prove,
        *chat(WRONG_CODE, FIRST_CODE, address=OTHER, n=10),
    ),
    "newest answer delivered twice": (
        said(*CALL),
        newest("1", at=60),
        newest("1", at=60 + REDELIVERED_SECONDS),
    ),
    "newest answer and another": (said(*CALL), newest("1", at=60), newest("2", at=61)),
}


def play(name, opened, order):
    """Run both messages, one call at a time, in `order`; return all that can be told apart.

    And return as much of the order as mattered: once one of the two is done, there is no choice.
    """
    house = House(opened)
    intake = house.intake(stepped)
    running = {who: take(intake, message) for who, message in enumerate(PAIRS[name][1:])}
    heard, chosen = {}, 0
    for who in (*order, *(0, 1) * 30):
        chosen += len(running) == 2
        if who in running:
            done, reply = step(running[who])
            if done:
                heard[who] = reply
                del running[who]
    assert not running
    return (heard, house.dump()), order[:chosen]


@pytest.mark.parametrize("name", PAIRS)
def test_together_is_the_same_as_one_after_the_other(name):
    opened, tried = PAIRS[name][0](), None
    serial = [play(name, opened, (who,) * 30)[0] for who in (0, 1)]
    for order in product((0, 1), repeat=STEPS):  # those that begin alike come one after another
        if tried is None or order[: len(tried)] != tried:
            outcome, tried = play(name, opened, order)
            assert outcome in serial, order
