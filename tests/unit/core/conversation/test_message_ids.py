"""Two equal answers in one USSD session: one message redelivered, or two."""

from datetime import timedelta

import pytest

from core.conversation.message_ids import REDELIVERED_SECONDS, digest, identify
from core.conversation.session import RememberedReply
from core.messages import Channel, Reply, UssdSession
from tests.scripts import START, inbound

AT = int(START.timestamp())


def answer(seconds=0, *, accumulates=False, hop=""):
    return inbound(
        channel=Channel.USSD,
        message_id="call/1",
        at=START + timedelta(seconds=seconds),
        ussd=UssdSession("call", "1", accumulates=accumulates, hop=hop),
    )


def said(*messages):
    return [RememberedReply(digest(one.message_id), AT, Reply((), "id")) for one in messages]


@pytest.mark.parametrize("seconds", range(-REDELIVERED_SECONDS - 1, REDELIVERED_SECONDS + 2))
def test_an_equal_answer_within_the_bound_is_the_same_whichever_came_first(seconds):
    first = identify(answer(), [])
    second = identify(answer(seconds), said(first))
    same = abs(seconds) <= REDELIVERED_SECONDS
    assert (second.message_id == first.message_id) == same


def test_of_two_that_it_may_be_it_is_the_nearer_and_first_of_all_itself():
    early = identify(answer(), [])
    late = identify(answer(REDELIVERED_SECONDS + 1), said(early))
    assert early.message_id != late.message_id
    for message, own in (
        (answer(1), early),
        (answer(REDELIVERED_SECONDS), late),
        (answer(), early),
    ):
        assert identify(message, said(early, late)).message_id == own.message_id


@pytest.mark.parametrize("more", [{"accumulates": True}, {"hop": "2"}])
def test_an_id_that_tells_hops_apart_stays_as_it_is(more):
    message = answer(**more)
    assert identify(message, []) is message


def test_a_message_that_is_no_ussd_stays_as_it_is():
    message = inbound("1")
    assert identify(message, []) is message
