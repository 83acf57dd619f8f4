"""WhatsApp's window: what is owed gets there once, by free text, template or SMS."""

from dataclasses import replace
from datetime import timedelta

import pytest

from channels.contract import Refusal, Refused, Sent
from channels.shared.ticket_image import draw_qr_code
from channels.whatsapp.meta import MetaCarrier
from channels.whatsapp.meta_account import MetaAccount
from channels.whatsapp.templates import MetaTemplates
from core.events import Receipt, ReceiptStatus
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.receipts import STAND_IN, TEMPLATE
from core.outbox.ticket import Ticket
from core.outbox.window import WINDOW
from core.wording.templates import Templates
from gateway.runtime.metrics import Metrics
from gateway.sending.delivery import Route, by_http, by_upload, create_client
from gateway.sending.routing import FAILURES_MAX
from gateway.sending.sender import BACKOFF, DOUBT, DOUBTS_MAX, Sender
from tests.fixtures.graph import NO_TEMPLATE, WINDOW_CLOSED, Graph
from tests.fixtures.providers import serve_http
from tests.fixtures.stores import Stores
from tests.scripts import CAMPAIGN, NUMBER, PHONE, START, WORDING

HIDDEN = Address(AddressKind.WHATSAPP, "ID.13491208655302741918")
TICKET = Ticket(
    number=NUMBER,
    code="7K3M9QXC",
    kind="booked",
    facility_name="RSUD",
    facility_address="Jl. 1",
    start=START,
)
KEYS = tuple(CAMPAIGN.whatsapp.templates)
FACTS = {
    **{name: f"@text:{name}" for name in ("facility", "address")},
    **dict.fromkeys(("date", "closed"), "@date:2021-01-20"),
    **dict.fromkeys(("time", "until"), "@time:2021-01-20T08:00+07:00"),
    "number": NUMBER,
    "gone": NUMBER,
    "nik_end": "0001",
    "receipt": "R-1",
    "case": "K-1",
}


def owed(key, address, *, at, prompt="reminder_day", **more):
    return Outgoing(
        key=key,
        channel=Channel.WHATSAPP,
        address=address,
        reply=Reply((Prompt(prompt, FACTS),), "id", ends=True),
        created_at=at,
        **{"answers_request": False, **more},
    )


class House:
    """A sender over an outbox in memory, a Graph and an SMS account; time stands until moved."""

    def __init__(self, graph, client, *, sms=True):
        self.now, self.graph, self.texts = START, graph, []
        graph.clock = lambda: self.now
        account = MetaAccount("rahasia", "1050", graph.url)
        text = MetaCarrier("rahasia", "1050", graph.url, WORDING)
        templates = MetaTemplates(account, Templates(CAMPAIGN, WORDING))
        route = replace(by_http(templates, client, foresees=True), takes=templates.takes)
        routes = {Channel.WHATSAPP: [by_upload(text, client), route]}
        if sms:
            routes[Channel.SMS] = [Route("p", self._text)]
        self.stores, self.metrics = Stores(), Metrics()
        self.outbox = self.stores.outbox
        self.sender = Sender(self.outbox, routes, metrics=self.metrics, clock=lambda: self.now)

    async def _text(self, claimed):
        self.texts.append(claimed.message.key)
        return Sent(f"sms{len(self.texts)}")

    async def hear(self, address, key="asked"):
        """The person writes, and is answered."""
        self.graph.heard[address.value.removeprefix("+")] = self.now
        answer = owed(key, address, at=self.now, answers_request=True, provider="meta")
        await self.outbox.put(answer)
        await self.send()
        self.graph.read.clear()

    async def owe(self, key, address, **more):
        await self.outbox.put(owed(key, address, at=self.now, **more))
        await self.send()

    async def send(self, **later):
        self.now += timedelta(**later)
        return await self.sender.send_due()

    async def fail_late(self):
        """Deliver the receipts of what Meta accepted and could not bring."""
        for wamid, reference in self.graph.failed:
            receipt = Receipt(
                provider="meta",
                provider_id=wamid,
                status=ReceiptStatus.FAILED,
                reason="window",
                reference=reference,
                channel=Channel.WHATSAPP,
            )
            await self.outbox.receipt(receipt, at=self.now)
        self.graph.failed.clear()
        await self.send()

    def row(self, key):
        row = self.stores.outbox_row(key)
        return row["status"], row["provider"]

    @property
    def read(self):
        """What reached people by WhatsApp: as what."""
        return [what for _, what, _ in self.graph.read]


