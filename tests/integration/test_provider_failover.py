"""Every provider fails in every way: a message arrives once, or is a visible dead letter."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from channels.contract import Request
from channels.email.letter import OwnMailbox
from channels.shared.twilio import TwilioAccount
from channels.sms.africastalking import AfricasTalkingSmsAdapter, AfricasTalkingSmsCarrier
from channels.sms.digihub import DigihubAccount, DigihubCarrier, DigihubReceipts
from channels.sms.jasmin import Jasmin, JasminCarrier
from channels.sms.kannel import Kannel, KannelCarrier
from channels.sms.sending import GatewayAccount
from channels.sms.twilio import TwilioSmsAdapter, TwilioSmsCarrier
from channels.whatsapp.meta import MetaAdapter, MetaCarrier
from channels.whatsapp.twilio import TwilioWhatsappAdapter, TwilioWhatsappCarrier
from core.events import Receipt
from core.messages import Channel
from core.operators.dead_letters import list_messages
from core.outbox.store import SqlOutbox
from gateway.mail import relay
from gateway.mail.relay import by_mail
from gateway.runtime.metrics import Metrics
from gateway.sending.delivery import by_http, create_client
from gateway.sending.sender import AGE_SECONDS_MAX, DOUBT, Sender
from gateway.settings.relay_url import read_url
from tests.integration.test_sender import WORDING, letter, outgoing
from tests.scripts import START

PUBLIC_URL = "https://pintu.example"
SILENT = None
STATES = {"delivered": "DELIVRD", "failed": "UNDELIV"}
AT_STATUS = {"delivered": "Success", "failed": "Failed"}


class Meta:
    channel, why = Channel.WHATSAPP, "code_"

    def carrier(self, url):
        return MetaCarrier("t", "1050", url, WORDING)

    def taken(self, name):
        return 200, json.dumps({"messages": [{"id": name}]}).encode()

    def reference(self, body, headers):
        return json.loads(body)["biz_opaque_callback_data"]

    def receipt(self, name, status, reference):
        told = {"id": name, "status": status, "biz_opaque_callback_data": reference}
        value = {"statuses": [{**told, "errors": [{"code": 131026}]}]}
        body = json.dumps({"entry": [{"changes": [{"value": value}]}]}).encode()
        return MetaAdapter(None, None, None), "/whatsapp/meta", "", body


class TwilioChat:
    channel, why = Channel.WHATSAPP, "code_"
    path, chats = "/whatsapp/twilio/receipts", TwilioWhatsappAdapter(WORDING, PUBLIC_URL, None)

    def carrier(self, url):
        account = TwilioAccount(sid="AC1", token="t", public_url=PUBLIC_URL, api_url=url)
        return TwilioWhatsappCarrier(account, "+6281110500567", WORDING)

    def taken(self, name):
        return 201, json.dumps({"sid": name}).encode()

    def reference(self, body, headers):
        return urlsplit(parse_qs(body.decode())["StatusCallback"][0]).query

    def receipt(self, name, status, reference):
        form = {"MessageSid": name, "MessageStatus": status, "ErrorCode": "30008"}
        return self.chats, self.path, reference, urlencode(form).encode()


class TwilioText(TwilioChat):
    channel = Channel.SMS
    path, chats = "/sms/twilio/receipts", TwilioSmsAdapter(WORDING, PUBLIC_URL, None, "ID")

    def carrier(self, url):
        account = TwilioAccount(sid="AC1", token="t", public_url=PUBLIC_URL, api_url=url)
        return TwilioSmsCarrier(account, "1199", WORDING)


class AfricasTalking:
    channel, why = Channel.SMS, ""

    def carrier(self, url):
        return AfricasTalkingSmsCarrier("u", "k", None, url, WORDING)

    def taken(self, name):
        recipient = {"statusCode": 101, "messageId": name}
        return 201, json.dumps({"SMSMessageData": {"Recipients": [recipient]}}).encode()

    def reference(self, body, headers):
        return ""

    def receipt(self, name, status, reference):
        body = urlencode({"id": name, "status": AT_STATUS[status]}).encode()
        return AfricasTalkingSmsAdapter((), "ID"), "/sms/africastalking/receipts", "", body


def account(url):
    given = {"username": "u", "password": "p", "sender": "1199", "public_url": PUBLIC_URL}
    return GatewayAccount(url=url, **given)


class ByKannel:
    channel, why = Channel.SMS, "undelivered"

    def carrier(self, url):
        return KannelCarrier(account(url), WORDING)

    def taken(self, name):
        return 202, b"0: Accepted for delivery"

    def reference(self, body, headers):
        return urlsplit(headers["x-kannel-dlr-url"]).query

    def receipt(self, name, status, reference):
        code = {"delivered": "1", "failed": "2"}[status]
        return Kannel(WORDING, (), "ID"), "/sms/kannel/receipts", reference % int(code), b""


class ByJasmin:
    channel, why = Channel.SMS, "UNDELIV"

    def carrier(self, url):
        return JasminCarrier(account(url), WORDING)

    def taken(self, name):
        return 200, f'Success "{name}"'.encode()

    def reference(self, body, headers):
        return urlsplit(parse_qs(body.decode())["dlr-url"][0]).query

    def receipt(self, name, status, reference):
        body = urlencode({"id": name, "message_status": STATES[status]}).encode()
        return Jasmin((), "ID"), "/sms/jasmin", reference, body


class ByDigihub:
    channel, why = Channel.SMS, "UNDELIV"

    def carrier(self, url):
        given = {"api_key": "k", "secret": "s", "sender": "1199", "public_url": PUBLIC_URL}
        return DigihubCarrier(DigihubAccount(api_url=url, keys=("key",), **given), WORDING)

    def taken(self, name):
        return 200, json.dumps({"transaction": {"status_code": "00000"}}).encode()

    def reference(self, body, headers):
        return json.loads(body)["transaction"]["transaction_id"]

    def receipt(self, name, status, reference):
        body = json.dumps({"transaction_id": reference, "status": STATES[status]}).encode()
        return DigihubReceipts(("key",)), "/callback/digihub/smsapi", "", body


NEXT = {Meta: TwilioChat, TwilioChat: TwilioText, TwilioText: AfricasTalking}
OPERATORS = {ByKannel: ByJasmin, ByJasmin: ByDigihub, ByDigihub: ByKannel}
PAIRS = [*NEXT.items(), (AfricasTalking, TwilioText), *OPERATORS.items()]


class House:
    """A sender over SQL, two providers in order, and a clock that stands still until moved."""

    def __init__(self, database, client, providers, wires):
        self.now, self.database, self.providers = START, database, providers
        self.outbox, self.wires = SqlOutbox(database), [wire() for wire in wires]
        routes = {}
        for wire, provider in zip(self.wires, providers, strict=False):
            route = by_http(wire.carrier(provider.url), client)
            routes.setdefault(wire.channel, []).append(route)
            provider.answers = [wire.taken(f"{route.provider}-1")]
        self.echoes_reference = AfricasTalking not in wires[:1]
        self.sender = Sender(self.outbox, routes, metrics=Metrics(), clock=lambda: self.now)

    async def enqueue(self):
        await self.outbox.put(outgoing(channel=self.wires[0].channel))
        await self.send()

    async def send(self, **later):
        self.now += timedelta(**later)
        return await self.sender.send_due()

    async def hear(self, status, which=0):
        """Take in the receipt of a provider, as it posts it, for the last that it was handed."""
        wire, (_, headers, body) = self.wires[which], self.providers[which].requests[-1]
        name = f"{wire.carrier('http://x').provider}-1"
        channel, path, query, posted = wire.receipt(name, status, wire.reference(body, headers))
        request = Request(method="POST", path=path, query=query, body=posted, received_at=self.now)
        for event in channel.parse(request):
            assert isinstance(event, Receipt)
            await self.outbox.receipt(event, at=self.now)

    def asked(self):
        return [len(provider.requests) for provider in self.providers]

    async def end(self):
        """Send until nothing is queued; return how many are sent, delivered and dead."""
        while (await self.count("queued")) and self.now < START + timedelta(
            seconds=AGE_SECONDS_MAX * 2
        ):
            await self.send(hours=1)
        return [await self.count(status) for status in ("sent", "delivered", "dead")]

    async def count(self, status):
        return len(await list_messages(self.database, status=status, limit=9))


@pytest.fixture
def database_url(sqlite_emptied):
    """Return one database: what both do alike, the outbox's own suite shows."""
    return sqlite_emptied


