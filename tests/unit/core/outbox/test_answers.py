"""Answers to unvouched letters: each is counted once, and none goes out beyond its bounds."""

from datetime import timedelta
from functools import partial

import pytest

from core.database.in_memory import InMemoryDatabase
from core.database.statements import Statement
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.answers import (
    MAILBOX_ANSWERS_MAX,
    STRANGER_ANSWERS_MAX,
    UNALIGNED,
    AnswerBudget,
    digest,
    enqueue_answer,
)
from core.outbox.message import Outgoing
from core.registration.store import record
from core.registration.terms import Terms
from tests.scripts import CAMPAIGN, MAILBOX, START
from tests.unit.core.registration.test_identity import intent

STATUSES = Statement("SELECT status, why FROM outbox ORDER BY id")
TALLIES = Statement("SELECT subject FROM tallies ORDER BY subject")
DAY = timedelta(days=1)


def reply(n, proof=""):
    args = {"number": str(n)} | ({"proof": proof} if proof else {})
    return Reply((Prompt("letter_incomplete", args),), "id")


def box(name):
    return Address(AddressKind.EMAIL, name)


class Outbox:
    def __init__(self, **budget):
        self.database, self.budget = InMemoryDatabase(), AnswerBudget(**budget)

    def answer(self, key, *, to=MAILBOX, says=None, at=START, aligned=True):
        message = Outgoing(
            key=key,
            channel=Channel.EMAIL,
            address=to,
            reply=says or reply(key),
            created_at=at,
            unvouched=True,
        )
        operation = partial(enqueue_answer, message=message, budget=self.budget, aligned=aligned)
        return self.database.run(operation)

    def register(self, address):
        made = intent(address=address, channel=Channel.EMAIL)
        terms = Terms(CAMPAIGN.limits, CAMPAIGN.doses)
        self.database.run(partial(record, intent=made, terms=terms, number="0000-0001"))

    def statuses(self):
        return self.database.run(lambda connection: connection.all(STATUSES))

    def tallies(self):
        return [one for (one,) in self.database.run(lambda connection: connection.all(TALLIES))]


def test_a_mailbox_that_nothing_came_of_gets_few_answers_a_day():
    outbox = Outbox()
    found = [outbox.answer(f"{n}") for n in range(STRANGER_ANSWERS_MAX + 1)]
    assert found == [""] * STRANGER_ANSWERS_MAX + ["mailbox"]
    assert outbox.statuses()[-1] == ("withheld", "mailbox")
    assert outbox.answer("next day", at=START + DAY) == ""


def test_a_mailbox_that_registered_somebody_gets_more():
    outbox = Outbox()
    outbox.register(MAILBOX)
    found = [outbox.answer(f"{n}") for n in range(MAILBOX_ANSWERS_MAX + 1)]
    assert found == [""] * MAILBOX_ANSWERS_MAX + ["mailbox"]


def test_a_letter_that_comes_again_is_counted_once():
    outbox = Outbox()
    for n in range(STRANGER_ANSWERS_MAX):
        for redone in range(n + 1):
            assert outbox.answer(f"{redone}") == ""
    assert outbox.answer("more") == "mailbox"
    assert outbox.answer("more") == ""
    assert len(outbox.statuses()) == STRANGER_ANSWERS_MAX + 1


def test_the_same_answer_goes_to_a_mailbox_once_a_day_whatever_token_it_bears():
    outbox = Outbox()
    assert outbox.answer("1", says=reply(0, "abc")) == ""
    assert outbox.answer("2", says=reply(0, "def")) == "repeated"
    assert outbox.answer("3", says=reply(1)) == ""
    assert outbox.answer("4", says=reply(0), to=box("other@klinik.example")) == ""
    assert outbox.answer("5", says=reply(0), at=START + DAY) == ""


def test_a_domain_and_a_campaign_have_bounds_of_their_own():
    outbox = Outbox(most=4, domain_most=2)
    found = [outbox.answer(f"{n}", to=box(f"{n}@evil.example")) for n in range(3)]
    assert found == ["", "", "domain"]
    found = [outbox.answer(f"k{n}", to=box(f"a@{n}.example")) for n in range(3)]
    assert found == ["", "", "campaign"]


def test_what_is_withheld_uses_up_no_bound():
    outbox = Outbox()
    outbox.answer("1", aligned=False)
    assert outbox.statuses() == [("withheld", UNALIGNED)]
    assert not outbox.tallies()
    for n in range(9):
        outbox.answer(f"k{n}", says=reply(0))
    assert len(outbox.tallies()) == 4


@pytest.mark.parametrize("other", [reply(2), Reply((Prompt("menu"),), "id"), Reply((), "en")])
def test_a_digest_tells_answers_apart(other):
    assert digest(reply(1)) == digest(reply(1, "abc"))
    assert digest(other) != digest(reply(1))


def test_a_mailbox_under_many_names_is_one_mailbox():
    outbox = Outbox()
    found = [outbox.answer(f"{n}", to=box(f"siti+{n}@klinik.example")) for n in range(5)]
    assert found == [""] * STRANGER_ANSWERS_MAX + ["mailbox"] * 2
    dotted = ["siti@gmail.com", "s.iti@gmail.com", "si.ti@googlemail.com", "s.i.t.i+x@gmail.com"]
    found = [outbox.answer(one, to=box(one)) for one in dotted]
    assert found == ["", "", "", "mailbox"]
    assert outbox.answer("other", to=box("s.iti@klinik.example")) == ""
