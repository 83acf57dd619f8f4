"""Which provider an SMS goes by, from whom, and how it is handed over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.contract import Delivery, Sent
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.wording.catalog import load_wording
from gateway.sending.delivery import by_http, create_client
from gateway.settings.configuration import load_configuration
from gateway.settings.settings import given_names
from gateway.wiring.routes import make_routes
from tests.integration.test_sender import LATER, NOT_HERE, House, outgoing, routes
from tests.scripts import CAMPAIGN, ROOT, WORDING

TELKOMSEL = Address(AddressKind.PHONE, "+6281111110001")
XL = Address(AddressKind.PHONE, "+6281711110001")


@pytest.mark.parametrize(("address", "tried"), [(TELKOMSEL, "ba"), (XL, "ab")])
async def test_the_number_decides_who_is_tried(address, tried):
    (a, b), log = routes(LATER, LATER)
    house = House({Channel.SMS: [a, b], "sms+62811": [b, a]})
    await house.outbox.put(outgoing(address=address))
    await house.send()
    assert "".join(log) == tried


async def test_nobody_else_sends_to_such_a_number_whoever_brought_the_question():
    (a, b), log = routes(Sent("1"), LATER)
    house = House({Channel.SMS: [a, b], "sms+62811": [b]})
    await house.outbox.put(outgoing(address=TELKOMSEL, provider="a"))
    await house.send()
    assert log == ["b"]


async def test_the_number_decides_for_an_sms_that_stands_in_too():
    (a, b), log = routes(NOT_HERE, Sent("1"))
    house = House({Channel.WHATSAPP: [a], Channel.SMS: [a], "sms+62811": [b]})
    await house.outbox.put(outgoing(channel=Channel.WHATSAPP, address=TELKOMSEL))
    await house.send()
    assert (log, house.outbox_row("k1")["provider"]) == (["a", "b"], "sms/b")


@pytest.fixture
async def made(monkeypatch, tmp_path):
    for name in given_names():
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    async def make(**given):
        monkeypatch.setenv("SATUPINTU_CAMPAIGN", f"{ROOT}/campaign.toml")
        for name, value in given.items():
            monkeypatch.setenv(f"SATUPINTU_{name}", value)
        configuration = load_configuration()
        async with create_client() as client:
            each = make_routes(configuration, load_wording(None, CAMPAIGN), client)
        return {name: [one.provider for one in several] for name, several in each.items()}

    return make


async def test_accounts_at_operators_make_routes(made):
    kannel = {f"KANNEL_{part}": "1199" for part in ("USERNAME", "PASSWORD", "FROM")}
    assert await made(
        **kannel,
        KANNEL_URL="http://127.0.0.1:13013/cgi-bin/sendsms",
        DIGIHUB_API_KEY="k",
        DIGIHUB_SECRET="s",
        ROUTES="sms=kannel,twilio",
        SMS_PREFIXES="+62811=digihub,kannel;+62817=jasmin",
    ) == {
        "whatsapp": [],
        "sms": ["kannel"],
        "email": [],
        "sms+62811": ["digihub", "kannel"],  # and not +62817, where no account sends
    }


class Recorder:
    """A carrier that takes down what it is to send."""

    provider, echoes_reference = "recorder", True

    def __init__(self, url):
        self.url, self.messages = url, []

    def compose(self, message, reference=""):
        self.messages.append(message)
        signed = self.sign
        headers = {"content-type": "text/plain"}
        return Delivery(url=self.url, headers=headers, headers_at=signed, content=b"\xc3\xa9")

    def sign(self, at):
        assert abs((datetime.now(UTC) - at).total_seconds()) < 60
        return {"x-signature": "now"}

    def read_response(self, status, body):
        return Sent("")


async def test_octets_go_as_they_are_signed_now_and_without_an_id_ours_counts(http_provider):
    async with create_client() as client:
        house = House({Channel.SMS: [by_http(Recorder(http_provider.url), client)]})
        await house.outbox.put(outgoing())
        await house.send()
    ((_, headers, body),) = http_provider.requests
    assert (body, headers["content-type"]) == (b"\xc3\xa9", "text/plain")
    assert headers["x-signature"] == "now"
    row = house.outbox_row("k1")
    assert (row["status"], row["provider_id"]) == ("sent", str(row["id"]))


@pytest.mark.parametrize(
    ("key", "headers", "sender"),
    [
        ("code_sms", {}, "KODE"),
        ("code_sms", {"sender": "OTHER", "to": "1199"}, "KODE"),
        ("invitation", {"sender": "PEDULICOVID"}, ""),
        ("invitation_seat", {"sender": "PEDULICOVID"}, ""),
        ("invitation_wish", {"sender": "PEDULICOVID"}, "VAKSIN"),
        ("reminder_day", {"sender": "PEDULICOVID"}, "PEDULICOVID"),
    ],
)
async def test_a_kind_of_sms_has_its_sender(http_provider, key, headers, sender):
    recorder = Recorder(http_provider.url)
    senders = {"code_sms": "KODE", "invitation": "", "invitation_wish": "VAKSIN"}
    async with create_client() as client:
        house = House({Channel.SMS: [by_http(recorder, client, senders=senders)]})
        reply = Reply((Prompt(key), Prompt("help")), "id")
        await house.outbox.put(replace(outgoing(headers=headers), reply=reply))
        await house.send()
    assert [one.headers["sender"] for one in recorder.messages] == [sender]


def test_every_kind_of_sms_is_a_phrase():
    kinds = {"code_sms", "invitation", "invitation_seat", "invitation_wish", "reminder_day"}
    assert kinds <= set(WORDING.phrases("id", "short"))
