"""A turn passed to the other gateway says there what it said here, on every wire."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote_plus

import pytest
from pydantic import SecretStr

from gateway.http.asgi import write
from gateway.http.peer.envelope import seal, seal_response, unseal, unseal_response
from gateway.settings.settings import WIRES as WIRES_SERVED
from gateway.settings.settings import Settings
from gateway.wiring.providers import make_unsigned_channels
from tests.contract.channels import (
    KEY,
    NOW,
    REPLY,
    REPORTS,
    TEXT,
    TRIALS,
    WIRES,
    WORDING,
)
from tests.contract.channels import SECRET as SEALS
from tests.contract.signed import APP_SECRET, TOKEN
from tests.contract.test_payloads import CASES, FIXTURES, read_events, read_request
from tests.fixtures.ussd_gateways import FILE
from tests.scripts import CAMPAIGN

SECRET = "the two know this"
SETTINGS = Settings(  # of the second gateway, whose accounts are others
    _env_file=None,
    wires="smtp",
    secret=SecretStr(SEALS),
    webhook_key=SecretStr("another key"),
    twilio_auth_token=SecretStr("another token"),
    meta_app_secret=SecretStr("another secret"),
    meta_verify_token=SecretStr("another token"),
    meta_phone_number_id="2222",
    meta_access_token=SecretStr("another token"),
    ussd_gateways=FILE,
    mapped_keys=SecretStr("another key"),
)
TWINS = {
    path: twin
    for twin in make_unsigned_channels(SETTINGS, WORDING, CAMPAIGN)
    for path in twin.paths
}

every_wire = pytest.mark.parametrize("wire", [*WIRES, *REPORTS], ids=lambda wire: wire.name)


@every_wire
def test_a_passed_request_says_the_same_and_is_answered_alike(wire):
    request = wire.good(TEXT, "id-1")
    passed = unseal(*seal(request, SECRET, at=NOW), SECRET, at=NOW + timedelta(seconds=2))
    twin = TWINS[request.path]
    assert twin.parse(passed) == wire.guarded.parse(request) != ()
    for reply in (None, REPLY):
        own = wire.guarded.answer(request, reply)
        assert without_callback(twin.answer(passed, reply)) == without_callback(own)


def without_callback(answer):
    """Return the answer without our own address, which the other gateway cannot know."""
    return replace(answer, body=re.sub(rb'(callback=")[^"]*', rb"\1", answer.body))


@pytest.mark.parametrize("wire", [*WIRES, *REPORTS, *TRIALS], ids=lambda wire: wire.name)
async def test_a_header_of_any_answer_survives_the_peer(wire):
    own = wire.guarded.answer(wire.good(TEXT, "id-1"), REPLY)
    more = (("set-cookie", "a=1; HttpOnly"), ("set-cookie", "b=2"), ("location", "/2"))
    answer = replace(own, headers=(*own.headers, *more))
    back = unseal_response(*seal_response(answer, "asked", SECRET), "asked", SECRET)
    assert back == answer
    written = []

    async def send(message):
        written.append(message)

    await write(send, back)
    fields = written[0]["headers"]
    assert [(name.decode(), value.decode()) for name, value in fields[2:]] == [*answer.headers]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(FIXTURES)))
def test_no_header_that_a_wire_reads_is_lost_on_the_way(case):
    request = read_request(case)
    passed = unseal(*seal(request, SECRET, at=NOW), SECRET, at=NOW)
    assert read_events(passed) == read_events(request)


@every_wire
def test_no_secret_of_a_provider_travels(wire):
    body, _ = seal(wire.good(TEXT, "id-1"), SECRET, at=NOW)
    for secret in (KEY, quote_plus(KEY), TOKEN, APP_SECRET):
        assert secret.encode() not in body


def test_every_wire_that_there_is_has_its_twin():
    assert set(TWINS) == {path for wire in (*WIRES, *REPORTS) for path in wire.guarded.paths}
    assert set(SETTINGS.wires) < set(WIRES_SERVED)
