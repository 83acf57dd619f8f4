"""A letter that bounces: it leaves with a return path of its own, and goes on as an SMS."""

import smtplib
import socket
from asyncio import to_thread
from dataclasses import dataclass
from datetime import timedelta

import pytest

from channels.email.letter import OwnMailbox
from core.conversation.engine import Conversation
from core.database.statements import Statement
from core.messages import Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.sms_bounds import UNASKED_MAX
from core.registration.requests import Register
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import Pipeline
from gateway.intake.intake import Intake
from gateway.mail.relay import by_mail
from gateway.mail.server import MailIntake, listen_for_mail
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from gateway.sending.sender import Sender
from gateway.settings.relay_url import read_url
from tests.fixtures.effects import make_effects
from tests.fixtures.stores import Stores
from tests.integration.test_sender import WORDING
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, LETTERS, MAILBOX, START
from tests.unit.channels.email.test_bounces import report
from tests.unit.core.registration.test_identity import intent

OURS = "vaksin@example.org"
PHONE = "+6281211110009"
FAILED = report("Final-Recipient: rfc822; x@y.id", "Action: failed", "Status: 5.1.1")
SMS = Statement("""
    SELECT key, status, value, kind
    FROM outbox
    WHERE channel = 'sms' AND key NOT LIKE '%/notice'
    ORDER BY id
""")
FORGET_PHONES = Statement("UPDATE records SET phone = NULL")
NUMBERS = Statement("SELECT number FROM records")


@dataclass
class House:
    stores: Stores
    sender: Sender
    relay: object
    metrics: Metrics
    port: int

    async def registered(self, **changes):
        """Register somebody by letter; return the number."""
        made = intent(address=MAILBOX, channel=Channel.EMAIL, **changes)
        await make_effects(self.stores.database).run(Register(made))
        return self.stores.database.run(lambda connection: connection.all(NUMBERS))[-1][0]

    async def mailed(self, number, key="k1", **more):
        """Send a letter about that record; return its return path."""
        message = Outgoing(
            key=key,
            channel=Channel.EMAIL,
            address=MAILBOX,
            reply=Reply((Prompt("verification_not_listed", {"number": number}),), "id"),
            created_at=START,
            **{"answers_request": False, **more},
        )
        await self.stores.outbox.put(message)
        assert await self.sender.send_due()
        return self.relay.letters[-1][0].strip("<>") if self.relay.letters else None

    async def report(self, path, raw=FAILED, sender=""):
        """Hand in a report for that return path; return the answer to it."""

        def talk():
            with smtplib.SMTP("127.0.0.1", self.port, timeout=5) as client:
                client.ehlo("mx.example")
                client.mail(sender)
                code, _ = client.rcpt(path)
                return client.data(raw)[0] if code == 250 else code

        return await to_thread(talk)

    def status(self, key="k1"):
        return self.stores.outbox_row(key)["status"]

    def sms(self):
        return self.stores.database.run(lambda connection: connection.all(SMS))


@pytest.fixture
async def house(mail_server):
    stores, metrics = Stores(), Metrics()
    relay = by_mail(read_url(f"smtp://127.0.0.1:{mail_server.port}"), WORDING, OwnMailbox(OURS))
    routes = {Channel.EMAIL: [relay]}
    sender = Sender(stores.outbox, routes, metrics=metrics, clock=lambda: START)
    sessions, effects = MemorySessions(), make_effects(stores.database)
    intake = Intake(
        pipeline=Pipeline(sessions, effects, Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)),
        sessions=sessions,
        database=stores.database,
        outbox=stores.outbox,
        metrics=metrics,
        deadline=Deadline(5),
        nudge=lambda: None,
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        mail_intake = MailIntake(
            mailboxes=(OURS,),
            deliver=intake.deliver,
            note=lambda receipt: intake.note(receipt, at=START),
            metrics=metrics,
            parse=LETTERS.parse,
            parse_head=LETTERS.parse_head,
        )
        server = await listen_for_mail(listener, mail_intake)
        yield House(stores, sender, mail_server, metrics, port)
        await server.drain(5)


async def test_what_answers_nothing_has_a_return_path_of_its_own(house):
    paths = {await house.mailed("N", f"k{n}") for n in range(2)}
    assert len(paths) == 2
    assert all(path.startswith("bounce+") and path.endswith("@example.org") for path in paths)
    content = house.relay.letters[-1][2]
    assert b"Auto-Submitted: auto-generated\r\n" in content
    assert b"List-Unsubscribe" not in content


async def test_an_answer_has_none(house):
    assert await house.mailed("N", answers_request=True) == ""
    assert b"Auto-Submitted: auto-replied\r\n" in house.relay.letters[-1][2]