@pytest.fixture
async def client():
    async with create_client() as opened:
        yield opened


@pytest.fixture(params=[False, True], ids=["refused", "failed"])
async def house(request, client):
    async with serve_http(Graph(lambda: START, KEYS, late=request.param)) as graph:
        yield House(graph, client)


@pytest.fixture
async def refusing(client):
    """A house whose Graph refuses at once what it will not bring."""
    async with serve_http(Graph(lambda: START, KEYS)) as graph:
        yield House(graph, client)


@pytest.mark.parametrize("address", [PHONE, HIDDEN])
async def test_every_owed_message_gets_there_once_after_the_window(refusing, address):
    for prompt in KEYS:
        await refusing.owe(prompt, address, prompt=prompt)
        assert refusing.row(prompt) == ("sent", f"{TEMPLATE}meta")
    await refusing.send(hours=1)
    assert (refusing.read, refusing.texts) == (["template"] * len(KEYS), [])


async def test_within_the_window_free_text_goes_and_nothing_else(house):
    await house.hear(PHONE)
    house.now += WINDOW - timedelta(seconds=1)
    await house.owe("owed", PHONE)
    await house.send(hours=24)
    assert (house.read, house.texts, house.graph.refused) == (["text"], [], [])


async def test_a_window_known_to_be_closed_is_not_tried(house):
    await house.hear(PHONE)
    house.now += WINDOW
    await house.owe("owed", PHONE)
    assert (house.read, house.graph.refused, house.graph.failed) == (["template"], [], [])


async def test_a_window_that_closed_unknown_to_us_is_found_out_once(house):
    await house.owe("owed", HIDDEN)
    await house.fail_late()
    await house.fail_late()
    assert (house.read, house.texts) == (["template"], [])
    assert len(house.graph.requests) == 2
    assert house.row("owed") == ("sent", f"{TEMPLATE}meta")


async def test_a_retry_does_not_try_free_text_again(refusing):
    busy, taken = [(503, b"")], refusing.graph.answer
    refusing.graph.answer = lambda path, headers, body: (
        busy.pop() if busy and b'"template"' in body else taken(path, headers, body)
    )
    await refusing.owe("owed", HIDDEN)
    assert refusing.row("owed")[0] == "queued"
    await refusing.send(seconds=BACKOFF.longest_seconds)
    assert refusing.read == ["template"]
    assert refusing.graph.refused == [(HIDDEN.value, WINDOW_CLOSED)]


@pytest.mark.parametrize(("address", "texts"), [(PHONE, ["owed"]), (HIDDEN, [])])
async def test_a_template_not_approved_is_an_alarm_and_an_sms(refusing, logged, address, texts):
    refusing.graph.templates.clear()
    await refusing.owe("owed", address)
    await refusing.owe("more", address)
    assert refusing.texts[:1] == texts
    assert (address.value.removeprefix("+"), NO_TEMPLATE) in refusing.graph.refused
    [line] = [line for line in logged() if line["level"] == "warning"]
    assert line["event"] == "a provider refuses a template of ours"
    assert (line["provider"], line["error"]) == (f"{TEMPLATE}meta", f"code_{NO_TEMPLATE}")


async def test_once_a_template_is_approved_what_waited_for_it_goes(refusing):
    refusing.graph.templates.clear()
    await refusing.owe("owed", HIDDEN)
    assert refusing.row("owed")[0] == "queued"
    refusing.graph.templates.update(KEYS)
    await refusing.send(seconds=BACKOFF.longest_seconds)
    assert refusing.read == ["template"]


async def test_a_refused_template_is_no_word_on_the_account(refusing):
    refusing.graph.templates.clear()
    for place in range(2 * FAILURES_MAX):
        await refusing.owe(f"owed{place}", Address(AddressKind.WHATSAPP, f"ID.{place}"))
    await refusing.hear(PHONE)
    await refusing.owe("fresh", PHONE)
    assert (refusing.read, refusing.texts) == (["text"], [])


