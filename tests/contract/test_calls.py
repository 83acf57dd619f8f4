"""What every USSD gateway gets, however it sends what was typed: in full, or the newest answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from msgspec.structs import replace

from channels.contract import ChannelAdapter, Request
from channels.ussd.africastalking import AfricasTalkingUssd
from core.conversation.message_ids import REDELIVERED_SECONDS
from core.messages import Channel
from tests.chaos.house import House
from tests.contract.channels import KEY, NAME, NIK, NOW, PHONE, WORDING, post, with_key
from tests.fixtures.newest_ussd import NewestUssd

WORDS = ("1", "1", NIK, NAME, "2", "1")  # menu, consent, NIK, name, profession, confirmation
TYPING_SECONDS = 10
NEWEST = NewestUssd(WORDING, (KEY,), "ID")


@dataclass(frozen=True)
class Gateway:
    """How a gateway asks for the screen after `words` in the USSD session `call`."""

    name: str
    channel: ChannelAdapter
    ask: Callable[[str, tuple[str, ...]], Request]


def all_of_it(call, words):
    fields = {"sessionId": call, "phoneNumber": PHONE, "text": "*".join(words)}
    return post("/ussd/africastalking", fields, query=with_key())


def newest(call, words, **more):
    answer = {"request": words[-1]} if words else {}
    query = with_key({"msisdn": PHONE, "session": call} | answer | more)
    return Request(method="GET", path="/ussd/newest", query=query, received_at=NOW)


def numbered(call, words):
    return newest(call, words, hop=f"{len(words)}")


UNNUMBERED = Gateway("newest answer", NEWEST, newest)
NUMBERED = Gateway("newest answer, hops numbered", NEWEST, numbered)
GATEWAYS = (
    Gateway("all of it", AfricasTalkingUssd(WORDING, (KEY,), "ID"), all_of_it),
    UNNUMBERED,
    NUMBERED,
)
every_gateway = pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda gateway: gateway.name)


class Phone:
    """Dials and types; `keys` are the prompts of the last screen."""

    def __init__(self, gateway):
        self.house, self.gateway, self.now = House(), gateway, NOW
        self.calls, self.words, self.keys = 0, (), []

    async def dial(self, call=""):
        self.calls += 1
        self.call, self.words = call or f"call-{self.calls}", ()
        return await self.hop()

    async def key(self, *words):
        for word in words:
            self.words = (*self.words, word)
            screen = await self.hop()
        return screen

    async def hop(self, *, after=TYPING_SECONDS):
        """Have the gateway ask for the screen, `after` seconds since it last did."""
        self.now += timedelta(seconds=after)
        request = replace(self.gateway.ask(self.call, self.words), received_at=self.now)
        (message,) = self.gateway.channel.parse(request)
        reply = await self.house.intake().answer(message)
        self.keys = [prompt.key for prompt in reply.prompts]
        return self.gateway.channel.answer(request, reply)


@every_gateway
async def test_the_same_answer_twice_in_one_call_is_two_messages(gateway):
    phone = Phone(gateway)
    first = await phone.dial()
    assert phone.keys == ["menu"]
    second = await phone.key("1")
    assert phone.keys == ["ask_consent"]
    third = await phone.key("1")
    assert phone.keys == ["ask_nik"]
    assert len({first, second, third}) == 3


@every_gateway
async def test_a_dial_opens(gateway):
    phone = Phone(gateway)
    await phone.dial()
    await phone.key("1", "1", NIK)
    phone.now += timedelta(minutes=5)
    await phone.dial()
    assert phone.keys == ["resume"]
    await phone.key("1")
    assert phone.keys == ["ask_full_name"]


@every_gateway
async def test_a_call_registers_once_though_every_hop_is_delivered_twice(gateway):
    phone = Phone(gateway)
    await phone.dial()
    for word in WORDS:
        screen = await phone.key(word)
        assert await phone.hop(after=REDELIVERED_SECONDS) == screen
    assert phone.keys == ["registered"]
    queued = phone.house.stores.rows("outbox")
    assert [Channel.SMS.value in row for row in queued] == [True]


@every_gateway
async def test_a_redelivered_dial_gets_the_same_screen(gateway):
    phone = Phone(gateway)
    menu = await phone.dial()
    assert await phone.hop(after=REDELIVERED_SECONDS) == menu


@pytest.mark.parametrize(
    ("seconds", "heard"),
    [(REDELIVERED_SECONDS, "ask_consent"), (REDELIVERED_SECONDS + 1, "ask_nik")],
)
async def test_without_a_number_an_equal_answer_is_a_redelivery_for_so_long(seconds, heard):
    phone = Phone(UNNUMBERED)
    await phone.dial()
    await phone.key("1")
    await phone.hop(after=seconds)
    assert phone.keys == [heard]


async def test_a_redelivery_is_known_from_its_first_delivery_and_not_for_ever():
    phone = Phone(UNNUMBERED)
    await phone.dial()
    await phone.key("1")
    await phone.hop(after=REDELIVERED_SECONDS)
    assert phone.keys == ["ask_consent"]
    await phone.hop(after=1)
    assert phone.keys == ["ask_nik"]


async def test_a_numbered_hop_is_a_redelivery_however_late():
    phone = Phone(NUMBERED)
    await phone.dial()
    screen = await phone.key("1")
    assert await phone.hop(after=3_600) == screen


@pytest.mark.parametrize("gateway", [UNNUMBERED, NUMBERED], ids=lambda gateway: gateway.name)
async def test_an_answer_in_a_call_that_we_forgot_is_taken_for_no_other(gateway):
    phone = Phone(gateway)
    await phone.dial()
    await phone.key("1")
    phone.house.sessions.rows.clear()
    await phone.key("1")  # to the question about consent, which nobody remembers
    assert phone.keys == ["menu"]
    await phone.key("1")
    assert phone.keys == ["ask_consent"]


async def test_a_dial_opens_also_where_the_gateway_names_no_calls():
    phone = Phone(UNNUMBERED)
    await phone.dial("one-and-only")
    await phone.key("1", "1", NIK)
    await phone.dial("one-and-only")
    assert phone.keys == ["resume"]


@pytest.mark.parametrize("gateway", [UNNUMBERED, NUMBERED], ids=lambda gateway: gateway.name)
async def test_an_empty_answer_asks_the_same_again(gateway):
    phone = Phone(gateway)
    await phone.dial()
    await phone.key("1", "1", "")
    assert phone.keys == ["ask_nik"]
