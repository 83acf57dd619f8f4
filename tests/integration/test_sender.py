"""The sender, against providers on loopback that take, refuse, stall and talk nonsense."""

import asyncio
import json
import ssl
import time
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from channels.contract import Refusal, Refused, Sent
from channels.email.letter import OwnMailbox
from channels.email.quotes import OUR_SIGN
from channels.sms.africastalking import AfricasTalkingSmsCarrier
from core.database.statements import Statement, iso_utc
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.rows import BLANK
from gateway.mail.relay import by_mail
from gateway.runtime.metrics import Metrics
from gateway.sending import delivery
from gateway.sending import sender as sending
from gateway.sending.delivery import Route, by_http, create_client
from gateway.sending.sender import (
    ATTEMPTS_MAX,
    BACKOFF,
    DOUBT,
    DOUBTS_MAX,
    TOO_LATE,
    Sender,
)
from gateway.settings.relay_url import read_url
from tests.fixtures.stores import Stores
from tests.scripts import MAILBOX, NUMBER, PHONE, START, WORDING

OTHER = Address(AddressKind.PHONE, "+6281211110002")
DUE = Statement("UPDATE outbox SET due_at = :at")
FORGET = Statement("UPDATE outbox SET reply = '{blank}'", blank=BLANK)
TAKEN = json.dumps(
    {"SMSMessageData": {"Recipients": [{"statusCode": 101, "messageId": "ATXid_1"}]}}
).encode()
BLACKLISTED = json.dumps(
    {"SMSMessageData": {"Recipients": [{"statusCode": 406, "messageId": "None"}]}}
).encode()


def outgoing(key="k1", *, address=PHONE, channel=Channel.SMS, **more):
    said = Prompt("registered", {"number": NUMBER})
    return Outgoing(
        key=key,
        channel=channel,
        address=address,
        reply=Reply((said,), "id", ends=True),
        created_at=START,
        **more,
    )


class House:
    """An outbox in memory, a sender over it, and a clock that stands still until moved."""

    def __init__(self, routes):
        self.now = START
        self.stores, self.metrics = Stores(), Metrics()
        self.outbox, self.outbox_row = self.stores.outbox, self.stores.outbox_row
        self.sender = Sender(self.outbox, routes, metrics=self.metrics, clock=lambda: self.now)

    def status(self, key="k1"):
        return self.outbox_row(key)["status"]

    async def send(self, **later):
        self.now += timedelta(**later)
        return await self.sender.send_due()


@pytest.fixture
async def client():
    async with create_client() as opened:
        yield opened


@pytest.fixture
def house(http_provider, client):
    carrier = AfricasTalkingSmsCarrier("sandbox", "secret", "PEDULI", http_provider.url, WORDING)
    return House({Channel.SMS: [by_http(carrier, client)]})


async def test_a_message_taken_is_sent_once(house, http_provider):
    http_provider.answers = [(201, TAKEN)]
    await house.outbox.put(outgoing())
    assert await house.send() == 1
    assert await house.send(hours=1) == 0
    assert house.status() == "sent"
    ((path, headers, body),) = http_provider.requests
    assert path == "/version1/messaging"
    assert headers["apikey"] == "secret"
    assert NUMBER in parse_qs(body.decode())["message"][0]


@pytest.mark.parametrize("answer", [(429, b""), (500, b"oops"), (503, b"")])
async def test_what_may_pass_is_tried_again(house, http_provider, answer):
    http_provider.answers = [answer, (201, TAKEN)]
    await house.outbox.put(outgoing())
    await house.send()
    assert house.status() == "queued"
    assert await house.send() == 0
    assert await house.send(seconds=BACKOFF.first_seconds) == 1
    assert house.status() == "sent"


async def test_a_provider_that_is_silent_for_ever_is_not_asked_for_ever():
    asked = []

    async def silent(claimed):
        asked.append(claimed.attempts)
        return Refused("silent", Refusal.UNSURE)

    house = House({Channel.SMS: [Route("test", silent)]})
    await house.outbox.put(outgoing())
    for doubts in range(1, DOUBTS_MAX + 1):
        assert house.status() == "queued"
        await house.send(seconds=DOUBT.whole_seconds(doubts))
    assert (house.status(), len(asked)) == ("dead", DOUBTS_MAX)
    assert house.outbox_row("k1")["why"] == "unsure: silent"