@pytest.fixture
async def client():
    async with create_client() as opened:
        opened.timeout = httpx2.Timeout(5, read=0.6)
        yield opened


@pytest.fixture(params=PAIRS, ids=lambda pair: f"{pair[0].__name__}-{pair[1].__name__}")
def house(request, database, client, http_providers):
    return House(database, client, http_providers, request.param)


@pytest.fixture(params=[first for first, _ in PAIRS], ids=lambda wire: wire.__name__)
def alone(request, database, client, http_provider):
    return House(database, client, [http_provider], [request.param])


@pytest.mark.parametrize("answer", [(429, b""), (500, b""), (503, b"<html>"), (400, b"{}")])
async def test_what_one_refuses_the_next_takes_at_once(house, answer):
    house.providers[0].answers = [answer]
    await house.enqueue()
    assert house.asked() == [1, 1]
    assert await house.end() == [1, 0, 0]
    assert house.asked() == [1, 1]


@pytest.mark.parametrize("answer", [SILENT, (504, b""), (200, b"nonsense")])
async def test_what_was_taken_in_silence_is_not_sent_again_once_a_receipt_is_in(house, answer):
    house.providers[0].answers = [answer]
    await house.enqueue()
    await house.hear("delivered")
    known = house.echoes_reference
    assert await house.end() == ([0, 1, 0] if known else [1, 0, 0])
    assert house.asked() == ([1, 0] if known else [1, 1])  # its wire cannot tell which it was


