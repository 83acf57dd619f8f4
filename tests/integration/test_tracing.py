"""One `trace_id` leads through the log: a turn that failed, and the sending of what it owed."""

import pytest

from channels.contract import Refusal, Refused
from core.messages import Channel
from gateway.runtime.clock import utc_now
from gateway.sending.delivery import Route
from gateway.sending.sender import Sender
from tests.integration.test_webhook import Broken, House
from tests.scripts import PHONE


async def refuse(_claimed):
    return Refused("code_300", Refusal.NOBODY)


async def crash(_claimed):
    raise ZeroDivisionError


def fail_to_queue(house):
    house.outbox = Broken(house.outbox, "put", ZeroDivisionError())


@pytest.mark.parametrize(
    ("send", "event"),
    [(refuse, "a message is given up"), (crash, "a message could not be sent")],
)
async def test_a_turn_that_failed_and_the_sending_of_its_answer_have_one_trace(
    send, event, logged
):
    house = House(in_band=False, break_=fail_to_queue)
    assert (await house.post(b"whatsapp halo")).status == 503
    house.outbox._method = ""
    assert (await house.post(b"whatsapp halo")).status == 200
    routes = {Channel.WHATSAPP: [Route("test", send)]}
    await Sender(house.outbox, routes, metrics=house.metrics, clock=utc_now).send_due()
    failed, *sent = logged()
    assert failed["event"] == "a request failed"
    assert event in [line["event"] for line in sent]
    assert {line["trace_id"] for line in sent} == {failed["trace_id"]}
    assert PHONE.value not in str(logged())


async def test_a_request_does_not_take_over_the_trace_of_the_one_before(logged):
    house = House()
    await house.post(b"sms halo")
    assert (await house.post(b"crash")).status == 503
    (line,) = logged()
    assert "trace_id" not in line