async def test_a_long_outage_is_no_doubt_about_what_was_taken():
    says = LATER

    async def send(_):
        return says

    house = House({Channel.SMS: [Route("test", send)]})
    await house.outbox.put(outgoing())
    for attempts in range(1, DOUBTS_MAX + 3):
        await house.send(seconds=BACKOFF.seconds(attempts, 1))
    says = SILENT
    await house.send(seconds=BACKOFF.longest_seconds)
    assert (house.status(), house.outbox_row("k1")["doubts"]) == ("queued", 1)
    says = Sent("1")
    await house.send(seconds=DOUBT.first_seconds)
    assert house.status() == "sent"


@pytest.mark.parametrize(("seconds", "status"), [(0, "sent"), (0.001, "dead")])
async def test_what_is_of_no_use_any_more_is_a_dead_letter(seconds, status):
    tried, log = routes(Sent("1"))
    house = House({Channel.SMS: tried})
    await house.outbox.put(outgoing(not_after=START + timedelta(hours=1)))
    await house.send(hours=1, seconds=seconds)
    assert (house.status(), len(log)) == (status, int(status == "sent"))
    assert house.outbox_row("k1")["why"] == (TOO_LATE if status == "dead" else None)


async def test_a_message_whose_text_was_forgotten_is_never_sent_again(house, http_provider):
    http_provider.answers = [(201, TAKEN)]
    await house.outbox.put(outgoing())
    house.stores.run(FORGET)
    assert await house.send() == 1
    assert (house.status(), http_provider.requests) == ("dead", [])


def routes(*results):
    """Return routes named a, b, c… of which each always says the same, and who was asked."""
    asked = []

    def route(name, result):
        async def send(_):
            asked.append(name)
            return result

        return Route(name, send)

    return [route(name, result) for name, result in zip("abcdef", results, strict=False)], asked


LATER = Refused("later", Refusal.LATER)
NOT_HERE = Refused("not here", Refusal.OTHER_PROVIDER)
NOBODY = Refused("nobody", Refusal.NOBODY)
SILENT = Refused("silent", Refusal.UNSURE)


@pytest.mark.parametrize(
    ("results", "asked", "status"),
    [
        ([LATER, Sent("1")], "ab", "sent"),
        ([NOT_HERE, Sent("1")], "ab", "sent"),
        ([LATER, NOT_HERE, Sent("1")], "abc", "sent"),
        ([Sent("1"), Sent("2")], "a", "sent"),
        ([NOBODY, Sent("1")], "a", "dead"),
        ([SILENT, Sent("1")], "a", "queued"),
        ([LATER, SILENT, Sent("1")], "ab", "queued"),
        ([LATER, NOT_HERE], "ab", "queued"),
        ([NOT_HERE, NOT_HERE], "ab", "dead"),
    ],
)
async def test_a_provider_that_fails_hands_over_to_the_next(results, asked, status):
    tried, log = routes(*results)
    house = House({Channel.SMS: tried})
    await house.outbox.put(outgoing())
    await house.send()
    assert ("".join(log), house.status()) == (asked, status)


OURS = Refused("code_131031", Refusal.OUR_ACCOUNT)


async def test_a_locked_account_buries_nothing():
    says = OURS

    async def send(_):
        return says

    house = House({Channel.SMS: [Route("test", send)]})
    await house.outbox.put(outgoing())
    attempts = 0
    while house.now - START < timedelta(seconds=sending.AGE_SECONDS_MAX - BACKOFF.longest_seconds):
        attempts += 1
        await house.send(seconds=BACKOFF.seconds(attempts, 1))
        assert (house.status(), house.outbox_row("k1")["why"]) == ("queued", "code_131031")
    says = Sent("1")
    await house.send(seconds=BACKOFF.longest_seconds)
    assert house.status() == "sent"


async def test_meanwhile_another_account_takes_it():
    tried, log = routes(OURS, Sent("1"))
    house = House({Channel.SMS: tried})
    await house.outbox.put(outgoing())
    await house.send()
    assert ("".join(log), house.status()) == ("ab", "sent")


