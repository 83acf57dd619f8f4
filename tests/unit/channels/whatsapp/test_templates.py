"""Approved templates, as Meta and Twilio take them, and what is said about them."""

import json

import msgspec
import pytest

from channels.contract import Refusal, Refused, Request, Sent
from channels.shared.twilio import TwilioAccount
from channels.whatsapp.meta import MetaAdapter
from channels.whatsapp.meta_account import MetaAccount
from channels.whatsapp.templates import MetaTemplates, TwilioTemplates
from channels.whatsapp.twilio import TwilioWhatsappAdapter
from core.campaign import Template, Whatsapp
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.receipts import TEMPLATE
from core.wording.templates import Templates
from tests.scripts import CAMPAIGN, NUMBER, PHONE, START, WORDING

SID = "HX" + "0a" * 16
HIDDEN = Address(AddressKind.WHATSAPP, "US.13491208655302741918")
APPROVED = {
    "verification_verified": Template(variables=("number",), content_sid={"id": SID}),
    "case_undone": Template(name="sp_batal", content_sid={"id": SID}),
    "case_kept": Template(variables=("number",)),
}
TEMPLATES = Templates(
    CAMPAIGN.model_copy(update={"whatsapp": Whatsapp(templates=APPROVED)}), WORDING
)
META = MetaTemplates(MetaAccount("rahasia", "1050/1", "https://graph.example/v1/"), TEMPLATES)
ACCOUNT = TwilioAccount(sid="AC1", token="t", public_url="https://kami.example")
TWILIO = TwilioTemplates(ACCOUNT, "+6281110500567", "/whatsapp/twilio/receipts", TEMPLATES)
UNREADABLE = Refused("unreadable", Refusal.UNSURE)


def outgoing(key="verification_verified", address=PHONE, **facts):
    reply = Reply((Prompt(key, {"number": NUMBER, **facts}),), "id")
    return Outgoing(
        key="k", channel=Channel.WHATSAPP, address=address, reply=reply, created_at=START
    )


def test_meta_takes_the_name_the_language_and_the_values():
    delivery = META.compose(outgoing(), "17")
    assert delivery.url == "https://graph.example/v1/1050%2F1/messages"
    assert delivery.headers == {"authorization": "Bearer rahasia"}
    values = [{"type": "text", "text": NUMBER}]
    assert delivery.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "6281211110001",
        "type": "template",
        "template": {
            "name": "verification_verified",
            "language": {"code": "id"},
            "components": [{"type": "body", "parameters": values}],
        },
        "biz_opaque_callback_data": "t17",
    }
    assert "rahasia" not in repr(META) + repr(delivery)


def test_a_template_without_values_has_no_parts():
    sent = META.compose(outgoing("case_undone", HIDDEN)).json
    assert sent["template"] == {"name": "sp_batal", "language": {"code": "id"}}
    assert sent["recipient"] == HIDDEN.value
    assert not sent.keys() & {"to", "biz_opaque_callback_data"}


def test_twilio_takes_its_own_id_and_the_values():
    delivery = TWILIO.compose(outgoing(), "17")
    assert delivery.form == {
        "To": "whatsapp:+6281211110001",
        "From": "whatsapp:+6281110500567",
        "ContentSid": SID,
        "ContentVariables": json.dumps({"1": NUMBER}, separators=(",", ":")),
        "StatusCallback": "https://kami.example/whatsapp/twilio/receipts?ref=t17",
    }
    assert "ContentVariables" not in TWILIO.compose(outgoing("case_undone")).form


@pytest.mark.parametrize(
    ("key", "meta", "twilio"),
    [("case_undone", True, True), ("case_kept", True, False), ("help", False, False)],
)
def test_only_what_a_template_says_is_taken(key, meta, twilio):
    message = outgoing(key)
    assert (META.takes(message), TWILIO.takes(message)) == (meta, twilio)
    if not meta:
        with pytest.raises(ValueError, match="no template"):
            META.compose(message)


def error(code):
    return json.dumps({"error": {"code": code}, "code": code}).encode()


@pytest.mark.parametrize("code", [132000, 132001, 132012, 132015, 132016, 132099])
def test_meta_says_what_is_wrong_with_a_template(code):
    refused = Refused(f"code_{code}", Refusal.OUR_TEMPLATE)
    assert META.read_response(400, error(code)) == refused


@pytest.mark.parametrize("code", [21656, 63027, 63028, 63040, 63041, 63042])
def test_twilio_says_what_is_wrong_with_a_template(code):
    refused = Refused(f"code_{code}", Refusal.OUR_TEMPLATE)
    assert TWILIO.read_response(400, error(code)) == refused


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b'{"messages":[{"id":"x1"}],"sid":"x1"}', Sent("x1")),
        (200, b"", UNREADABLE),
        (400, error(131_999), Refused("code_131999", Refusal.OTHER_PROVIDER)),
        (400, error(132_100), Refused("code_132100", Refusal.OTHER_PROVIDER)),
        (503, b"", Refused("http_503", Refusal.LATER)),
        (401, b"", Refused("http_401", Refusal.OUR_ACCOUNT)),
    ],
)
def test_all_else_means_what_it_means_for_free_text(status, body, verdict):
    assert META.read_response(status, body) == verdict
    assert TWILIO.read_response(status, body) == verdict


@pytest.mark.parametrize(
    ("repeated", "reference", "template"),
    [("17", "17", False), ("t17", "17", True), ("t", "", False), ("tt17", "", False)],
)
def test_receipts_tell_a_template_from_a_text(repeated, reference, template):
    status = {"id": "wamid.1", "status": "failed", "biz_opaque_callback_data": repeated}
    value = {"metadata": {"phone_number_id": "1050"}, "statuses": [status]}
    body = msgspec.json.encode({"entry": [{"changes": [{"value": value}]}]})
    posted = Request(method="POST", path="/whatsapp/meta", body=body, received_at=START)
    [receipt] = MetaAdapter(None, None, "1050").parse(posted)
    assert (receipt.reference, receipt.template) == (reference, template)
    called = Request(
        method="POST",
        path="/whatsapp/twilio/receipts",
        query=f"ref={repeated}",
        body=b"MessageSid=SM1&MessageStatus=failed&To=whatsapp%3A%2B6281211110001",
        received_at=START,
    )
    [receipt] = TwilioWhatsappAdapter(WORDING, "https://kami.example", None).parse(called)
    assert (receipt.reference, receipt.template) == (reference, template)


def test_a_template_is_named_apart_from_free_text():
    assert (META.provider, TWILIO.provider) == (f"{TEMPLATE}meta", f"{TEMPLATE}twilio")
