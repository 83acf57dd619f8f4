"""What every USSD gateway gets, however it sends what was typed: in full, or the newest answer."""

import json
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
from tests.fixtures.ussd_gateways import mapped

WORDS = ("1", "1", NIK, NAME, "2", "1")  # menu, consent, NIK, name, profession, confirmation
TYPING_SECONDS = 10


@dataclass(frozen=True)
class Gateway:
    """How a gateway asks for the screen after `words` in the USSD session `call`."""

    name: str
    channel: ChannelAdapter
    ask: Callable[[str, tuple[str, ...]], Request]


def all_of_it(call, words):
    fields = {"sessionId": call, "phoneNumber": PHONE, "text": "*".join(words)}
    return post("/ussd/africastalking", fields, query=with_key())


def aat(call, words):
    answer = {"request": words[-1], "to_addr": "119"} if words else {"request": "*119#"}
    query = with_key({"msisdn": PHONE, "ussdSessionId": call} | answer)
    return Request(method="GET", path="/ussd/aat", query=query, received_at=NOW)


def truroute(call, words):
    kind, said = ("2", words[-1]) if words else ("1", "*119#")
    body = f"<ussd><msisdn>{PHONE[1:]}</msisdn><sessionid>{call}</sessionid>"
    body += f"<type>{kind}</type><msg>{said}</msg></ussd>"
    where = {"method": "POST", "path": "/ussd/truroute", "query": with_key()}
    return Request(**where, body=body.encode(), received_at=NOW)


def hollatags(call, words):
    kind, said = ("continue", words[-1]) if words else ("begin", "*119#")
    fields = {"session_msisdn": PHONE[1:], "session_id": call, "session_operation": kind}
    query = with_key(fields | {"session_msg": said})
    return Request(method="GET", path="/ussd/hollatags", query=query, received_at=NOW)


def numbered_json(call, words):
    said = {"msisdn": int(PHONE[1:]), "call": call, "hop": len(words), "first": not words}
    body = json.dumps({"ussd": said | {"input": words[-1] if words else ""}}).encode()
    where = {"method": "POST", "path": "/ussd/hollatags", "query": with_key()}
    return Request(**where, body=body, received_at=NOW)


def in_full(call, words):
    fields = {"MSISDN": PHONE, "SESSIONID": call, "INPUT": "*".join(("*119", *words)) + "#"}
    return post("/ussd/truroute", fields, query=with_key())


NUMBERED_JSON = {
    "methods": ["POST"],
    "phone": "json:/ussd/msisdn",
    "session": "json:/ussd/call",
    "hop": "json:/ussd/hop",
    "typed": "json:/ussd/input",
    "kind": "json:/ussd/first",
    "begin": ["true"],
    "continues": ["false"],
    "end": [],
}
IN_FULL = {
    "phone": "form:MSISDN",
    "session": "form:SESSIONID",
    "typed": "form:INPUT",
    "history": True,
    "kind": None,
    "begin": [],
    "continues": [],
    "end": [],
}
UNNUMBERED = Gateway("Hollatags", mapped("hollatags", KEY), hollatags)
NUMBERED = Gateway("JSON, numbered", mapped("hollatags", KEY, **NUMBERED_JSON), numbered_json)
GATEWAYS = (
    Gateway("all of it", AfricasTalkingUssd(WORDING, (KEY,), "ID"), all_of_it),
    Gateway("all of it, with the code", mapped("truroute", KEY, **IN_FULL), in_full),
    Gateway("AAT", mapped("aat", KEY), aat),
    Gateway("TruRoute", mapped("truroute", KEY), truroute),
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
