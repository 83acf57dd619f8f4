"""What a browser says of itself."""

import pytest

from channels.contract import RejectedError, Request
from channels.web.browser import COOKIES_CHARACTERS_MAX, Site
from tests.scripts import START

TOKEN = "A" * 22
DEV, TLS = Site("http://127.0.0.1:8000", 60), Site("https://daftar.example", 60)


def request(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method="POST", path="/daftar", headers=named, received_at=START)


def cookie(text):
    return request(cookie=text)


@pytest.mark.parametrize(
    "text",
    [f"satupintu_form={TOKEN}", f"a=1; satupintu_form={TOKEN};b", f" satupintu_form={TOKEN}"],
)
def test_the_token_is_found_among_other_cookies(text):
    assert DEV.token_of(cookie(text)) == TOKEN


@pytest.mark.parametrize(
    "text", ["", "satupintu_form=", "satupintu_form=short", f"other={TOKEN}", f'"{TOKEN}"', ";;=;"]
)
def test_what_is_no_token_of_ours_is_none(text):
    assert DEV.token_of(cookie(text)) == ""


def test_over_tls_only_the_cookie_that_tls_protects_counts():
    assert TLS.token_of(cookie(f"satupintu_form={TOKEN}")) == ""
    assert TLS.token_of(cookie(f"__Host-satupintu={TOKEN}")) == TOKEN


def test_cookies_are_read_to_their_bound():
    name = f"satupintu_form={TOKEN}"
    room = COOKIES_CHARACTERS_MAX - len(name) - 1
    assert DEV.token_of(cookie("x" * room + ";" + name)) == TOKEN
    assert DEV.token_of(cookie("x" * (room + 1) + ";" + name)) == ""


def test_the_cookie_is_for_us_alone_and_no_script_reads_it():
    name, value = TLS.set_cookie(TOKEN)
    kept = "Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert (name, value) == ("set-cookie", f"__Host-satupintu={TOKEN}; {kept}")
    assert "Secure" not in DEV.set_cookie(TOKEN)[1]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"origin": "https://daftar.example"},
        {"origin": "https://inside.example", "host": "inside.example"},
    ],
)
def test_our_own_pages_may_send_forms(headers):
    TLS.check_origin(request(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "https://daftar.example.evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "https://[", "host": ""},
        {"origin": "https://", "host": ""},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example", "host": "daftar.example"},
    ],
)
def test_no_other_site_may(headers):
    with pytest.raises(RejectedError) as caught:
        TLS.check_origin(request(**headers))
    assert caught.value.status == 403
