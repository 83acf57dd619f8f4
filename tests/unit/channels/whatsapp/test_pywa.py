"""What we send is what pywa, an independent client, sends; what it receives is what we read."""

import json

import httpx
import pytest
from pywa import WhatsApp, handlers, types

from channels.contract import Request
from channels.whatsapp.flow import SCREEN, Flows
from channels.whatsapp.flow_token import make_token, read_token
from channels.whatsapp.meta import API_URL, MetaAdapter, MetaCarrier
from channels.whatsapp.meta_account import MetaAccount
from channels.whatsapp.templates import MetaTemplates
from core.events import OptOut
from core.messages import Address, AddressKind, Channel, Location, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.ticket import Ticket
from core.wording.templates import Templates
from tests.contract.channels import envelope
from tests.scripts import CAMPAIGN, NAME, NIK, NUMBER, PHONE, START, WORDING

OURS = MetaCarrier("rahasia", "1050", API_URL, WORDING)
CHATS = MetaAdapter(None, None, "1050", secret=b"s" * 32)
HIDDEN = Address(AddressKind.WHATSAPP, "ID.13491208655302741918")
TO, REFERENCE = PHONE.value[1:], "42"
SECRET = b"s" * 32
TOKEN = make_token(SECRET, PHONE, "k", START)
TEMPLATES = Templates(CAMPAIGN, WORDING)
NAMES = {name for one in CAMPAIGN.whatsapp.templates.values() for name in one.variables}
SENT = {"contacts": [{"input": TO, "wa_id": TO}], "messages": [{"id": "wamid.1"}]}
HEARD = (
    *(handlers.MessageHandler, handlers.CallbackButtonHandler, handlers.CallbackSelectionHandler),
    handlers.FlowCompletionHandler,
    *(handlers.MessageStatusHandler, handlers.UserMarketingPreferencesHandler),
    handlers.PhoneNumberChangeHandler,
)

NIK_ASKED = Reply((Prompt("ask_nik"),), "id")
FILLED = {"nik": NIK, "full_name": NAME, "profession": "Bidan"}
CONFIRM = Reply((Prompt("confirm", FILLED, ("yes", "change")),), "id")
DATES = Reply((Prompt("ask_date", {}, ("date:2021-09-20", "date:2021-09-21", "yes", "no")),), "id")
FACILITY = Reply((Prompt("ask_facility", {}, ("text:RSUD", "text:RSUD")),), "id")
PHONE_ASKED = Reply((Prompt("ask_phone"),), "id")
TICKET = Ticket(
    number="7K3M-9QXC",
    code="X",
    kind="booked",
    facility_name="RSUD",
    facility_address="Jl. 1",
    start=START,
)


def outgoing(reply, **more):
    given = {"key": "k", "channel": Channel.WHATSAPP, "address": PHONE, **more}
    return Outgoing(reply=reply, created_at=START, **given)


def long(reply):
    return WORDING.text(reply, "long")


def body(reply):
    return WORDING.parts(reply).body


class Theirs:
    """pywa: the requests that it made, and the updates that it heard."""

    def __init__(self):
        self.sent, self.heard = [], []
        session = httpx.Client(transport=httpx.MockTransport(self._accept))
        options = {"verify_token": "v", "validate_updates": False, "api_version": 25.0}
        self.client = WhatsApp("1050", "rahasia", session=session, server=None, **options)
        self.client.add_handlers(*(kind(lambda _, one: self.heard.append(one)) for kind in HEARD))

    def _accept(self, request):
        self.sent.append(request)
        return httpx.Response(200, json={"messaging_product": "whatsapp", "id": "1", **SENT})

    def hear(self, raw):
        assert self.client.webhook_update_handler(raw) == ("ok", 200)
        return self.heard.pop()


@pytest.fixture(scope="module")
def theirs():
    return Theirs()


# -- out -------------------------------------------------------------------------------------


def _buttons(client, **to):
    buttons = [types.Button("Ya", "1"), types.Button("Ubah", "2")]
    client.send_message(text=body(CONFIRM), buttons=buttons, **to)


def _list(client, **to):
    rows = [
        types.SectionRow("Senin, 20 September 2021", "1"),
        types.SectionRow("Sel 21 Sep 2021", "2", "Selasa, 21 September 2021"),
        types.SectionRow("Ya", "3"),
        types.SectionRow("Tidak", "4"),
    ]
    picker = types.SectionList("Pilih", [types.Section("Pilih", rows)])
    client.send_message(text=body(DATES), buttons=picker, **to)


