"""Who really posted it: signatures are of the bytes and of our own address, nothing else."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from msgspec.structs import replace

from channels.contract import RejectedError, Request
from channels.shared.signatures import check_meta, check_twilio
from tests.contract.signed import APP_SECRET, PUBLIC_URL, TOKEN, sign_meta, sign_twilio

THEIRS = os.environ.get("SATUPINTU_FIXTURES")
POST = Request(
    method="POST",
    path="/sms/twilio",
    query="jalur=1&kosong=",
    headers={"host": "pintu.example"},
    body=b"Body=Siti%20%F0%9F%99%8F&From=%2B6281211110001&FromCity=&Satu=2&Satu=1&Satu=1&Lepas",
    received_at=datetime(2021, 1, 15, tzinfo=UTC),
)
TWILIO = sign_twilio(POST)
META = sign_meta(replace(POST, body=b'{"entry": [] }\n'))


def refused(check, request, *secrets):
    with pytest.raises(RejectedError) as caught:
        check(request, *secrets)
    return caught.value.status == 403


def recorded(path):
    """Other people's vectors; none when no folder is named. A named folder must have them."""
    return [] if THEIRS is None else [json.loads((Path(THEIRS) / path).read_text())]


# -- Twilio ----------------------------------------------------------------------------------


def test_what_twilio_signed_is_taken():
    check_twilio(TWILIO, TOKEN, PUBLIC_URL)
    check_twilio(TWILIO, TOKEN, PUBLIC_URL + "/")


@pytest.mark.parametrize(
    "body",
    [
        POST.body.replace(b"&FromCity=", b""),
        POST.body.replace(b"&Lepas", b""),
        POST.body.replace(b"&Satu=2", b""),
        POST.body.replace(b"Siti", b"Sita"),
        POST.body + b"&OptOutType=",
        POST.body + b"&Satu=3",
        b"",
    ],
)
def test_every_field_counts_blank_and_repeated_ones_too(body):
    assert refused(check_twilio, replace(TWILIO, body=body), TOKEN, PUBLIC_URL)


def test_the_order_of_fields_and_repetition_do_not_count():
    turned = b"&".join(reversed(POST.body.split(b"&")))
    check_twilio(replace(TWILIO, body=turned + b"&Satu=2"), TOKEN, PUBLIC_URL)


@pytest.mark.parametrize(
    "moved",
    [
        {"path": "/sms/twilio/receipts"},
        {"path": "/whatsapp/twilio"},
        {"query": ""},
        {"query": "kosong=&jalur=1"},
        {"query": "jalur=1&kosong=&key=1"},
    ],
)
def test_the_path_and_the_query_are_signed(moved):
    assert refused(check_twilio, replace(TWILIO, **moved), TOKEN, PUBLIC_URL)


def test_the_address_is_the_configured_one_whatever_the_caller_says():
    liar = {
        "host": "evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "http",
    }
    check_twilio(replace(TWILIO, headers=TWILIO.headers | liar), TOKEN, PUBLIC_URL)
    there = sign_twilio(replace(POST, headers=liar), url="https://evil.example")
    assert refused(check_twilio, there, TOKEN, PUBLIC_URL)


@pytest.mark.parametrize(
    ("configured", "signed"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://pintu.example", "https://pintu.example:443"),
        ("https://pintu.example:8443", "https://pintu.example"),
    ],
)
def test_a_port_may_be_signed_or_not(configured, signed):
    check_twilio(sign_twilio(POST, url=signed), TOKEN, configured)


@pytest.mark.parametrize(
    "given", [None, "", "=", "AAAA", "ß" * 28, TWILIO.headers["x-twilio-signature"][:-1]]
)
def test_no_signature_and_a_wrong_one_are_refused(given):
    headers = {} if given is None else {"x-twilio-signature": given}
    assert refused(check_twilio, replace(POST, headers=headers), TOKEN, PUBLIC_URL)


def test_another_token_is_refused():
    assert refused(check_twilio, TWILIO, TOKEN + "1", PUBLIC_URL)
    assert refused(check_twilio, TWILIO, "", PUBLIC_URL)


def test_an_address_that_is_none_refuses_all():
    assert refused(check_twilio, TWILIO, TOKEN, "https://[pintu")


def test_bytes_that_are_no_text_are_refused_and_no_more():
    for body in (b"\xff\xfe=\xff", b"%ED%A0%80=1", b"\0"):
        assert refused(check_twilio, replace(TWILIO, body=body), TOKEN, PUBLIC_URL)


def test_their_vectors_of_twilio_hold():
    for vectors in recorded("twilio/signature_vectors.json"):
        forms = [(row, urlencode(vectors["params"])) for row in vectors["form_vectors"]]
        twice = vectors["duplicate_params_vector"]
        for row, body in [*forms, (twice, twice["body"])]:
            url = urlsplit(row["url"])
            request = Request(
                method="POST",
                path=url.path,
                query=url.query,
                headers={"x-twilio-signature": row["signature"]},
                body=body.encode(),
                received_at=POST.received_at,
            )
            ours = f"{url.scheme}://{url.netloc}"
            check_twilio(request, vectors["auth_token"], ours)
            assert refused(
                check_twilio, replace(request, body=b"a=1"), vectors["auth_token"], ours
            )


def test_checking_loads_no_http_client():
    script = "import sys, channels.shared.signatures; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not {"twilio.rest", "requests", "aiohttp", "jwt"} & set(done.stdout.split())


# -- Meta ------------------------------------------------------------------------------------


def test_what_meta_signed_is_taken():
    check_meta(META, APP_SECRET)


@pytest.mark.parametrize("body", [b'{"entry":[]}', META.body.strip(), META.body + b" ", b""])
def test_the_bytes_are_signed_and_not_what_they_mean(body):
    assert refused(check_meta, replace(META, body=body), APP_SECRET)


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda s: s[7:],
        lambda s: s[:-1],
        lambda s: "",
        lambda s: s + "0",
        lambda s: "ß" + s,
        lambda s: "sha1=" + s[7:],
    ],
)
def test_another_signature_is_refused(change):
    given = change(META.headers["x-hub-signature-256"])
    assert refused(check_meta, replace(META, headers={"x-hub-signature-256": given}), APP_SECRET)


def test_meta_without_signature_or_with_another_secret_is_refused():
    assert refused(check_meta, replace(META, headers={}), APP_SECRET)
    assert refused(check_meta, META, APP_SECRET + "1")
    assert refused(check_meta, META, "")


def test_their_vector_of_meta_holds():
    for vector in recorded("meta_whatsapp/signature_vector.json"):
        header = {"x-hub-signature-256": vector["x_hub_signature_256"]}
        request = replace(META, body=vector["raw_body"].encode(), headers=header)
        check_meta(request, vector["app_secret"])
        assert refused(
            check_meta, replace(request, body=request.body + b"\n"), vector["app_secret"]
        )


def test_without_a_secret_nothing_is_checked():
    check_twilio(replace(POST, headers={}), None, PUBLIC_URL)
    check_meta(replace(META, headers={}), None)
