"""The public form behind the gateway: what a browser gets when something goes wrong."""

import re
from functools import partial
from html import unescape
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from channels.web.form import BODY_BYTES_MAX, WAITING_SECONDS
from channels.web.tokens import web_value
from core.database.unavailable import UnavailableError
from core.handovers.aliases import link_browser
from core.messages import Address, AddressKind
from core.registration.requests import Opt
from gateway.runtime.clock import utc_now
from tests.contract.channels import BROWSER, FORM, WEB, send_form, turn_of
from tests.integration.test_webhook import PHONE, Broken, House
from tests.scripts import NIK

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def break_sessions(house):
    house.sessions = Broken(house.sessions, "load", UnavailableError("redis"))


async def send(house, request, **more):
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    where = {"path": request.path, "method": request.method, "headers": headers}
    return await house.post(request.body, **{**where, **more})


def nik(name="1"):
    return send_form({"asked": "ask_nik", "nik": NIK, "language": "en"}, turn=turn_of(name))


async def test_a_store_that_is_down_loses_nothing_that_was_typed():
    house = House(wire=WEB, break_=break_sessions)
    answer = await send(house, nik())
    page = answer.body.decode()
    assert answer.status == 503
    assert answer.headers["retry-after"] == "5"
    assert "The service is busy" in page
    typed = {name: unescape(value) for name, value in _HIDDEN.findall(page)}
    assert typed["nik"] == NIK

    well = House(wire=WEB)
    again = send_form({}, turn=turn_of("1"))
    for _ in range(2):
        request = type(again)(**{**nik_of(again), "body": urlencode(typed).encode()})
        assert (await send(well, request)).status == 303
    (session,) = [saved.session for saved in well.sessions.rows.values()]
    assert session.answers["nik"] == NIK
    assert len(session.replies) == 1


def nik_of(request):
    fields = ("method", "path", "query", "headers", "received_at")
    return {name: getattr(request, name) for name in fields}


async def test_a_page_says_that_it_cannot_be_looked_at_now():
    house = House(wire=WEB, break_=break_sessions)
    cookie = [(b"cookie", f"satupintu_form={BROWSER}".encode())]
    answer = await house.post(b"", path="/daftar", method="GET", headers=cookie)
    assert answer.status == 503
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("body", "status"), [(b"word=daftar", 403), (b"x" * (BODY_BYTES_MAX + 1), 413)]
)
async def test_what_is_refused_is_refused_in_words(body, status):
    house = House(wire=WEB)
    headers = [(name.encode(), value.encode()) for name, value in FORM.items()]
    answer = await house.post(body, path="/daftar", headers=headers)
    assert answer.status == status
    assert "<h1>" in answer.body.decode()
    assert answer.headers["x-frame-options"] == "DENY"
    assert house.sessions.rows == {}


async def test_a_form_at_its_bound_is_read():
    house = House(wire=WEB)
    request = nik()
    filled = request.body + b"&x=" + b"y" * 1_000
    answer = await send(house, type(request)(**{**nik_of(request), "body": filled}))
    assert answer.status == 303


async def test_who_sends_too_much_is_told_to_wait_and_keeps_what_was_typed():
    house = House(wire=WEB)
    for n in range(400):
        answer = await send(house, nik(str(n)))
        if answer.status != 303:
            break
    assert answer.status == 429
    assert NIK in answer.body.decode()


async def test_a_browser_that_a_phone_was_linked_to_speaks_as_the_phone():
    house = House(wire=WEB)
    browser, until = web_value(BROWSER), 3_600
    link = partial(link_browser, browser=browser, phone=PHONE, at=utc_now(), seconds=until)
    await house.stores.database.write(link)
    assert (await send(house, nik())).status == 303
    (conversation,) = house.sessions.rows
    assert conversation == PHONE.conversation
    cookie = [(b"cookie", f"satupintu_form={BROWSER}".encode())]
    page = await house.post(b"", path="/daftar", method="GET", headers=cookie)
    assert b"Your consent" in page.body


async def test_while_an_answer_is_under_way_the_page_says_so_and_opens_again():
    house = House(wire=WEB)
    await send(house, nik())
    (conversation,) = house.sessions.rows
    saved = await house.sessions.load(conversation)
    address = Address(AddressKind.WEB, web_value(BROWSER))
    pending = replace(saved.session, pending=Opt(address, out=True, at=0))
    await house.sessions.save(conversation, pending, after=saved.version)
    cookie = [(b"cookie", f"satupintu_form={BROWSER}".encode())]
    page = await house.post(b"", path="/daftar", method="GET", headers=cookie)
    assert b"<h1>One moment</h1>" in page.body
    assert page.headers["refresh"] == str(WAITING_SECONDS)


async def test_nothing_is_said_about_a_person_by_a_header_or_url():
    house = House(wire=WEB)
    answer = await send(house, nik())
    assert answer.headers["location"] == "/daftar"
    assert answer.headers["cache-control"] == "no-store"
    assert not any(NIK in value for value in answer.headers.values())
