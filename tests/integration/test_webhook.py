"""The webhook path: what every wire gets, whatever comes in and whatever breaks behind it."""

import asyncio
import json
from datetime import UTC, datetime
from time import monotonic
from types import MappingProxyType

import pytest

from channels.contract import RejectedError, Response
from channels.whatsapp.twilio import TwilioWhatsappAdapter, TwilioWhatsappCarrier
from core.conversation.engine import Conversation
from core.database.unavailable import UnavailableError
from core.events import HangUp, Moved, OptOut, Receipt, ReceiptStatus
from core.messages import Address, AddressKind, Channel, Inbound, UssdSession
from core.outbox.answers import answer_key
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import ContendedError, Pipeline
from gateway.http import webhook
from gateway.http.asgi import write
from gateway.intake.intake import Intake
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from gateway.runtime.readiness import TURNS_MIN
from gateway.wiring.app import asgi_apps, dispatch, make_webhooks
from tests.contract.channels import ACCOUNT, CONTENTS
from tests.fixtures.stores import Stores
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, NAME, NIK, WORDING

SENDER = Address(AddressKind.PHONE, "+6281211110001")

PHONE = Address(AddressKind.PHONE, "+6281211110001")

COOKIES = (("set-cookie", "a=1; HttpOnly"), ("set-cookie", "b=2"), ("x-of-this-wire", "ya"))


class Wire:
    """A wire whose body names what it carries; one line an event."""

    name, provider, body_bytes_max = "test", "test", 10_000
    paths = MappingProxyType({"/wire": ("POST",), "/wire/get": ("GET", "POST")})
    headers = ()  # of its answers

    def __init__(self, *, in_band=True):
        self.in_band = in_band

    def parse(self, request):
        return tuple(self._event(line, request) for line in request.body.decode().split("\n"))

    def _event(self, line, request):
        kind, _, text = line.partition(" ")
        if kind == "reject":
            raise RejectedError("not signed", status=int(text))
        if kind == "crash":
            raise ZeroDivisionError("Siti 3204115706960001")
        if kind == "receipt":
            return Receipt(provider="test", provider_id=text, status=ReceiptStatus.DELIVERED)
        if kind == "optout":
            return OptOut(address=PHONE)
        if kind == "moved":
            at = request.received_at
            whose = {"old": (PHONE,), "new": Address(AddressKind.WHATSAPP, "ID.1")}
            return Moved(
                channel=Channel.WHATSAPP, provider="test", message_id=text, received_at=at, **whose
            )
        if kind == "hangup":
            return HangUp(channel=Channel.USSD, address=PHONE, completed=False)
        return Inbound(
            channel=Channel(kind),
            provider="test",
            address=PHONE,
            message_id=text,
            received_at=request.received_at,
            ussd=UssdSession("s", text) if kind == "ussd" else None,
            text="" if kind == "ussd" else text,
        )

    def answer(self, request, reply):
        if reply is None:
            return Response(b"ACK", headers=self.headers)
        verb = "END" if reply.ends else "CON"
        said = f"{verb} {WORDING.page(reply, septets_max=160)}".encode()
        return Response(said, headers=self.headers)


class Broken:
    """A store of which one method fails, or never answers."""

    def __init__(self, port, method, error=None):
        self._port, self._method, self._error = port, method, error

    def __getattr__(self, name):
        return self._fail if name == self._method else getattr(self._port, name)

    async def _fail(self, *args, **more):
        if self._error is None:
            await asyncio.Event().wait()
        raise self._error


class Answer:
    def __init__(self):
        self.status, self.headers, self.body = 0, {}, b""

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.fields = [(name.decode(), value.decode()) for name, value in message["headers"]]
            self.headers = dict(self.fields)
        self.body += message.get("body", b"")


class House:
    """A desk on stores in memory, and a wire to it."""

    def __init__(self, *, in_band=True, break_=lambda house: None, wire=None):
        self.sessions, self.stores = MemorySessions(), Stores()
        self.outbox = self.stores.outbox
        self.metrics, self.deadline, self.nudges = Metrics(), Deadline(5), []
        self.wire = wire or Wire(in_band=in_band)
        break_(self)
        conversation = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)
        self.intake = Intake(
            pipeline=Pipeline(
                self.sessions,
                self.stores.effects,
                conversation,
                watch=self.metrics.watch,
            ),
            sessions=self.sessions,
            database=self.stores.database,
            outbox=self.outbox,
            metrics=self.metrics,
            deadline=self.deadline,
            nudge=lambda: self.nudges.append(1),
            campaign=CAMPAIGN.id,
        )
        self.app = dispatch(
            asgi_apps(make_webhooks([self.wire], self.intake, "id")), self._nothing
        )

    async def _nothing(self, scope, receive, send):
        await write(send, Response(b"", 404))

    async def post(self, body, *, path="/wire", method="POST", headers=(), chunks=None):
        chunks = [body] if chunks is None else chunks
        answer = Answer()
        messages = [
            {"type": "http.request", "body": chunk, "more_body": n + 1 < len(chunks)}
            for n, chunk in enumerate(chunks)
        ]

        async def receive():
            if messages:
                return messages.pop(0)
            return {"type": "http.disconnect"}

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": list(headers),
            "client": ("127.0.0.1", 4711),
        }
        await self.app(scope, receive, answer.send)
        self.unread = len(messages)
        return answer

    def counted(self, name):
        return [
            line for line in self.metrics.text().decode().splitlines() if line.startswith(name)
        ]


