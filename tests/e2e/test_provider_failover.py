"""The real process, and providers that fail: a chat's answer arrives, as an SMS at last."""

import hashlib
import hmac
import json
import threading
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fixtures.outside import served
from tests.fixtures.process import eventually

PHONE, SECRET = "+6281211110001", "app secret"


class Outside:
    """Meta and Twilio at once. `down` says who answers 500; `taken` is what was taken, by whom."""

    def __init__(self):
        self.down, self.asked, self.taken, self.ids = set(), [], [], count(1)
        self.lock = threading.Lock()

    def take(self, body):
        """Take a message as whichever of them it is written to."""
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if not form.get("To"):
            who, form = "meta", json.loads(body)
        else:
            who = "twilio" if form["To"].startswith("whatsapp:") else "sms"
        with self.lock:
            self.asked.append(who)
            if who in self.down:
                return 500, b"{}"
            name = f"{who}{next(self.ids)}"
            self.taken.append((who, name, form))
        said = {"messages": [{"id": name}]} if who == "meta" else {"sid": name}
        return 201, json.dumps(said).encode()


@pytest.fixture
def outside():
    provider = Outside()
    with served(provider) as url:
        provider.url = url
        yield provider


@pytest.fixture
def running(gateway, outside):
    return gateway(
        META_APP_SECRET=SECRET,
        META_ACCESS_TOKEN="t",
        META_PHONE_NUMBER_ID="1050",
        META_API_URL=outside.url,
        TWILIO_ACCOUNT_SID="AC1",
        TWILIO_WHATSAPP_FROM="+6281110500567",
        TWILIO_SMS_FROM="1199",
        TWILIO_API_URL=outside.url,
    ).start()


def post_meta(running, **value):
    value["metadata"] = {"phone_number_id": "1050"}
    body = json.dumps({"entry": [{"changes": [{"value": value}]}]}).encode()
    signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signed}"}
    assert running.client.post("/whatsapp/meta", content=body, headers=headers).status_code == 200


def chat(running, name):
    """Write to us by way of Meta, whose answers are queued."""
    told = {"from": PHONE[1:], "id": name, "type": "text", "text": {"body": "halo"}}
    post_meta(running, messages=[told])


def tell(running, form, name, status, code=""):
    """Post a receipt as Twilio does, to the very address that it was given."""
    address = urlsplit(form["StatusCallback"])
    assert f"{address.scheme}://{address.netloc}" == running.url
    fields = {"MessageSid": name, "MessageStatus": status, "ErrorCode": code, "To": form["To"]}
    return running.twilio(f"{address.path}?{address.query}", fields).status_code


def outbox(running):
    found = running.api("outbox/search", {"address": PHONE})
    assert found.status_code == 200, found.text
    return [(one["provider"], one["status"]) for one in found.json()["items"]]


def test_an_answer_goes_by_the_next_provider_and_then_as_an_sms(running, outside):
    outside.down = {"meta"}
    chat(running, "wamid.1")
    assert eventually(lambda: outside.taken)
    [(who, name, form)] = outside.taken
    assert (who, outside.asked) == ("twilio", ["meta", "twilio"])
    assert tell(running, form, name, "delivered") == 200
    assert eventually(lambda: outbox(running) == [("twilio", "delivered")])

    outside.down = {"meta", "twilio"}
    chat(running, "wamid.2")
    assert eventually(lambda: len(outside.taken) == 2)
    who, name, form = outside.taken[-1]
    assert (who, form["To"]) == ("sms", PHONE)
    assert outside.asked[2:] == ["meta", "twilio", "sms"]
    assert tell(running, form, name, "delivered") == 200
    assert eventually(lambda: outbox(running)[0] == ("sms/twilio", "delivered"))


def test_what_was_taken_and_failed_is_handed_on_and_is_a_dead_letter_at_last(running, outside):
    chat(running, "wamid.1")
    assert eventually(lambda: outside.taken)
    [(who, name, form)] = outside.taken
    assert who == "meta"
    failed = {"id": name, "status": "failed", "errors": [{"code": 131026}]}
    failed["biz_opaque_callback_data"] = form["biz_opaque_callback_data"]
    post_meta(running, statuses=[failed])

    for number, who in enumerate(["twilio", "sms"], 2):
        assert eventually(lambda number=number: len(outside.taken) == number)
        assert outside.taken[-1][0] == who
        assert tell(running, outside.taken[-1][2], outside.taken[-1][1], "failed", "30008") == 200
    assert eventually(lambda: [status for _, status in outbox(running)] == ["dead"])
    listed = running.command("outbox", "list").splitlines()
    assert "code_30008" in listed[1]
    assert PHONE not in listed[1]
    assert running.command("outbox", "retry", "--all") == "1 queued again\n"
    assert eventually(lambda: [status for _, status in outbox(running)] == ["sent"])
    assert len(outside.taken) == 4
