"""The page of a link: it names the phone by its end, and only its own form opens it."""

import re
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from channels.contract import RejectedError, Request
from channels.web.form import FORM, WebForm
from channels.web.tokens import Seals, web_value
from core.handovers.rules import LINK_PATH
from tests.fixtures.chance import draw
from tests.scripts import CAMPAIGN, PHONE, START, WORDING

URL = "https://vaksin.example"
LINKS = WebForm(WORDING, CAMPAIGN, seals=Seals(b"our key", draw), url=URL).links
LOOK = Request(method="GET", path=LINK_PATH + "A" * 22, headers={}, body=b"", received_at=START)
HIDDEN = re.compile(r'name="(turn|csrf)" value="([^"]*)"')


def fields():
    return dict(HIDDEN.findall(LINKS.show(LOOK, PHONE).body.decode()))


def press(**headers):
    body = urlencode(fields()).encode()
    return replace(LOOK, method="POST", body=body, headers={"origin": URL, **headers})


def test_the_page_shows_the_last_digits_of_the_phone_and_no_more():
    page = LINKS.show(LOOK, PHONE)
    assert page.status == 200
    assert PHONE.value[-4:] in page.body.decode()
    assert PHONE.value[-5:] not in page.body.decode()
    assert not any(name == "set-cookie" for name, _ in page.headers)


def test_a_link_that_opens_nothing_any_more_is_not_found():
    page = LINKS.show(LOOK, None)
    assert page.status == 404
    assert LOOK.path.encode() not in page.body


def test_pressing_twice_means_the_same_browser_under_a_fresh_cookie():
    pressed = press()
    first, again = LINKS.read(pressed), LINKS.read(pressed)
    assert first == again
    name, cookie = first.cookie
    token = cookie.partition("=")[2].partition(";")[0]
    assert (name, first.browser.value) == ("set-cookie", web_value(token))


def test_another_link_is_another_browser():
    pressed = press()
    other = replace(pressed, path=LINK_PATH + "B" * 22)
    assert LINKS.read(other).browser != LINKS.read(pressed).browser


@pytest.mark.parametrize(
    "request_",
    [
        press(origin="https://evil.example"),
        replace(press(), body=urlencode({**fields(), "csrf": "A" * 22}).encode()),
        replace(press(), body=b""),
        press(cookie="__Host-satupintu=" + "C" * 22),  # the page was another browser's
    ],
)
def test_a_form_that_is_not_ours_opens_nothing(request_):
    with pytest.raises(RejectedError):
        LINKS.read(request_)


def test_the_browser_goes_on_at_the_form_with_its_cookie():
    opening = LINKS.read(press())
    there = LINKS.go_on(FORM, opening.cookie)
    assert (there.status, dict(there.headers)["location"]) == (303, FORM)
    assert opening.cookie in there.headers