def turns(house, channel="ussd"):
    """How many turns were timed, by how they ended."""
    registry = house.metrics.registry
    return {
        result: registry.get_sample_value(
            "satupintu_turn_seconds_count",
            {"channel": channel, "provider": "test", "result": result},
        )
        for result in ("answered", "unsure")
    }


async def test_an_answer_goes_out_in_band():
    house = House()
    answer = await house.post(b"ussd ")
    assert answer.status == 200
    assert answer.body.startswith(b"CON ")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert turns(house) == {"answered": 1, "unsure": 0}


async def test_headers_go_out_with_the_answer_and_with_the_apology():
    house = House()
    house.wire.headers = COOKIES
    answer = await house.post(b"ussd ")
    assert (answer.status, answer.fields[2:]) == (200, list(COOKIES))

    def break_(house):
        house.sessions = Broken(house.sessions, "load", UnavailableError())

    broken = House(break_=break_)
    broken.wire.headers = COOKIES
    sorry = await broken.post(b"ussd ")
    assert (sorry.status, set(COOKIES) <= set(sorry.fields)) == (503, True)
    assert "retry-after" in sorry.headers


async def test_an_answer_out_of_band_is_queued_before_it_is_acknowledged():
    house = House(in_band=False)
    answer = await house.post(b"whatsapp hello")
    assert answer.body == b"ACK"
    assert len(house.nudges) == 1
    await house.post(b"whatsapp hello")
    queued = await house.outbox.claim(now=datetime.now(UTC), lease_seconds=9, limit=9)
    assert [one.message.key for one in queued] == [answer_key(SENDER, "hello")]


async def test_with_contents_an_answer_at_twilio_goes_out_once_and_not_in_band():
    house = House(wire=TwilioWhatsappAdapter(WORDING, "", None, CONTENTS))
    form = b"MessageSid=SM1&From=whatsapp%3A%2B6281211110001&Body=halo&NumMedia=0"
    answers = [house.post(form, path="/whatsapp/twilio") for _ in range(3)]
    for answer in await asyncio.gather(*answers):
        assert (answer.status, answer.body.endswith(b"<Response/>")) == (200, True)
    queued = await house.outbox.claim(now=datetime.now(UTC), lease_seconds=9, limit=9)
    assert [one.message.key for one in queued] == [answer_key(SENDER, "SM1")]
    carrier = TwilioWhatsappCarrier(ACCOUNT, "+6281110500567", WORDING, CONTENTS)
    assert carrier.compose(queued[0].message).form["ContentSid"] == CONTENTS["list4"]


async def test_a_redelivery_is_answered_alike_and_counted():
    house = House()
    first, again = await house.post(b"sms DAFTAR"), await house.post(b"sms DAFTAR")
    assert first.body == again.body
    assert house.counted("satupintu_redeliveries_total") == ["satupintu_redeliveries_total 1.0"]


async def test_a_registration_is_counted_once_by_its_outcome():
    house = House()
    for text in (f"DAFTAR {NIK}#{NAME}#PERAWAT", "YA", "YA"):
        await house.post(f"sms {text}".encode())
    assert house.counted("satupintu_outcomes_total") == [
        'satupintu_outcomes_total{outcome="registered"} 1.0'
    ]


async def test_a_hang_up_counts_the_step_that_was_left():
    house = House()
    for typed in (b"ussd ", b"ussd 1", b"ussd 1*1"):
        await house.post(typed)
    assert (await house.post(b"hangup")).body == b"ACK"
    assert len(house.counted("satupintu_abandoned_total")) == 1


async def test_a_number_that_changed_is_counted_and_is_no_turn():
    house = House()
    for text in (f"sms DAFTAR {NIK}#{NAME}#PERAWAT", "sms YA", "moved 1"):
        assert (await house.post(text.encode())).status == 200
    queued = await house.outbox.claim(now=datetime.now(UTC), lease_seconds=9, limit=9)
    told = [one.message.address.value for one in queued]
    assert (told, len(house.nudges)) == (["ID.1"], 1)
    assert house.counted("satupintu_moved_total") == [
        'satupintu_moved_total{channel="whatsapp",provider="test"} 1.0'
    ]


async def test_a_receipt_and_an_opt_out_are_acknowledged():
    house = House()
    assert (await house.post(b"receipt id")).body == b"ACK"
    assert (await house.post(b"optout")).body == b"ACK"
    assert len(house.stores.rows("opt_outs")) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
async def test_a_rejected_request_gets_its_status_and_a_plain_reason(status):
    house = House()
    answer = await house.post(f"reject {status}".encode())
    assert (answer.status, answer.body) == (status, b"not signed\n")
    label = f'satupintu_rejected_total{{status="{status}",wire="test"}} 1.0'
    assert label in house.counted("satupintu_rejected")


