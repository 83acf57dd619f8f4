"""What one gateway passes to the other: the other's word alone counts, and only for a while."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import RESPONSE_HEADERS_MAX, RejectedError, Request, Response
from gateway.http.peer.client import REST_SECONDS, own_stores_breaker
from gateway.http.peer.envelope import (
    WINDOW_SECONDS,
    seal,
    seal_response,
    sign,
    unseal,
    unseal_response,
)

NOW = datetime(2021, 1, 20, 9, 0, tzinfo=UTC)
SECRET = "the two know this"
REQUEST = Request(
    method="POST",
    path="/sms/kannel",
    query="a=%C3%A9&key=secret&b=",
    headers={
        "content-type": "text/plain; charset=utf-8",
        "x-kannel-from": "+628111000001",
        "x-twilio-signature": "theirs",
        "authorization": "theirs",
    },
    body=bytes(range(256)),
    received_at=NOW - timedelta(seconds=4),
)
ANSWER = Response(b"CON \xc3\xa9", 200, "text/plain; charset=utf-8")


def opened(body, signature, at=NOW, secret=SECRET):
    return unseal(body, signature, secret, at=at)


def refused(body, signature, **more):
    with pytest.raises(RejectedError) as error:
        opened(body, signature, **more)
    return error.value.status


def signed(**changes):
    """Return an envelope that somebody who knows the secret made otherwise."""
    body, _ = seal(REQUEST, SECRET, at=NOW)
    body = json.dumps(json.loads(body) | changes).encode()
    return body, sign(body, SECRET)


def test_a_request_comes_out_as_it_went_in_without_what_is_ours():
    request = opened(*seal(REQUEST, SECRET, at=NOW))
    assert (request.method, request.path, request.body) == ("POST", "/sms/kannel", REQUEST.body)
    assert request.query == "a=%C3%A9&b="
    assert request.headers == {
        "content-type": "text/plain; charset=utf-8",
        "x-kannel-from": "+628111000001",
    }
    assert request.received_at == REQUEST.received_at


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/sms/kannel", {"x-kannel-from"}),
        ("/sms/twilio", set()),
        ("/ussd/somebody", set()),
        ("/", {"cookie", "host", "origin"}),
        ("/daftar", {"cookie", "host", "origin"}),
    ],
)
def test_a_wires_turn_bears_the_headers_that_this_wire_reads(path, kept):
    given = dict.fromkeys(("x-kannel-from", "cookie", "host", "origin", "content-type"), "x")
    request = msgspec.structs.replace(REQUEST, path=path, headers=given)
    assert opened(*seal(request, SECRET, at=NOW)).headers.keys() == {"content-type"} | kept


def test_another_secret_and_every_changed_byte_are_refused():
    body, signature = seal(REQUEST, SECRET, at=NOW)
    assert refused(body, signature, secret="another") == 401
    assert refused(body, "") == refused(body, signature + "0") == refused(body, "é") == 401
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert refused(changed, signature) == 401


@pytest.mark.parametrize("seconds", [WINDOW_SECONDS, -WINDOW_SECONDS])
def test_an_envelope_is_good_for_a_while_and_for_clocks_that_differ(seconds):
    body, signature = seal(REQUEST, SECRET, at=NOW)
    at = NOW + timedelta(seconds=seconds)
    assert opened(body, signature, at=at).path == "/sms/kannel"
    outside = at + timedelta(seconds=1 if seconds > 0 else -1)
    assert refused(body, signature, at=outside) == 401


def test_a_turn_is_not_passed_twice():
    assert refused(*signed(path="/peer")) == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"method": 1},
        {"path": None},
        {"headers": {"a": 1}},
        {"body": "no base64!"},
        {"received_at": "yesterday"},
        {"received_at": "2021-01-20T09:00:00"},
        {"passed_at": "2021-01-20T09:00:00"},
        {"passed_at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_is_no_envelope_is_refused_even_signed(changes):
    assert refused(*signed(**changes)) in {400, 401}


def test_a_message_from_after_it_was_passed_is_refused():
    assert refused(*signed(received_at="2021-01-20T09:00:01Z")) == 401


@given(st.binary())
def test_any_signed_bytes_are_refused_and_nothing_else_happens(body):
    assert refused(body, sign(body, SECRET)) == 400


def test_an_answer_comes_back_whole():
    body, signature = seal_response(ANSWER, "sha256=1", SECRET)
    assert unseal_response(body, signature, "sha256=1", SECRET) == ANSWER


def test_an_answer_that_is_not_the_peers_to_this_envelope_is_none():
    body, signature = seal_response(ANSWER, "sha256=1", SECRET)
    assert unseal_response(body, signature, "sha256=2", SECRET) is None
    assert unseal_response(body, signature, "sha256=1", "another") is None
    assert unseal_response(body + b" ", signature, "sha256=1", SECRET) is None
    assert unseal_response(body, "", "sha256=1", SECRET) is None
    for nonsense in (b"", b"[]", b'{"status": "200"}'):
        assert unseal_response(nonsense, sign(b"1" + nonsense, SECRET), "1", SECRET) is None


def test_an_answer_of_an_older_gateway_has_no_headers():
    fields = {"status": 200, "content_type": "text/plain; charset=utf-8", "body": "Q09OIA=="}
    body = json.dumps(fields).encode()
    answer = unseal_response(body, sign(b"1" + body, SECRET), "1", SECRET)
    assert answer == Response(b"CON ")


@pytest.mark.parametrize(
    "headers",
    [
        [["x-a", "1"]] * (RESPONSE_HEADERS_MAX + 1),
        [["x-a", "1\r\nset-cookie: b"]],
        [["content-length", "0"]],
        [["x-a"]],
        "x-a",
    ],
)
def test_an_answer_with_headers_that_none_may_have_is_none(headers):
    body = json.loads(seal_response(ANSWER, "1", SECRET)[0]) | {"headers": headers}
    encoded = json.dumps(body).encode()
    assert unseal_response(encoded, sign(b"1" + encoded, SECRET), "1", SECRET) is None


def test_after_a_failure_one_turn_tries_here_and_the_others_wait_for_it():
    circuit = own_stores_breaker()
    assert circuit.allows(0.0)
    circuit.failed(10.0)
    assert not circuit.allows(10.0 + REST_SECONDS - 0.01)
    assert circuit.allows(10.0 + REST_SECONDS)
    assert not circuit.allows(10.0 + REST_SECONDS)
    assert circuit.allows(10.0 + 2 * REST_SECONDS)
    circuit.succeeded()
    assert circuit.allows(10.0 + 2 * REST_SECONDS)
    assert circuit.allows(10.0 + 2 * REST_SECONDS)
