"""Meta's Cloud API: a message handed over, and what is said to it; an envelope acknowledged."""

import json

import pytest
from msgspec.structs import replace

from channels.contract import Refusal, Refused, Request, Response, Sent
from channels.whatsapp.limits import split
from channels.whatsapp.meta import BODY_CHARACTERS_MAX, MetaAdapter, MetaCarrier
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from tests.scripts import NAME, NIK, PHONE, START, WORDING

UNREADABLE = Refused("unreadable", Refusal.UNSURE)  # but taken: 2xx
WHATSAPP = MetaCarrier("rahasia", "1050/1", "https://graph.example/v1/", WORDING)
CONFIRM = Prompt("confirm", {"nik": NIK, "full_name": NAME, "profession": "Perawat"})
REPLY = Reply((CONFIRM,), "id")
HIDDEN = Address(AddressKind.WHATSAPP, "US.13491208655302741918")


def outgoing(address=PHONE, reply=REPLY):
    return Outgoing(
        key="k", channel=Channel.WHATSAPP, address=address, reply=reply, created_at=START
    )


def test_an_envelope_is_only_acknowledged():
    chats = MetaAdapter(None, "verifikasi", "1050")
    posted = Request(method="POST", path="/whatsapp/meta", body=b"{}", received_at=START)
    assert chats.answer(posted, REPLY) == chats.answer(posted, None) == Response()


def test_a_message_is_handed_over():
    delivery = WHATSAPP.compose(outgoing())
    assert delivery.url == "https://graph.example/v1/1050%2F1/messages"
    assert delivery.headers == {"authorization": "Bearer rahasia"}
    assert delivery.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "6281211110001",
        "type": "text",
        "text": {"body": WORDING.text(REPLY, "long"), "preview_url": False},
    }
    assert "rahasia" not in repr(delivery)


def test_a_user_who_hides_the_number_is_not_written_to_as_one():
    sent = WHATSAPP.compose(outgoing(HIDDEN)).json
    assert sent["recipient"] == HIDDEN.value
    assert "to" not in sent


def test_a_message_too_long_for_one_is_read_by_pages():
    long = Reply((CONFIRM,) * 60, "id")
    parts = split(WORDING.text(long, "long"), BODY_CHARACTERS_MAX)
    assert len(parts) > 1
    for page in range(len(parts) + 1):
        body = WHATSAPP.compose(outgoing(reply=replace(long, page=page))).json["text"]["body"]
        assert body == parts[min(page, len(parts) - 1)]
        assert len(body) <= BODY_CHARACTERS_MAX


def error(code):
    return json.dumps({"error": {"message": "x", "code": code}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, b'{"messages":[{"id":"wamid.9"}]}', Sent("wamid.9")),
        (200, b'{"messages":[]}', UNREADABLE),
        (200, b'{"messages":[{"id":7}]}', UNREADABLE),
        (200, b"[]", UNREADABLE),
        (400, error(131047), Refused("window", Refusal.OTHER_PROVIDER)),
        (400, error(131026), Refused("code_131026", Refusal.OTHER_PROVIDER)),
        (400, error(131049), Refused("code_131049", Refusal.OTHER_PROVIDER)),
        (400, error(131050), Refused("code_131050", Refusal.NO_MARKETING)),
        (400, error(131051), Refused("code_131051", Refusal.OTHER_PROVIDER)),
        (400, error(131062), Refused("code_131062", Refusal.OTHER_PROVIDER)),
        (400, error(132000), Refused("code_132000", Refusal.OTHER_PROVIDER)),
        (400, error(100), Refused("code_100", Refusal.OTHER_PROVIDER)),
        (400, error(131056), Refused("code_131056", Refusal.LATER)),
        (400, error(130429), Refused("code_130429", Refusal.LATER)),
        (400, error(131048), Refused("code_131048", Refusal.LATER)),
        (400, error(131000), Refused("code_131000", Refusal.LATER)),
        (400, error(131016), Refused("code_131016", Refusal.LATER)),
        (400, error(80007), Refused("code_80007", Refusal.LATER)),
        (400, error(4), Refused("code_4", Refusal.LATER)),
        (400, error(613), Refused("code_613", Refusal.LATER)),
        (401, error(190), Refused("code_190", Refusal.OUR_ACCOUNT)),
        (401, error(999), Refused("code_999", Refusal.OUR_ACCOUNT)),
        (403, b"", Refused("http_403", Refusal.OUR_ACCOUNT)),
        (500, error(999), Refused("code_999", Refusal.LATER)),
        (400, error("131050"), Refused("http_400", Refusal.OTHER_PROVIDER)),
        (400, b"<html>", Refused("http_400", Refusal.OTHER_PROVIDER)),
        (404, b"", Refused("http_404", Refusal.OTHER_PROVIDER)),
        (302, b"", Refused("http_302", Refusal.LATER)),
        (503, b"", Refused("http_503", Refusal.LATER)),
        (429, b"[" * 100_000, Refused("http_429", Refusal.LATER)),
    ],
)
def test_every_verdict_is_understood(status, body, verdict):
    assert WHATSAPP.read_response(status, body) == verdict


@pytest.mark.parametrize(
    "code",
    [
        *(0, 3, 10, 33, 190, 200, 299, 368, 131005),
        *(131031, 131037, 131042, 131045, 131064, 133010),
    ],
)
def test_what_is_wrong_with_our_account_is_no_fault_of_the_message(code):
    for status in (400, 401, 403):
        verdict = Refused(f"code_{code}", Refusal.OUR_ACCOUNT)
        assert WHATSAPP.read_response(status, error(code)) == verdict


@pytest.mark.parametrize("code", [100, 130497, 131026, 131047, 131049, 131051, 199, 300])
def test_what_is_wrong_with_one_message_is_not_about_our_account(code):
    verdict = WHATSAPP.read_response(400, error(code))
    assert verdict.means is Refusal.OTHER_PROVIDER