async def test_a_wrong_method_is_told_the_right_ones():
    house = House()
    answer = await house.post(b"", method="DELETE", path="/wire/get")
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, POST"


async def test_a_body_at_the_bound_is_read_and_one_byte_more_is_not():
    house = House()
    fits = b"receipt ".ljust(Wire.body_bytes_max, b"x")
    assert (await house.post(fits)).status == 200
    assert (await house.post(fits + b"x")).status == 413
    halves = [fits[:9], fits[9:]]
    assert (await house.post(b"", chunks=halves)).status == 200
    assert (await house.post(b"", chunks=[*halves, b"x", b"never read"])).status == 413
    assert house.unread == 1
    assert (await house.post(b"", chunks=[fits + b"x", b"never read"])).status == 413
    assert house.unread == 1


async def test_a_length_that_is_too_large_is_refused_before_the_body_is_read():
    house = House()
    for length in (str(Wire.body_bytes_max + 1), "9" * 5_000):
        headers = [(b"content-length", length.encode())]
        refused = await house.post(b"receipt 1", headers=headers)
        assert (refused.status, refused.headers["connection"]) == (413, "close")


@pytest.mark.parametrize(("count", "status"), [(0, 200), (1, 431)])
async def test_headers_are_bounded(count, status):
    headers = [(b"x", b"y")] * (webhook.HEADERS_MAX + count)
    assert (await House().post(b"receipt 1", headers=headers)).status == status


async def test_a_caller_that_hangs_up_halfway_is_not_answered():
    house = House()
    answer = Answer()

    async def receive():
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/wire", "query_string": b"", "headers": []}
    await house.app(scope, receive, answer.send)
    assert answer.status == 0


async def overdue(house, task):
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(house.deadline) == 1
    house.deadline.cancel_overdue(monotonic() + 6)
    return await task


async def test_a_body_that_never_ends_is_408():
    house = House()
    answer = Answer()
    scope = {"type": "http", "method": "POST", "path": "/wire", "query_string": b"", "headers": []}

    async def receive():
        await asyncio.Event().wait()

    await overdue(house, asyncio.create_task(house.app(scope, receive, answer.send)))
    assert (answer.status, answer.headers["connection"]) == (408, "close")


async def test_a_turn_that_never_ends_is_503():
    def break_(house):
        house.sessions = Broken(house.sessions, "load")

    house = House(break_=break_)
    answer = await overdue(house, asyncio.create_task(house.post(b"sms hello")))
    assert answer.status == 503
    assert turns(house, "sms") == {"answered": 0, "unsure": 1}
    assert int(answer.headers["retry-after"]) > 0


async def test_a_store_that_is_down_is_503_and_on_ussd_words_to_act_on():
    def break_(house):
        house.sessions = Broken(house.sessions, "load", UnavailableError())

    house = House(break_=break_)
    text, screen = await house.post(b"sms hello"), await house.post(b"ussd ")
    assert (text.status, screen.status) == (503, 503)
    assert text.headers["retry-after"] == screen.headers["retry-after"]
    assert screen.body.startswith(b"END Maaf")
    assert turns(house) == turns(house, "sms") == {"answered": 0, "unsure": 1}


async def test_turns_that_fail_make_the_gateway_unready_and_a_few_do_not():
    def break_(house):
        house.sessions = Broken(house.sessions, "load", UnavailableError())

    house = House(break_=break_)
    for _ in range(TURNS_MIN - 1):
        await house.post(b"sms hello")
    await house.intake.recent.check()
    await house.post(b"sms hello")
    with pytest.raises(UnavailableError):
        await house.intake.recent.check()


async def test_whoever_writes_many_messages_at_once_makes_nobody_unready():
    def break_(house):
        house.sessions = Broken(house.sessions, "save", ContendedError())

    house = House(break_=break_)
    for _ in range(2 * TURNS_MIN):
        assert (await house.post(b"sms hello")).status == 503
    await house.intake.recent.check()


async def test_an_outbox_that_is_down_is_no_acknowledgement():
    def break_(house):
        house.outbox = Broken(house.outbox, "put", UnavailableError())

    house = House(in_band=False, break_=break_)
    assert (await house.post(b"sms hello")).status == 503
    assert house.nudges == []
    assert turns(house, "sms") == {"answered": 0, "unsure": 1}


@pytest.mark.parametrize("body", [b"crash", b"\xff", b"nonsense", b"ussd \nnonsense"])
async def test_what_nobody_foresaw_is_503_with_an_id_and_nothing_else(body, logged):
    house = House()
    answer = await house.post(body)
    line = logged()[0]
    assert answer.status == 503
    expected = f"not certain; please send it again (error {line['error_id']})\n"
    assert answer.body.decode() == expected
    assert "Siti" not in json.dumps(line)


async def test_several_messages_of_one_request_are_all_taken():
    house = House(in_band=False)
    await house.post(b"sms DAFTAR\nwhatsapp 1\noptout\nreceipt x")
    assert len(house.nudges) == 2