async def test_a_refused_account_is_logged_once_and_counted_every_time(logged):
    tried, log = routes(OURS)
    house = House({Channel.SMS: tried})
    for key in ("k1", "k2", "k3"):
        await house.outbox.put(outgoing(key))
        await house.send(hours=1)
    assert len(log) > 2
    lines = [line for line in logged() if line["level"] == "warning"]
    assert [(line["channel"], line["provider"], line["error"]) for line in lines] == [
        ("sms", "a", "code_131031")
    ]
    counted = 'provider_answers_total{channel="sms",provider="a",result="ours"} '
    assert f"{counted}{len(log)}.0" in house.metrics.text().decode()


async def test_silence_hands_over_to_the_next():
    tried, log = routes(SILENT, Sent("1"))
    house = House({Channel.SMS: tried})
    await house.outbox.put(outgoing())
    await house.send()
    await house.send(seconds=DOUBT.first_seconds)
    assert (log, house.status()) == (["a", "b"], "sent")


async def test_whoever_refused_for_good_is_not_asked_again():
    tried, log = routes(NOT_HERE, LATER)
    house = House({Channel.SMS: tried})
    await house.outbox.put(outgoing())
    await house.send()
    await house.send(seconds=BACKOFF.first_seconds)
    assert log == ["a", "b", "b"]


async def test_a_failing_provider_comes_last_for_a_while():
    tried, log = routes(LATER, Sent("1"))
    house = House({Channel.SMS: tried})
    for number in range(6):
        await house.outbox.put(outgoing(str(number)))
        await house.send()
    assert log == ["a", "b"] * 5 + ["b"]


async def test_an_sms_stands_in_for_a_chat_that_nobody_takes():
    chats, texts = routes(NOT_HERE)[0], routes(Sent("1"))[0]
    house = House({Channel.WHATSAPP: chats, Channel.SMS: texts})
    hidden = Address(AddressKind.WHATSAPP, "US.1")
    await house.outbox.put(outgoing(channel=Channel.WHATSAPP))
    await house.outbox.put(outgoing("k2", channel=Channel.WHATSAPP, address=hidden))
    await house.send()
    assert (house.status(), house.outbox_row("k1")["provider"]) == ("sent", "sms/a")
    assert house.status("k2") == "dead"


async def test_nobody_stands_in_where_nobody_sends_sms():
    house = House({Channel.WHATSAPP: routes(NOT_HERE)[0], Channel.SMS: [delivery.NO_ACCOUNT]})
    await house.outbox.put(outgoing(channel=Channel.WHATSAPP))
    await house.send()
    assert house.status() == "dead"


async def test_whoever_was_silent_comes_last_even_where_it_was_asked_for():
    tried, log = routes(SILENT, LATER)
    house = House({Channel.SMS: tried})
    await house.outbox.put(outgoing(provider="a"))
    await house.send()
    await house.send(seconds=DOUBT.first_seconds)
    assert log == ["a", "b", "a"]


async def test_no_provider_is_tried_when_the_lease_may_end(monkeypatch):
    monkeypatch.setattr(sending, "TRIES_SECONDS", -1)
    tried, log = routes(LATER, Sent("1"))
    house = House({Channel.SMS: tried})
    await house.outbox.put(outgoing())
    await house.send()
    assert (log, house.status()) == ([], "queued")


def test_the_tries_of_one_claim_end_within_its_lease():
    longest = sending.TRIES_SECONDS + sending.PACED_SECONDS_MAX + delivery.DELIVERY_SECONDS_MAX
    assert longest < sending.LEASE_SECONDS


async def test_a_provider_is_handed_so_many_a_second():
    at = []

    async def send(_):
        at.append(time.monotonic())
        return Sent("1")

    house = House({Channel.SMS: [Route("test", send, rate=4)]})
    for number in range(6):
        await house.outbox.put(
            outgoing(str(number), address=Address(AddressKind.PHONE, f"+62{number}"))
        )
    assert await house.send() == 6
    assert at[5] - at[0] > 0.45


