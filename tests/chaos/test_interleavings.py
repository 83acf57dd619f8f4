"""Two messages of one person at once: every order their calls can fall in.

Each must give what one of the two serial runs gives. A property alone ("one record") is not
enough: it does not notice a compare-and-set that is gone.
"""

import asyncio
from itertools import product

import pytest

from core.messages import Channel
from tests.chaos.faults import step, stepped
from tests.chaos.house import House
from tests.scripts import NAME, NIK, inbound

STEPS = 9
CONFIRMING = [f"DAFTAR {NIK}#{NAME}#PERAWAT"]
ASKED = ["menu", "1", "1"]

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
}


def play(name, order):
    """Run both messages, one call at a time, in `order`; return all that can be told apart."""
    opening, *pair = PAIRS[name]
    house = House()
    for n, word in enumerate(opening):
        asyncio.run(house.pipeline().handle(inbound(word, n=n)))
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
