"""Telkomsel's DigiHub, after its published interface (2026-07-11)."""

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from channels.contract import Refusal, Refused, RejectedError, Request, Sent
from channels.sms.digihub import DigihubCarrier, DigihubReceipts, sign_reference
from core.events import Receipt, ReceiptStatus
from core.messages import Channel
from tests.contract.channels import DIGIHUB, KEY, NOW, PHONE, WORDING
from tests.unit.channels.sms.test_gateways_sending import HARD, PLAIN, outgoing, saying

CARRIER = DigihubCarrier(DIGIHUB, WORDING)
LATER, OURS, SWITCH = Refusal.LATER, Refusal.OUR_ACCOUNT, Refusal.OTHER_PROVIDER


def test_a_message_is_json_as_the_interface_has_it():
    delivery = CARRIER.compose(saying(HARD), "4711")
    text = delivery.json["sms"].pop("sms_text")
    assert PLAIN in text
    assert delivery.url == "https://api.digitalcore.telkomsel.com/digihub/v1/reguler/sendsms"
    assert delivery.headers["api_key"] == "e688u2hgpk"
    assert delivery.json == {
        "transaction": {
            "transaction_id": sign_reference("4711", KEY),
            "callback_domain": "pintu.example",
        },
        "sms": {"sender_id": "1199", "recipient": PHONE[1:]},
    }


def test_a_request_is_signed_for_the_second_in_which_it_is_sent():
    signed = CARRIER.compose(outgoing()).headers_at
    at = int(NOW.timestamp())
    expected = sha256(f"e688u2hgpks3cret{at}".encode()).hexdigest()
    assert signed(NOW + timedelta(microseconds=999_999)) == {"x-signature": expected}
    assert signed(NOW + timedelta(seconds=1)) != signed(NOW)


def test_without_a_sender_the_account_has_one():
    carrier = DigihubCarrier(replace(DIGIHUB, sender=""), WORDING)
    assert "sender_id" not in carrier.compose(outgoing()).json["sms"]
    assert carrier.compose(outgoing(sender="VAKSIN")).json["sms"]["sender_id"] == "VAKSIN"


def receive(transaction, status="DELIVRD", keys=(KEY,)):
    said = {"transaction_id": transaction, "message_id": "18D10100", "status": status}
    body = json.dumps(said).encode()
    path = "/callback/digihub/smsapi"
    request = Request(method="POST", path=path, body=body, received_at=NOW)
    return DigihubReceipts(keys).parse(request)


def test_a_receipt_is_of_the_message_whose_transaction_it_repeats():
    transaction = CARRIER.compose(outgoing(), "4711").json["transaction"]["transaction_id"]
    receipt = Receipt(
        provider="digihub",
        provider_id="4711",
        status=ReceiptStatus.DELIVERED,
        reference="4711",
        channel=Channel.SMS,
    )
    assert receive(transaction) == (receipt,)
    assert receive(transaction, keys=("a new key", KEY)) == (receipt,)


@pytest.mark.parametrize(
    "forged", ["4711", "47110123456789abcdef", sign_reference("4712", KEY)[:3] + "1", "", "é"]
)
def test_a_receipt_that_somebody_made_up_changes_nothing(forged):
    with pytest.raises(RejectedError) as caught:
        receive(forged)
    assert caught.value.status == 403


def test_a_signature_is_of_one_message_only():
    other = "4712" + sign_reference("4711", KEY)[4:]
    with pytest.raises(RejectedError):
        receive(other)


def answer(status, code):
    said = {"transaction": {"transaction_id": "1", "status_code": code, "status_desc": "x"}}
    return CARRIER.read_response(status, json.dumps(said).encode())


@pytest.mark.parametrize(
    ("status", "code", "means"),
    [
        (200, "00000", Sent("")),
        (200, "20002", Refused("unreadable", Refusal.UNSURE)),
        (400, "20001", Refused("code_20001", SWITCH)),
        (400, "20002", Refused("code_20002", SWITCH)),
        (400, "20003", Refused("code_20003", OURS)),
        (401, "20001", Refused("code_20001", OURS)),
        (404, "", Refused("http_404", OURS)),
        (500, "40000", Refused("code_40000", LATER)),
        (502, "30001", Refused("code_30001", LATER)),
        (502, "30xxx", Refused("http_502", LATER)),
        (503, "10001", Refused("code_10001", LATER)),
        (504, "10004", Refused("code_10004", LATER)),  # in doubt: the sender knows of 504
        (400, "1" * 9, Refused("code_111111111", SWITCH)),
        (400, "1" * 10, Refused("http_400", SWITCH)),
    ],
)
def test_what_it_answers(status, code, means):
    assert answer(status, code) == means