async def test_who_does_not_listen_hands_over_at_once(database, client, http_provider):
    nobody = type("Nobody", (), {"url": "http://127.0.0.1:9", "requests": []})
    house = House(database, client, [nobody, http_provider], (TwilioText, AfricasTalking))
    await house.enqueue()
    assert house.asked() == [0, 1]
    assert await house.end() == [1, 0, 0]


async def test_what_was_lost_in_silence_is_sent_by_the_next(house):
    house.providers[0].answers = [SILENT]
    await house.enqueue()
    await house.send(seconds=DOUBT.first_seconds - 1)
    assert house.asked() == [1, 0 if house.echoes_reference else 1]  # there is nothing to wait for
    await house.send(seconds=1)
    assert house.asked() == [1, 1]
    assert await house.end() == [1, 0, 0]


async def test_what_was_accepted_and_then_failed_is_sent_by_the_next(house):
    await house.enqueue()
    assert house.asked() == [1, 0]
    await house.hear("failed")
    await house.send()
    assert house.asked() == [1, 1]
    await house.hear("failed")  # it says so again
    await house.hear("delivered", which=1)
    assert await house.end() == [0, 1, 0]
    assert house.asked() == [1, 1]


async def test_what_everybody_accepted_and_failed_is_a_dead_letter(house):
    await house.enqueue()
    await house.hear("failed")
    await house.send()
    await house.hear("failed", which=1)
    assert await house.end() == [0, 0, 1]
    assert house.asked() == [1, 1]


@pytest.mark.parametrize("answer", [(429, b""), (500, b""), SILENT])
async def test_who_is_alone_is_asked_again_until_it_takes(alone, answer):
    known = alone.echoes_reference or answer is not SILENT
    [provider] = alone.providers
    provider.answers = [answer, answer, *provider.answers]
    await alone.enqueue()
    assert await alone.end() == ([1, 0, 0] if known else [0, 0, 1])
    assert alone.asked() == ([3] if known else [1])


@pytest.mark.parametrize("answer", [SILENT, (504, b""), (201, b"nonsense")])
async def test_who_is_alone_and_cannot_tell_whether_it_took_it_is_not_given_it_twice(
    database, client, http_provider, answer
):
    alone = House(database, client, [http_provider], [AfricasTalking])
    http_provider.answers = [answer]
    await alone.enqueue()
    assert await alone.end() == [0, 0, 1]
    assert alone.asked() == [1]
    [dead] = await list_messages(database, status="dead", limit=1)
    assert dead.why.startswith("unsure: ")


@pytest.mark.parametrize("answer", [(500, b""), (400, b"{}")])
async def test_what_nobody_ever_takes_is_a_dead_letter(alone, answer):
    alone.providers[0].answers = [answer]
    await alone.enqueue()
    assert await alone.end() == [0, 0, 1]


async def test_who_is_alone_and_fails_leaves_a_dead_letter_that_says_why(alone):
    await alone.enqueue()
    await alone.hear("failed")
    assert await alone.end() == [0, 0, 1]
    assert alone.asked() == [1]
    [dead] = await list_messages(alone.database, status="dead", limit=1)
    assert (dead.why or "").startswith(alone.wires[0].why)


@pytest.mark.parametrize("reply", ["451 later", "421 busy", None])
async def test_a_letter_that_a_mail_server_took_in_silence_bears_the_same_name_again(
    database, mail_server, monkeypatch, reply
):
    monkeypatch.setattr(relay, "ANSWER_SECONDS", 0.2)
    server = read_url(f"smtp://127.0.0.1:{mail_server.port}")
    house = House(database, None, [], [])
    routes = {Channel.EMAIL: [by_mail(server, WORDING, OwnMailbox("vaksin@example.org"))]}
    house.sender = Sender(house.outbox, routes, metrics=Metrics(), clock=lambda: house.now)
    await house.outbox.put(letter())
    mail_server.reply = reply
    await house.send()
    assert await house.count("queued") == 1
    mail_server.reply = "250 OK"
    assert await house.end() == [1, 0, 0]
    names = {
        line
        for *_, content in mail_server.letters
        for line in content.splitlines()
        if line.startswith(b"Message-ID")
    }
    assert len(mail_server.letters) == 2
    assert len(names) == 1