async def test_no_more_are_claimed_than_have_their_turn_soon():
    house = House({Channel.SMS: [Route("test", routes(Sent("1"))[0][0].send, rate=0.2)]})
    for number in range(3):
        await house.outbox.put(
            outgoing(str(number), address=Address(AddressKind.PHONE, f"+62{number}"))
        )
    assert await house.send() == 1


async def test_what_is_slow_holds_up_nothing_else():
    go_on, done = asyncio.Event(), asyncio.Event()

    async def send(claimed):
        if claimed.message.key == "k1":
            await go_on.wait()
        else:
            done.set()
        return Sent("1")

    house = House({Channel.SMS: [Route("test", send)]})
    await house.outbox.put(outgoing())
    running = asyncio.create_task(house.sender.run())
    await house.outbox.put(outgoing("k2", address=OTHER))
    house.sender.nudge()
    async with asyncio.timeout(5):
        await done.wait()
    go_on.set()
    running.cancel()
    await asyncio.wait({running})
    assert (house.status(), house.status("k2")) == ("sent", "sent")


async def test_nobody_listening_is_tried_again_until_the_end(client):
    carrier = AfricasTalkingSmsCarrier(
        "sandbox", "secret", "PEDULI", "http://127.0.0.1:9", WORDING
    )
    house = House({Channel.SMS: [by_http(carrier, client)]})
    await house.outbox.put(outgoing())
    attempts = 0
    while house.status() == "queued":
        attempts += 1
        assert await house.send(seconds=BACKOFF.seconds(attempts, 1)) == 1
    assert house.now - START > timedelta(seconds=sending.AGE_SECONDS_MAX)
    assert 50 < attempts < ATTEMPTS_MAX


async def test_a_message_tried_often_enough_is_given_up():
    async def refuse(_):
        return Refused("no", Refusal.LATER)

    house = House({Channel.SMS: [Route("test", refuse)]})
    await house.outbox.put(outgoing())
    for _ in range(ATTEMPTS_MAX):
        assert house.status() == "queued"
        house.stores.run(DUE, at=iso_utc(house.now))
        await house.send()
    assert house.status() == "dead"


async def test_a_hand_over_that_takes_too_long_is_tried_again(monkeypatch):
    monkeypatch.setattr(delivery, "DELIVERY_SECONDS_MAX", 0.05)

    async def never(_):
        await asyncio.Event().wait()

    house = House({Channel.SMS: [Route("test", never)]})
    await house.outbox.put(outgoing())
    await house.send()
    assert house.status() == "queued"


async def test_a_stop_waits_for_what_is_under_way():
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_):
        begun.set()
        await go_on.wait()
        return Sent("1")

    house = House({Channel.SMS: [Route("test", slow)]})
    await house.outbox.put(outgoing())
    running = asyncio.create_task(house.sender.run())
    await begun.wait()
    running.cancel()
    go_on.set()
    await asyncio.wait({running})
    assert running.cancelled()
    assert house.status() == "sent"


async def test_an_old_message_is_given_up(house, http_provider):
    http_provider.answers = [(500, b"")]
    await house.outbox.put(outgoing())
    await house.send(days=30)  # that nobody tried it for so long was no fault of its provider's
    assert house.status() == "queued"
    await house.send(seconds=sending.AGE_SECONDS_MAX)
    assert house.status() == "queued"
    await house.send(seconds=BACKOFF.longest_seconds)
    assert house.status() == "dead"


async def test_a_final_refusal_is_a_dead_letter_and_an_opt_out_is_kept(house, http_provider):
    http_provider.answers = [(201, BLACKLISTED)]
    await house.outbox.put(outgoing())
    await house.send()
    assert house.status() == "dead"
    await house.outbox.put(outgoing("k2", answers_request=False))
    assert await house.send() == 0
    assert house.status("k2") == "opted_out"


async def test_a_message_that_nobody_can_hand_over_ends_and_holds_up_no_other():
    async def send(claimed):
        if claimed.message.key == "k1":
            raise LookupError(claimed.message.address.value)
        return Sent(claimed.message.key)

    house = House({Channel.SMS: [Route("odd", send)]})
    await house.outbox.put(outgoing())
    await house.outbox.put(outgoing("k2", address=OTHER))
    for attempt in range(1, ATTEMPTS_MAX + 1):
        await house.send(seconds=BACKOFF.seconds(attempt, 1))
    assert (house.status(), house.status("k2")) == ("dead", "sent")