def _text(client, **to):
    client.send_message(text=long(NIK_ASKED), preview_url=False, **to)


def _picture(client, **to):
    client.send_image(image="2754859441498128", caption=long(NIK_ASKED), **to)


KINDS = {
    "text": (NIK_ASKED, {}, _text),
    "picture": (NIK_ASKED, {"ticket": TICKET}, _picture),
    "buttons": (CONFIRM, {}, _buttons),
    "list": (DATES, {}, _list),
    "location": (FACILITY, {}, lambda wa, **to: wa.request_location(text=long(FACILITY), **to)),
    "contact": (
        PHONE_ASKED,
        {"address": HIDDEN},
        lambda wa, **to: wa.request_contact_info(text=long(PHONE_ASKED), **to),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_we_send_what_they_send(theirs, kind):
    reply, more, send = KINDS[kind]
    message = outgoing(reply, **more)
    picture = "2754859441498128" if OURS.upload(message) else ""
    ours = OURS.compose(message, REFERENCE, picture)
    send(theirs.client, to=message.address.value.removeprefix("+"), tracker=REFERENCE)
    same(ours, theirs.sent.pop())


def same(ours, request):
    assert ours.json == json.loads(request.content)
    assert ours.url == str(request.url)
    assert ours.headers["authorization"] == request.headers["authorization"]


def test_we_offer_the_form_that_they_offer(theirs):
    carrier = MetaCarrier("rahasia", "1050", API_URL, WORDING, Flows({"id": "1234"}, SECRET))
    reply = Reply((Prompt("ask_consent", choices=("agree", "disagree")),), "id")
    ours = carrier.compose(outgoing(reply), REFERENCE)
    phrases = WORDING.phrases("id", "long")
    button = types.FlowButton(
        title=phrases["flow_cta"],
        flow_id="1234",
        flow_token=TOKEN,
        flow_message_version="3",
        flow_action_type="navigate",
        flow_action_screen=SCREEN,
        mode="published",
    )
    text = f"{long(reply)}\n\n{phrases['flow_hint']}"
    theirs.client.send_message(to=TO, text=text, buttons=button, tracker=REFERENCE)
    same(ours, theirs.sent.pop())


@pytest.mark.parametrize("key", CAMPAIGN.whatsapp.templates)
def test_we_send_the_templates_that_they_send(theirs, key):
    reply = Reply((Prompt(key, dict.fromkeys(NAMES, NUMBER)),), "id")
    filled = TEMPLATES.fill(reply)
    ours = MetaTemplates(MetaAccount("rahasia", "1050", API_URL), TEMPLATES)
    places = " ".join(f"{{{{{n}}}}}" for n in range(1, len(filled.values) + 1))
    body = types.templates.BodyText(f"a {places} z", *filled.values) if filled.values else None
    theirs.client.send_template(
        to=TO,
        name=filled.name,
        language=types.templates.TemplateLanguage(filled.code),
        params=[body.params(*filled.values)] if body else None,
        tracker=f"t{REFERENCE}",
    )
    request = theirs.sent.pop()
    for part in (written := json.loads(request.content))["template"].get("components", ()):
        part["type"] = part["type"].lower()  # as Meta writes it
    built = httpx.Request("POST", request.url, headers=request.headers, json=written)
    same(ours.compose(outgoing(reply), REFERENCE), built)


def test_we_hand_over_the_picture_that_they_hand_over(theirs):
    ours = OURS.upload(outgoing(NIK_ASKED, ticket=TICKET))
    ((name, content, media_type),) = ours.files.values()
    theirs.client.upload_media(content, mime_type=media_type, filename=name)
    request = theirs.sent.pop()
    assert ours.url == str(request.url)
    assert ours.headers["authorization"] == request.headers["authorization"]
    built = httpx.Request("POST", ours.url, data=ours.form, files=ours.files)
    assert parts(built) == parts(request)


def parts(request):
    """Return the parts of a multipart body: their headers and content, in any order."""
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    return sorted(part.strip(b"\r\n") for part in request.read().split(b"--" + boundary))


# -- in --------------------------------------------------------------------------------------


def post(value):
    contact = {"profile": {"name": NAME}, "wa_id": TO, "user_id": HIDDEN.value}
    return json.dumps(envelope({"contacts": [contact], **value})).encode()


def read(raw):
    (event, *_rest) = CHATS.parse(
        Request(method="POST", path="/whatsapp/meta", body=raw, received_at=START)
    )
    return event


def message(kind, **content):
    return {"from": TO, "id": "wamid.7", "timestamp": "1611100800", "type": kind, **content}


def both(theirs, kind, **content):
    raw = post({"messages": [message(kind, **content)]})
    heard, event = theirs.hear(raw), read(raw)
    assert event.message_id == heard.id
    assert event.address.value == f"+{heard.from_user.wa_id}"
    return heard, event


def test_words_are_the_same_words(theirs):
    heard, event = both(theirs, "text", text={"body": "DAFTAR"})
    assert (event.text, event.wordless) == (heard.text, False)
    image = {"id": "1", "mime_type": "image/png", "sha256": "x", "caption": "ini KTP"}
    heard, event = both(theirs, "image", image=image)
    assert (event.text, event.wordless) == (heard.caption, False)


def test_what_is_tapped_is_the_same(theirs):
    context = {"from": "628111", "id": "wamid.6"}
    button = {"type": "button_reply", "button_reply": {"id": "1", "title": "Ya"}}
    heard, event = both(theirs, "interactive", interactive=button, context=context)
    assert event.text == heard.data == "1"
    row = {"id": "2", "title": "Sel 21 Sep 2021", "description": "Selasa, 21 September 2021"}
    heard, event = both(
        theirs,
        "interactive",
        interactive={"type": "list_reply", "list_reply": row},
        context=context,
    )
    assert event.text == heard.data == "2"
    heard, event = both(
        theirs, "button", button={"payload": "QR_7", "text": "Daftar"}, context=context
    )
    assert event.text == heard.title == "Daftar"


def test_a_filled_form_is_the_same_form(theirs):
    said = {"nik": NIK, "full_name": NAME, "profession": "perawat", "flow_token": TOKEN}
    filled = {"name": "flow", "body": "Sent", "response_json": json.dumps(said)}
    reply = {"type": "nfm_reply", "nfm_reply": filled}
    heard, event = both(
        theirs, "interactive", interactive=reply, context={"from": "628111", "id": "wamid.6"}
    )
    assert event.answers == {name: heard.response[name] for name in said if name != "flow_token"}
    assert event.form == read_token(heard.token, secret=SECRET, address=PHONE, at=START) != ""


def test_a_shared_place_is_the_same_place(theirs):
    heard, event = both(theirs, "location", location={"latitude": -7.2279, "longitude": 107.9087})
    assert event.location == Location(heard.location.latitude, heard.location.longitude)


@pytest.mark.parametrize("origin", ["contact_request", "other"])
def test_a_shared_contact_is_the_same_number(theirs, origin):
    phone = {"phone": "+62 812-1111-0001", "wa_id": TO, "type": "CELL"}
    contact = {"name": {"formatted_name": NAME}, "phones": [phone], "origin": origin}
    heard, event = both(theirs, "contacts", contacts=[contact])
    assert heard.contacts.origin == origin
    assert event.contact == f"+{heard.contacts[0].phones[0].wa_id}"


def test_a_number_that_changed_is_the_same(theirs):
    system = {"body": "x", "type": "user_changed_number", "wa_id": "6281211110002"}
    raw = post({"messages": [message("system", system=system)]})
    heard, event = theirs.hear(raw), read(raw)
    assert event.message_id == heard.id
    assert event.old[0].value == f"+{heard.old_wa_id}"
    assert event.new.value == f"+{heard.new_wa_id}"


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed"])
def test_a_status_is_the_same_status(theirs, status):
    told = {
        "id": "wamid.1",
        "status": status,
        "timestamp": "1611100800",
        "recipient_id": TO,
        "biz_opaque_callback_data": REFERENCE,
    }
    if status == "failed":
        told["errors"] = [{"code": 131026, "title": "undeliverable", "message": "x"}]
    raw = post({"statuses": [told]})
    heard, event = theirs.hear(raw), read(raw)
    assert (event.provider_id, event.status) == (heard.id, heard.status)
    assert event.reference == heard.tracker
    if status == "failed":
        assert event.reason == f"code_{heard.error.code}"


@pytest.mark.parametrize("value", ["stop", "resume"])
def test_an_opt_out_is_the_same(theirs, value):
    wish = {
        "wa_id": TO,
        "detail": "x",
        "category": "marketing_messages",
        "value": value,
        "timestamp": 1611100800,
    }
    theirs_raw = json.loads(post({"user_preferences": [wish]}))
    theirs_raw["entry"][0]["changes"][0]["field"] = "user_preferences"
    raw = json.dumps(theirs_raw).encode()
    heard, event = theirs.hear(raw), read(raw)
    assert event == OptOut(address=PHONE, out=heard.value == "stop", marketing=True)
