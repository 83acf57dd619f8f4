"""One message has one trace, whoever asks for it: its turn, or the sender of what it owes."""

import asyncio
import re

import pytest

from core.conversation.message_ids import intent_id
from core.messages import Inbound, Prompt, Reply
from core.outbox.answers import answer_to
from gateway.runtime import logs
from gateway.runtime.tracing import TRACE_CHARACTERS, follow, trace_id
from tests.scripts import PHONE, START

INBOUND = Inbound(
    channel="sms", provider="test", address=PHONE, message_id="SM/1", received_at=START, text="YA"
)
ID = intent_id(PHONE.conversation, "SM/1")


@pytest.fixture(autouse=True)
def _nothing_followed():
    yield
    follow(None)


def traced(about):
    follow(about)
    return trace_id()


def test_an_intent_an_answer_and_what_follows_from_them_have_the_trace_of_their_message():
    answer = answer_to(INBOUND, Reply((Prompt("menu"),), "id"), at=START, thread={})
    owed = (answer.key, ID, f"{ID}/confirmation", f"{ID}/ticket/phone")
    assert {traced(key) for key in owed} == {traced(INBOUND)}
    assert traced(f"{intent_id(PHONE.conversation, 'SM/2')}/ticket") != traced(INBOUND)


@pytest.mark.parametrize("key", ["", "x", "g" * 32, "0" * 31, "reminder/4711/day", "\udce9"])
def test_any_other_key_has_a_trace_of_its_own(key):
    assert re.fullmatch(rf"[b-z]{{{TRACE_CHARACTERS}}}", traced(key))


def test_a_trace_cannot_look_like_a_personal_number(logged):
    for number in range(200):
        follow(f"{number}")
        logs.log.warning("said")
    assert all(re.fullmatch("[b-z]{12}", line["trace_id"]) for line in logged())


def test_a_line_about_no_message_has_no_trace(logged):
    follow(None)
    logs.log.warning("said")
    assert "trace_id" not in logged()[0]


async def test_tasks_do_not_share_what_they_follow():
    async def one(key):
        follow(key)
        await asyncio.sleep(0)
        return trace_id()

    first, second = await asyncio.gather(one("a"), one("b"))
    assert (first == second, trace_id()) == (False, "")