async def test_what_no_template_says_goes_by_sms(house):
    await house.owe("owed", PHONE, prompt="help")
    await house.fail_late()
    assert (house.read, house.texts) == ([], ["owed"])
    assert house.row("owed") == ("sent", f"{STAND_IN}p")


@pytest.mark.parametrize("means", [Refusal.LATER, Refusal.OUR_ACCOUNT, Refusal.UNSURE])
async def test_a_template_is_no_way_around_a_text_that_may_still_be_taken(means):
    asked = []

    def route(name, result, **more):
        async def send(_):
            asked.append(name)
            return result

        return Route(name, send, **more)

    routes = [
        route("meta", Refused("x", means)),
        route(f"{TEMPLATE}meta", Sent("1"), foresees=True),
    ]
    now, stores = START, Stores()
    sender = Sender(
        stores.outbox, {Channel.WHATSAPP: routes}, metrics=Metrics(), clock=lambda: now
    )
    await stores.outbox.put(owed("owed", HIDDEN, at=START))
    for attempt in range(1, DOUBTS_MAX + 2):
        await sender.send_due()
        now += timedelta(seconds=max(DOUBT.whole_seconds(attempt), BACKOFF.longest_seconds))
    assert set(asked) == {"meta"}


async def test_receipts_of_the_template_move_it_and_those_of_the_text_do_not(house):
    await house.owe("owed", HIDDEN)
    await house.fail_late()
    row = house.stores.outbox_row("owed")
    late = Receipt(provider="meta", provider_id="wamid.x", status=ReceiptStatus.FAILED)
    for receipt in (
        late,
        Receipt(provider="meta", provider_id=row["provider_id"], status=ReceiptStatus.READ),
    ):
        await house.outbox.receipt(receipt, at=house.now)
    assert house.row("owed") == ("read", f"{TEMPLATE}meta")


async def test_a_template_that_fails_later_goes_on_as_an_sms(house):
    await house.hear(PHONE)
    house.now += timedelta(days=1)
    await house.owe("owed", PHONE)
    failed = Receipt(
        provider="meta",
        provider_id=house.stores.outbox_row("owed")["provider_id"],
        status=ReceiptStatus.FAILED,
        template=True,
        channel=Channel.WHATSAPP,
    )
    await house.outbox.receipt(failed, at=house.now)
    await house.send()
    await house.fail_late()
    assert (house.texts, house.row("owed")) == (["owed"], ("sent", f"{STAND_IN}p"))


# -- Pictures -------------------------------------------------------------------------------------


async def owe_ticket(house):
    await house.hear(PHONE)
    await house.owe("owed", PHONE, ticket=TICKET)


async def test_a_ticket_is_handed_over_before_the_message_that_shows_it(refusing):
    await owe_ticket(refusing)
    [(kind, body)] = refusing.graph.media.values()
    assert kind.startswith("multipart/form-data")
    assert draw_qr_code(TICKET.text) in body
    [(_, what, image)] = refusing.graph.read
    assert (what, image["id"]) == ("image", "media0")
    assert "link" not in image


async def test_a_picture_that_is_refused_costs_nobody_the_words(refusing):
    refusing.graph.uploads = False
    await owe_ticket(refusing)
    assert (refusing.read, refusing.row("owed")) == (["text"], ("sent", "meta"))


@pytest.mark.parametrize("answer", [(503, b""), (504, b""), (401, b"")])
async def test_while_pictures_are_not_taken_the_message_waits(client, answer):
    async with serve_http(Graph(lambda: START, KEYS)) as graph:
        house = House(graph, client, sms=False)
        await house.hear(PHONE)
        taken = graph.answer
        graph.answer = lambda path, headers, body: (
            answer if path.endswith("/media") else taken(path, headers, body)
        )
        await house.owe("owed", PHONE, ticket=TICKET)
        waits = (house.read, house.row("owed")[0])
        assert house.stores.outbox_row("owed")["doubts"] == 0
        graph.answer = taken
        await house.send(seconds=BACKOFF.longest_seconds)
    assert waits == ([], "queued")
    assert house.read == ["image"]
