"""Messages to nowhere: kept, or refused as providers do."""

from datetime import UTC, datetime

import pytest

from channels.contract import Refusal, Sent
from core.messages import Address, AddressKind, Channel, Reply
from core.outbox.message import Claimed, Outgoing
from gateway.sending.delivery import Route
from gateway.simulator.carrier import FAILS, simulated_routes
from gateway.simulator.faults import SECONDS_MAX, Faults

AT = datetime(2021, 1, 20, 9, 0, tzinfo=UTC)
MESSAGE = Outgoing(
    key="k",
    channel=Channel.SMS,
    address=Address(AddressKind.PHONE, "+6281211110001"),
    reply=Reply((), "id"),
    created_at=AT,
)


async def send(routes, channel="sms"):
    return await routes[channel][0].send(Claimed(id="1", message=MESSAGE, attempts=1, tried_at=AT))


@pytest.mark.parametrize(
    ("kind", "means"),
    [("busy", Refusal.LATER), ("silent", Refusal.UNSURE), ("nobody", Refusal.NOBODY)],
)
async def test_the_next_message_fails_as_told_and_only_that(kind, means):
    faults = Faults()
    routes = simulated_routes({}, faults)
    faults.begin(kind, 1)
    assert (await send(routes)).means is means
    assert await send(routes) == Sent("k")


def test_a_channel_with_an_account_is_left_alone():
    theirs = Route("twilio", send)
    routes = simulated_routes({"sms": [theirs], "whatsapp": [], "sms+62811": [theirs]}, Faults())
    assert routes["sms"] == routes["sms+62811"] == [theirs]
    assert routes["whatsapp"][0].provider == routes["email"][0].provider == "dev"


def test_every_failure_can_be_asked_for():
    assert FAILS.keys() <= SECONDS_MAX.keys()
