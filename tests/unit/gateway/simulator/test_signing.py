"""What the simulator signs, the wires take; without a secret there is nothing to sign."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from channels.contract import RejectedError, Request
from core.wording.catalog import load_wording
from gateway.settings.settings import Settings
from gateway.simulator.signing import Unsigned, headers_for
from gateway.wiring.providers import make_channels
from tests.scripts import CAMPAIGN

SECRETS = {
    "webhook_key": "webhook key, long enough",
    "kannel_keys": "first key of Kannel,second key",
    "twilio_auth_token": "twilio's token",
    "meta_app_secret": "meta's secret",
    "public_url": "https://pintu.example/",
}
FORM = urlencode({"From": "+6281211110001", "Body": "DAFTAR é", "To": "1199", "Empty": ""})
WIRES = {
    "/ussd/africastalking": FORM,
    "/sms/kannel": FORM,
    "/sms/twilio": FORM,
    "/whatsapp/twilio": FORM,
    "/whatsapp/meta": '{"entry":[]}',
}


@pytest.fixture(autouse=True)
def nothing_else_is_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def status_of(settings, path, body, headers):
    """Return the status with which the wire refuses the signature; 0 if it does not."""
    channels = make_channels(settings, load_wording(None, CAMPAIGN), CAMPAIGN)
    [channel] = [one for one in channels if path in one.paths]
    at = datetime(2021, 1, 20, tzinfo=UTC)
    asked = Request(method="POST", path=path, headers=headers, body=body.encode(), received_at=at)
    try:
        channel.parse(asked)
    except RejectedError as error:
        return error.status if error.status == 403 else 0
    return 0


def provider_of(path):
    return path.rpartition("/")[2]


@pytest.mark.parametrize("path", WIRES)
def test_a_wire_takes_what_is_signed_and_nothing_else(path):
    settings, body = Settings(**SECRETS), WIRES[path]
    headers = headers_for(Unsigned(path, body), settings, provider_of(path))
    assert status_of(settings, path, body, headers) == 0
    assert status_of(settings, path, body, {}) == 403


@pytest.mark.parametrize("path", WIRES)
def test_an_open_wire_needs_no_signature(path):
    assert headers_for(Unsigned(path, WIRES[path]), Settings(), provider_of(path)) == {}
