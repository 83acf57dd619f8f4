"""Two messages of one person at once: every order their calls can fall in.

Each must give what one of the two serial runs gives. A property alone ("one record") is not
enough: it does not notice a compare-and-set that is gone.
"""

import asyncio
from datetime import timedelta
from itertools import product

import pytest

from core.conversation.message_ids import REDELIVERED_SECONDS
from core.messages import Channel, UssdSession
from tests.chaos.faults import step, stepped
from tests.chaos.house import House
from tests.scripts import NAME, NIK, START, inbound

STEPS = 9
CONFIRMING = [f"DAFTAR {NIK}#{NAME}#PERAWAT"]
ASKED = ["menu", "1", "1"]


def newest(text, *, at):
    """Return an answer by a gateway that sends the newest alone, and numbers no hops."""
    ussd = UssdSession("call", text, accumulates=False)
    moment = START + timedelta(seconds=at)
    return inbound(channel=Channel.USSD, message_id=f"call/{text}", at=moment, ussd=ussd)


CALL = [newest(text, at=10 * n) for n, text in enumerate(("", "1", "1", NIK, NAME, "2"))]

PAIRS = {
    "yes and change": (CONFIRMING, inbound("YA", n=10), inbound("2", n=11)),
    "yes twice": (CONFIRMING, inbound("YA", n=10), inbound("YA", n=10)),
    "yes on two channels": (
        CONFIRMING,
        inbound("YA", n=10),
        inbound("1", n=11, channel=Channel.WHATSAPP),
    ),
    "yes and stop": (CONFIRMING, inbound("YA", n=10), inbound("STOP", n=11)),
    "two answers": (ASKED, inbound(NIK, n=10), inbound("3204115706960002", n=11)),
    "answer and cancel": (ASKED, inbound(NIK, n=10), inbound("BATAL", n=11)),
    "newest answer delivered twice": (
        CALL,
        newest("1", at=60),
        newest("1", at=60 + REDELIVERED_SECONDS),
    ),
    "newest answer and another": (CALL, newest("1", at=60), newest("2", at=61)),
}


def play(name, order):
    """Run both messages, one call at a time, in `order`; return all that can be told apart."""
    opening, *pair = PAIRS[name]
    house = House()
    for n, word in enumerate(opening):
        message = inbound(word, n=n) if isinstance(word, str) else word
        asyncio.run(house.pipeline().handle(message))
    pipeline = house.pipeline(stepped)
    running = {who: pipeline.handle(message) for who, message in enumerate(pair)}
    heard = {}
    for who in (*order, *(0, 1) * 30):
        if who in running and (reply := step(running[who])) is not None:
            heard[who] = reply
            del running[who]
    return heard, asyncio.run(house.told())


SERIAL = {name: [play(name, (0,) * 30), play(name, (1,) * 30)] for name in PAIRS}


@pytest.mark.parametrize("name", PAIRS)
def test_together_is_the_same_as_one_after_the_other(name):
    for order in product((0, 1), repeat=STEPS):
        assert play(name, order) in SERIAL[name], order