async def test_without_a_provider_a_message_stays_here():
    house = House({})
    await house.outbox.put(outgoing())
    assert await house.send() == 1
    assert house.outbox_row("k1")["provider"] == "dev"


async def test_an_answer_goes_by_the_wire_it_was_asked_on(http_provider, client):
    first = AfricasTalkingSmsCarrier("a", "a", None, "http://127.0.0.1:9", WORDING)
    second = AfricasTalkingSmsCarrier("b", "b", None, http_provider.url, WORDING)
    second.provider = "other"
    http_provider.answers = [(201, TAKEN)]
    house = House({Channel.SMS: [by_http(first, client), by_http(second, client)]})
    await house.outbox.put(outgoing(provider="other"))
    await house.send()
    assert house.outbox_row("k1")["provider"] == "other"


@pytest.fixture
def post(mail_server):
    server = read_url(f"smtp://127.0.0.1:{mail_server.port}")
    return House({Channel.EMAIL: [by_mail(server, WORDING, OwnMailbox("vaksin@example.org"))]})


def letter(**more):
    thread = {"subject": "Daftar", "in_reply_to": "<1@klinik.example>"}
    return outgoing(address=MAILBOX, channel=Channel.EMAIL, headers=thread, **more)


async def test_a_letter_is_relayed_as_an_automatic_answer(post, mail_server):
    await post.outbox.put(letter())
    await post.send()
    assert post.status() == "sent"
    ((mail_from, rcpt_tos, content),) = mail_server.letters
    assert (mail_from, rcpt_tos) == ("<>", [MAILBOX.value])
    assert b"Auto-Submitted: auto-replied" in content
    assert b"In-Reply-To: <1@klinik.example>" in content
    first = content.replace(b"\r\n", b"\n").partition(b"\n\n")[2].splitlines()[0]
    assert first.endswith(OUR_SIGN.encode())  # what a reply repeats from here on is not read


@pytest.mark.parametrize(
    ("reply", "status"),
    [("451 later", "queued"), ("421 busy", "queued"), ("550 no such user", "dead"),
     ("554 spam", "dead"), ("535 authenticate", "queued")],
)  # fmt: skip
async def test_a_mail_server_that_refuses(post, mail_server, reply, status):
    mail_server.reply = reply
    await post.outbox.put(letter())
    await post.send()
    assert post.status() == status


async def test_no_mail_server_is_tried_again():
    route = by_mail(read_url("smtp://127.0.0.1:9"), WORDING, OwnMailbox("vaksin@example.org"))
    house = House({Channel.EMAIL: [route]})
    await house.outbox.put(letter())
    await house.send()
    assert house.status() == "queued"


@pytest.mark.parametrize("url", ["smtps://127.0.0.1:{}", "smtp://127.0.0.1:{}?starttls=1"])
async def test_the_trusted_roots_are_not_read_for_each_letter(url, mail_server, monkeypatch):
    contexts = []

    def create(*_):
        contexts.append(make_context())
        return contexts[-1]

    make_context = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", create)
    route = by_mail(
        read_url(url.format(mail_server.port)), WORDING, OwnMailbox("vaksin@example.org")
    )
    house = House({Channel.EMAIL: [route]})
    await house.outbox.put(letter())
    for attempt in (1, 2):
        await house.send(seconds=BACKOFF.seconds(attempt, 1))
        assert house.outbox_row("k1")["attempts"] == attempt  # the server speaks no TLS
    (context,) = contexts
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_relay_is_named_by_a_url():
    server = read_url("smtp://us%40er:p%3Ass@mail.example:2525?starttls=1")
    assert (server.host, server.port, server.user) == ("mail.example", 2525, "us@er")
    assert (server.password, server.starttls, server.tls) == ("p:ss", True, False)
    assert read_url("smtps://mail.example").port == 465
    assert "p:ss" not in repr(server)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (20, BACKOFF.longest_seconds)]
)
def test_waiting_doubles_up_to_an_hour(attempts, seconds):
    assert BACKOFF.seconds(attempts, 1) == seconds
    assert BACKOFF.seconds(attempts, 0) == seconds / 2
