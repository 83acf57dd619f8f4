"""What is certain about a USSD message whose turn was cut off, from what is saved."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from core.conversation.cut_off import LATE, recall
from core.conversation.engine import Conversation
from core.conversation.message_ids import REDELIVERED_SECONDS
from core.conversation.session import Session
from core.messages import Channel, UssdSession
from core.registration.requests import Register
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, NAME, NIK, START, inbound

CONVERSATION = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)
WORDS = ("", "1", "1", NIK, NAME, "2", "1")


def hop(count, call="call", *, newest=False, seconds=0):
    typed = WORDS[count] if newest else "*".join(WORDS[1 : count + 1])
    return inbound(
        channel=Channel.USSD,
        message_id=f"{call}/{WORDS[count]}" if newest else f"{call}/{typed}",
        at=START + timedelta(seconds=10 * count + seconds),
        opens=count == 0 if newest else None,
        ussd=UssdSession(call, typed, accumulates=not newest),
    )


def after(count, *, newest=False):
    session = Session()
    for hops in range(count + 1):
        session = CONVERSATION.advance(session, hop(hops, newest=newest)).session
    return session


def said(recalled):
    return [prompt.key for prompt in recalled.reply.prompts]


@pytest.mark.parametrize("newest", [False, True])
def test_a_message_that_was_answered_has_its_answer(newest):
    session = after(3, newest=newest)
    assert said(recall(session, hop(3, newest=newest))) == ["ask_full_name"]
    again = hop(3, newest=newest, seconds=REDELIVERED_SECONDS)
    assert said(recall(session, again)) == ["ask_full_name"]


def test_of_a_message_that_was_not_saved_nothing_is_certain():
    assert recall(after(3), hop(4)) is None
    assert recall(Session(), hop(0)) is None


@pytest.mark.parametrize("newest", [False, True])
def test_while_a_registration_is_pending_its_outcome_follows_by_sms(newest):
    session = after(6, newest=newest)
    assert isinstance(session.pending, Register)
    for message in (hop(6, newest=newest), hop(0, "next call", newest=newest)):
        recalled = recall(session, message)
        assert (said(recalled), recalled.reply.ends) == ([LATE], True)
        assert recalled.promised is session.pending


def test_an_earlier_screen_of_the_call_is_still_itself():
    assert said(recall(after(6), hop(1))) == ["ask_consent"]


def test_it_is_said_in_the_language_of_the_person():
    session = replace(after(6), language="en")
    assert recall(session, hop(6)).reply.language == "en"


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP, Channel.EMAIL])
def test_a_registration_that_came_otherwise_is_not_answered_by_sms(channel):
    session = after(6)
    intent = session.pending.intent.model_copy(update={"channel": channel})
    session = replace(session, pending=Register(intent))
    assert recall(session, hop(6)) is None
