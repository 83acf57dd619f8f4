"""Whoever writes in others' names, nobody who never wrote is sent more than a few answers."""

from base64 import b64encode
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from random import Random

import pytest

from channels.email.letter import OwnMailbox
from core.conversation.engine import Conversation
from core.database.statements import Statement
from core.messages import Address, AddressKind, Channel
from core.operators.dead_letters import list_messages
from core.outbox.answers import (
    MAILBOX_ANSWERS_MAX,
    STRANGER_ANSWERS_MAX,
    UNALIGNED,
    AnswerBudget,
)
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import Pipeline
from gateway.intake.intake import Intake
from gateway.mail.relay import by_mail
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from gateway.sending.sender import Sender
from gateway.settings.relay_url import read_url
from tests.fixtures.effects import make_effects
from tests.fixtures.stores import Stores
from tests.integration.test_sender import WORDING
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, START, inbound, parse_letter

LETTERS = 60
VICTIM = Address(AddressKind.EMAIL, "innocent@bank.example")
BUDGET = AnswerBudget("c", 40, 25)
OURS = "vaksin@pedulilindungi.id"
BAIT = "BONUS Rp500rb, buka https://phish.example/0"
QUEUED = Statement("SELECT value FROM outbox WHERE status = 'queued' AND channel = 'email'")


@dataclass
class House:
    stores: Stores
    metrics: Metrics
    intake: Intake

    def answers(self):
        """Return how many answers are on their way to each mailbox."""
        found = self.stores.database.run(lambda connection: connection.all(QUEUED))
        return Counter(mailbox for (mailbox,) in found)

    def withheld(self, reason):
        labels = {"reason": reason}
        name = "satupintu_answers_withheld_total"
        return self.metrics.registry.get_sample_value(name, labels) or 0


@pytest.fixture
def house():
    stores, metrics = Stores(), Metrics()
    sessions, effects = MemorySessions(), make_effects(stores.database)
    intake = Intake(
        pipeline=Pipeline(sessions, effects, Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)),
        sessions=sessions,
        database=stores.database,
        outbox=stores.outbox,
        metrics=metrics,
        deadline=Deadline(5),
        nudge=lambda: None,
        budget=BUDGET,
    )
    return House(stores, metrics, intake)


def letter(n, address=VICTIM, **more):
    more = {"answers": {"full_name": f"SITI {'ABCDEFGHIJ'[n % 10]}"}, "confirms": True} | more
    at = START + timedelta(seconds=n)
    return inbound(n=n, channel=Channel.EMAIL, address=address, at=at, **more)


def whole(n, address=VICTIM, **more):
    nik = f"32041157069600{n + 1:02d}"
    answers = {"nik": nik, "full_name": f"SITI A{chr(65 + n % 26) * 3}", "phone": "+6281211110001"}
    return letter(n, address, answers={**answers, "profession": "perawat"}, **more)


async def test_a_victim_is_sent_few_answers_however_many_write_in_its_name(house):
    for n in range(LETTERS):
        await house.intake.enqueue(letter(n))
    assert 0 < house.answers()[VICTIM.value] <= STRANGER_ANSWERS_MAX
    withheld = await list_messages(house.stores.database, status="withheld", limit=LETTERS)
    assert len(withheld) == LETTERS - house.answers()[VICTIM.value]
    assert {one.why for one in withheld} <= {"repeated", "mailbox"}


async def test_nor_more_than_a_clinic_where_the_letters_register_people(house):
    for n in range(LETTERS):
        await house.intake.enqueue(whole(n))
    assert STRANGER_ANSWERS_MAX < house.answers()[VICTIM.value] <= MAILBOX_ANSWERS_MAX


async def test_the_same_letter_over_and_over_is_answered_once(house):
    for n in range(LETTERS):
        await house.intake.enqueue(letter(n, answers={"full_name": "SITI AMINAH"}))
    assert house.answers()[VICTIM.value] == 1


async def test_nobody_is_answered_where_the_envelope_names_another_domain(house):
    for n in range(LETTERS):
        await house.intake.enqueue(letter(n, aligned=False))
    assert not house.answers()
    assert house.withheld(UNALIGNED) == LETTERS


async def test_many_mailboxes_of_one_domain_or_of_many_share_a_bound(house):
    random = Random(5)
    for n in range(LETTERS):
        await house.intake.enqueue(letter(n, Address(AddressKind.EMAIL, f"b{n}@evil.example")))
    assert sum(house.answers().values()) == BUDGET.domain_most
    for n in range(LETTERS, 2 * LETTERS):
        domain = f"{random.getrandbits(40):x}.example"
        await house.intake.enqueue(letter(n, Address(AddressKind.EMAIL, f"x@{domain}")))
    assert sum(house.answers().values()) == BUDGET.most
    assert house.withheld("campaign") == 2 * LETTERS - BUDGET.most - house.withheld("domain")


async def test_who_is_vouched_for_is_always_answered(house):
    for n in range(LETTERS):
        await house.intake.enqueue(letter(n))
    answered = house.answers()[VICTIM.value]
    for n in range(LETTERS, 2 * LETTERS):
        await house.intake.enqueue(letter(n, authentic=True, aligned=False))
    assert house.answers()[VICTIM.value] == answered + LETTERS


async def test_no_words_of_a_forger_leave_by_our_mailbox(house, mail_server):
    forged = (
        f"Subject: {BAIT}", f"Subject: =?utf-8?b?{b64encode(BAIT.encode()).decode()}?=",
        f"Subject: x\r\n {BAIT}", f"Thread-Topic: {BAIT}", f"Reply-To: {BAIT} <x@phish.example>",
    )  # fmt: skip
    for n, field in enumerate(forged):
        raw = f"From: {BAIT} <b{n}@bank.example>\r\nMessage-ID: <{n}@x>\r\n{field}\r\n\r\n{BAIT}"
        read = {"received_at": START, "envelope_from": f"b{n}@bank.example", "mailboxes": (OURS,)}
        await house.intake.enqueue(parse_letter(raw.encode(), **read))
    relay = by_mail(read_url(f"smtp://127.0.0.1:{mail_server.port}"), WORDING, OwnMailbox(OURS))
    outbox, routes = house.intake.outbox, {Channel.EMAIL: [relay]}
    sender = Sender(outbox, routes, metrics=house.metrics, clock=lambda: START)
    while await sender.send_due():
        pass
    assert len(mail_server.letters) == len(forged)
    for path, _to, content in mail_server.letters:
        letter = message_from_bytes(content, policy=default)
        assert (path, letter["Subject"]) == ("<>", "Pendaftaran Vaksinasi COVID-19")
        assert letter["From"].addresses[0].display_name == "Vaksinasi COVID-19"
        said = f"{letter} {letter.get_content()}".lower()
        assert "phish" not in said
        assert "bonus" not in said