async def test_a_letter_in_bulk_says_how_to_have_no_more(house):
    await house.mailed("N", bulk=True)
    asked = f"List-Unsubscribe: <mailto:{OURS}?subject=STOP&body=STOP>\r\n"
    assert asked.encode() in house.relay.letters[-1][2]


async def test_a_letter_that_bounces_is_dead_and_goes_on_by_sms(house):
    number = await house.registered(phone=PHONE)
    path = await house.mailed(number)
    assert house.status() == "sent"
    assert await house.report(path.upper()) == 250
    row = house.stores.outbox_row("k1")
    assert (row["status"], row["why"]) == ("dead", "bounced 5.1.1")
    assert house.sms() == [("k1/sms", "queued", PHONE, "phone")]


@pytest.mark.parametrize("stage", ["rcpt", "reply"])
async def test_a_letter_that_the_relay_refuses_goes_on_by_sms(stage, house):
    """Some relays know their recipients: they refuse at once what others would report."""
    number = await house.registered(phone=PHONE)
    setattr(house.relay, stage, "550 5.1.1 nobody here")
    await house.mailed(number)
    row = house.stores.outbox_row("k1")
    assert (row["status"], row["why"]) == ("dead", "smtp 550")
    assert house.sms() == [("k1/sms", "queued", PHONE, "phone")]


@pytest.mark.parametrize(
    ("rcpt", "status"), [("450 4.2.2 full", "queued"), ("535 5.7.8 who are you", "queued")]
)
async def test_a_letter_that_is_still_tried_sends_no_sms(rcpt, status, house):
    number = await house.registered(phone=PHONE)
    house.relay.rcpt = rcpt
    await house.mailed(number)
    assert (house.status(), house.sms()) == (status, [])


async def test_an_answer_that_the_relay_refuses_sends_no_sms(house):
    """Anybody may have written the letter that it answers."""
    number = await house.registered(phone=PHONE)
    house.relay.rcpt = "550 5.1.1 nobody here"
    await house.mailed(number, answers_request=True)
    assert (house.status(), house.sms()) == ("dead", [])


async def test_however_many_letters_are_refused_a_phone_gets_few_sms(house):
    number = await house.registered(phone=PHONE)
    house.relay.rcpt = "550 5.1.1 nobody here"
    for n in range(UNASKED_MAX + 2):
        await house.mailed(number, f"k{n}")
    withheld = [status for _key, status, _value, _kind in house.sms() if status == "withheld"]
    assert len(withheld) == 3  # the phone was asked once whether the letter that named it is right


async def test_a_report_that_comes_again_sends_nothing_more(house):
    path = await house.mailed(await house.registered(phone=PHONE))
    for _ in range(3):
        assert await house.report(path) == 250
    assert len(house.sms()) == 1


async def test_where_no_phone_is_known_the_letter_stays_dead(house):
    number = await house.registered()
    house.stores.run(FORGET_PHONES)
    assert await house.report(await house.mailed(number)) == 250
    assert (house.status(), house.sms()) == ("dead", [])


@pytest.mark.parametrize(
    "raw",
    [
        report("Action: delayed", "Status: 4.2.2"),
        b"Subject: Auto reply\r\n\r\nI am on holiday\r\n",
    ],
)
async def test_a_delay_and_a_holiday_change_nothing(house, raw):
    path = await house.mailed(await house.registered(phone=PHONE))
    assert await house.report(path, raw, sender="x@y.example") == 250
    assert (house.status(), house.sms()) == ("sent", [])
    labels = {"wire": "smtp", "status": "250"}
    assert house.metrics.registry.get_sample_value("satupintu_rejected_total", labels) == 1


async def test_a_return_path_that_somebody_made_up_changes_nothing(house):
    await house.mailed(await house.registered(phone=PHONE))
    assert await house.report(f"bounce+{'0' * 20}@example.org") == 250
    assert await house.report("bounce+1@example.org") == 250
    assert await house.report(f"bounce+{'0' * 20}@elsewhere.example") == 550
    assert (house.status(), house.sms()) == ("sent", [])


async def test_however_many_letters_bounce_a_phone_gets_few_sms(house):
    number = await house.registered(phone=PHONE)
    for n in range(UNASKED_MAX + 2):
        await house.report(await house.mailed(number, f"k{n}"))
    statuses = [status for _key, status, _value, _kind in house.sms()]
    asked = 1  # whether the letter that named the phone is right
    sent = UNASKED_MAX - asked
    assert [one == "withheld" for one in statuses] == [False] * sent + [True] * (2 + asked)


async def test_the_sms_is_as_late_as_the_letter_might_be(house):
    number = await house.registered(phone=PHONE)
    end = START + timedelta(hours=3)
    await house.report(await house.mailed(number, not_after=end, quiet="WIB"))
    row = house.stores.outbox_row("k1/sms")
    assert (row["quiet"], row["not_after"][:13]) == ("WIB", end.isoformat()[:13])
