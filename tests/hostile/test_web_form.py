"""Strangers at the public form: other sites, planted cookies, markup, floods and guesses."""

import re
import secrets
import socket
import time
from urllib.parse import urlencode

import pytest

from channels.web.pages import Pages
from core.registration.number import make_number
from core.wording.catalog import load_wording
from tests.fixtures.people import name, nik
from tests.fixtures.process import Process
from tests.fixtures.visitor import Visitor
from tests.scripts import CAMPAIGN

EVIL = "https://evil.example"
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}'
NEVER_RAW = ("<script>alert", "<img src=x", "x onerror=alert(1)>49")
SLOW_SECONDS_MAX = 15  # until a form that never ends is answered, or cut off
REGISTER = "Daftar sekarang"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    gateway = Process(tmp_path_factory.mktemp("site") / "var").start()
    yield gateway
    gateway.end()


@pytest.fixture
def visitor(site):
    with Visitor(site.url) as one:
        yield one


def asked_for_nik(visitor):
    """Begin, agree, and come to the question for the NIK."""
    return visitor.open("/").press(REGISTER).tick()


def cookies(answer):
    return answer.headers.get_list("set-cookie")


def stays(visitor, heading):
    """Return whether the form still asks what it asked."""
    return visitor.open("/daftar").heading == heading


def refused(visitor, **changed):
    """Send the open question with changed fields and headers; return the status."""
    headers = {"origin": visitor.url, **changed.pop("headers", {})}
    form = visitor.question
    fields = {**form.fields, form.writable[0]: nik(1), **changed}
    kept = {name: value for name, value in fields.items() if value is not None}
    headers = {name: value for name, value in headers.items() if value is not None}
    return visitor.client.post("/daftar", data=kept, headers=headers).status_code


# Other sites


@pytest.mark.parametrize(
    "changed",
    [
        {"csrf": None},
        {"csrf": ""},
        {"csrf": "A" * 22},
        {"turn": "A" * 22},
        {"headers": {"origin": EVIL}},
        {"headers": {"origin": "null"}},
        {"headers": {"origin": None, "sec-fetch-site": "cross-site"}},
        {"headers": {"origin": None, "sec-fetch-site": "same-site"}},
    ],
    ids=repr,
)
def test_a_form_of_another_site_changes_nothing(visitor, changed):
    heading = asked_for_nik(visitor).heading
    assert refused(visitor, **changed) == 403
    assert stays(visitor, heading)


def test_the_seal_of_one_browser_serves_no_other(site, visitor):
    heading = asked_for_nik(visitor).heading
    with Visitor(site.url) as attacker:
        theirs = asked_for_nik(attacker).question.fields
    assert refused(visitor, turn=theirs["turn"], csrf=theirs["csrf"]) == 403
    assert stays(visitor, heading)


def test_a_seal_from_before_the_cookie_leads_to_the_form_and_changes_nothing(site, visitor):
    heading = asked_for_nik(visitor).heading
    with Visitor(site.url) as attacker:
        early = attacker.open("/").read.forms[0].fields
    seal = {"turn": early["turn"], "csrf": early["csrf"]}
    assert refused(visitor, **seal) == 303
    assert stays(visitor, heading)
    assert refused(visitor, **seal, headers={"origin": EVIL}) == 403
    assert refused(visitor, turn="A" * 22, csrf=early["csrf"]) == 403
    assert stays(visitor, heading)


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/xml", ""])
def test_a_form_in_another_type_is_none(visitor, kind):
    heading = asked_for_nik(visitor).heading
    body = "&".join(f"{name}={value}" for name, value in visitor.question.fields.items())
    headers = {"origin": visitor.url, "content-type": kind}
    answer = visitor.client.post("/daftar", content=body.encode(), headers=headers)
    assert answer.status_code in (400, 403, 415)
    assert stays(visitor, heading)


# Cookies


def test_a_look_gives_no_cookie_and_a_form_gives_one_that_scripts_cannot_read(visitor):
    visitor.open("/").open("/daftar")
    assert [cookies(one) for one in visitor.answers] == [[], []]
    visitor.open("/").press(REGISTER)
    [given] = [one for answer in visitor.answers for one in cookies(answer)]
    marks = {mark.strip().partition("=")[0].lower() for mark in given.split(";")}
    assert {"httponly", "samesite", "path", "max-age"} <= marks
    assert "domain" not in marks
    assert re.search(r"=([\w-]{22});", given)


def test_over_tls_a_neighbour_can_plant_no_cookie(tmp_path):
    """`__Host-` is taken from the host itself alone; the plain name is not looked at."""
    gateway = Process(tmp_path / "var", PUBLIC_URL="https://daftar.example").start()
    try:
        with Visitor(gateway.url) as visitor:
            planted = f"satupintu_form={secrets.token_urlsafe(16)}"
            visitor.client.headers["cookie"] = planted
            form = visitor.open("/").read.forms[0]
            answer = visitor.client.post(
                "/daftar",
                data={**form.fields, "word": "DAFTAR"},
                headers={"origin": "https://daftar.example"},
            )
            [given] = cookies(answer)
            assert given.startswith("__Host-satupintu=")
            assert "Secure" in given
            assert planted.partition("=")[2] not in given
    finally:
        gateway.end()


@pytest.mark.parametrize(
    "cookie",
    [
        *("", "=", "satupintu_form=", f"satupintu_form={'a' * 5_000}", "satupintu_form=a;" * 400),
        *("satupintu_form=\xff\xfe", "satupintu_form=../../etc/passwd", "; ;;=;"),
    ],
)
def test_any_cookie_is_read_as_none(visitor, cookie):
    answer = visitor.client.get("/daftar", headers={"cookie": cookie.encode("latin-1")})
    assert answer.status_code in (200, 431)
    assert cookies(answer) == []


def test_a_guessed_token_opens_nobody_s_form(site, visitor):
    asked_for_nik(visitor).answer(nik(1))
    with Visitor(site.url) as attacker:
        attacker.client.headers["cookie"] = f"satupintu_form={secrets.token_urlsafe(16)}"
        assert nik(1)[:4] not in attacker.open("/daftar").response.text


def test_what_is_stored_of_a_browser_is_no_key(site, visitor):
    asked_for_nik(visitor)
    token = visitor.client.cookies["satupintu_form"]
    for file in site.data_dir.rglob("*"):
        assert not file.is_file() or token.encode() not in file.read_bytes(), file


# Markup, headers and addresses


def pages_with(visitor, text):
    """Yield every page that shows what was typed, with the text in each field in turn."""
    visitor.open("/").press(REGISTER)
    asked = urlencode({"ubah": text, "bahasa": text})
    yield visitor.open(f"/daftar?{asked}")
    yield visitor.open("/daftar").tick()
    yield visitor.answer(text)  # the NIK
    yield visitor.answer(nik(1))
    yield visitor.answer(text)  # the name
    yield visitor.answer(name(1))
    form = visitor.question
    yield visitor.send(form, profession=text)
    yield visitor.open("/daftar").answer("Perawat")
    yield visitor.answer(text)  # the phone, where it is asked for; else nothing is
    yield visitor.open(f"/?{asked}")
    for field in ("asked", "tap", "word", "several", "text", "language"):
        yield visitor.open("/daftar").send(visitor.read.forms[-1], **{field: text})


def test_markup_in_any_field_is_shown_as_text(visitor):
    for page in pages_with(visitor, MARKUP):
        body = page.response.text
        assert page.response.status_code < 500
        for raw in NEVER_RAW:
            assert raw not in body, page.response.url


@pytest.mark.parametrize(
    "text", ["id\r\nSet-Cookie: a=b", "id%0d%0aSet-Cookie:%20a=b", "\u560d\u560aSet-Cookie: a=b"]
)
def test_no_field_becomes_a_header(visitor, text):
    for page in pages_with(visitor, text):
        assert "a=b" not in str(cookies(page.response))
        assert all("a=b" not in value for value in page.response.headers.values())


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.example/daftar", "/daftar//evil.example", "/\\evil.example"),
        *("/daftar/..//evil.example", "/%2f%2fevil.example", "/daftar?next=https://evil.example"),
    ],
)
def test_no_address_leads_elsewhere(visitor, path):
    form = asked_for_nik(visitor).question
    fields = {**form.fields, form.writable[0]: nik(1), "next": EVIL, "location": EVIL}
    answer = visitor.client.post(
        visitor.url + path,
        data=fields,
        headers={"origin": visitor.url, "referer": f"{EVIL}/daftar"},
    )
    assert answer.headers.get("location", "/daftar") == "/daftar"


def test_a_mistyped_address_gets_a_page_and_an_icon_no_line_in_the_log(site, visitor):
    logged = site.errors()
    page = visitor.client.get("/DAFTAR", headers={"accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")
    icon = visitor.client.get("/favicon.ico", headers={"accept": "image/avif,image/*"})
    assert (icon.status_code, icon.headers["content-type"]) == (404, "application/problem+json")
    slash = visitor.client.get("/daftar/", headers={"accept": "text/html"})
    assert (slash.status_code, slash.headers["location"]) == (308, "/daftar")
    assert site.errors() == logged


def test_the_host_that_a_caller_claims_stands_on_no_page(visitor):
    for path in ("/", "/daftar"):
        headers = {"host": "evil.example", "x-forwarded-host": "evil.example"}
        assert "evil.example" not in visitor.client.get(path, headers=headers).text


def test_no_page_can_be_framed_sniffed_or_kept(visitor):
    asked_for_nik(visitor).answer("1").answer(nik(1))
    wrong_seal = visitor.client.post("/daftar", data={"csrf": "x"})
    assert wrong_seal.status_code == 403
    for answer in (*visitor.answers, wrong_seal):
        kept = answer.headers
        assert kept["cache-control"] == "no-store", answer.url
        if answer.status_code == 303:
            continue
        policy = kept["content-security-policy"]
        for rule in ("default-src 'none'", "base-uri 'none'", "form-action 'self'"):
            assert rule in policy
        assert re.search(r"frame-ancestors '(none|self)'", policy)  # in dev, the simulator
        assert "unsafe" not in policy
        assert kept["x-frame-options"] in ("DENY", "SAMEORIGIN")
        assert kept["x-content-type-options"] == "nosniff"
        assert kept["referrer-policy"] in ("no-referrer", "same-origin")


def test_in_production_nobody_frames_a_page():
    headers = dict(Pages(load_wording(None, CAMPAIGN), CAMPAIGN, {}).headers)
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


def test_no_engine_finds_more_than_the_first_page(visitor):
    assert "noindex" not in visitor.open("/").response.text
    assert "noindex" in asked_for_nik(visitor).response.text


def test_no_address_title_or_log_holds_a_person(site, visitor):
    asked_for_nik(visitor).answer(nik(7)).answer(name(7)).answer("Perawat")
    urls = " ".join(str(one.url) for one in visitor.answers)
    for datum in (nik(7), name(7)):
        assert datum not in urls
        assert datum not in visitor.title
        assert datum not in site.errors()


# Sizes and times


@pytest.mark.parametrize(
    "body",
    [
        b"a=" + b"x" * 40_000,
        b"nik=" + b"x" * 5_000_000,
        b"&".join([b"a=1"] * 5_000),
        b"%" * 30_000,
    ],
    ids=["beyond a form", "5 MB", "fields", "escapes"],
)
def test_a_form_beyond_the_bounds_is_turned_away(visitor, body):
    heading = asked_for_nik(visitor).heading
    kind = {"content-type": "application/x-www-form-urlencoded", "origin": visitor.url}
    answer = visitor.client.post("/daftar", content=body, headers=kind)
    assert answer.status_code in (400, 403, 413)
    assert stays(visitor, heading)


def test_a_form_that_never_ends_is_cut_off_and_holds_up_nobody(site, visitor):
    head = f"POST /daftar HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {site.url}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 30000\r\n\r\nnik="
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", site.http_port), timeout=30) as line:
        line.sendall(head.encode())
        assert asked_for_nik(visitor).heading
        said = line.recv(4_096)
    assert time.monotonic() - began < SLOW_SECONDS_MAX
    assert said[:12] in (b"HTTP/1.1 408", b"HTTP/1.1 503", b"")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_none(visitor, method):
    assert visitor.client.request(method, "/daftar").status_code == 405


# What is told


def test_known_and_unknown_numbers_get_the_same_words(site, visitor):
    with Visitor(site.url) as owner:
        page = asked_for_nik(owner).answer(nik(11)).answer(name(11)).answer("Perawat")
        if page.question.writable:
            page = page.answer("081234567811")
        page.press("Data benar")
        known = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", page.words)[0]
    said = []
    for number in (known, make_number(7)):
        with Visitor(site.url) as stranger:
            stranger.open("/").press("Cek status").answer(number)
            said.append(stranger.words.replace(number, "…"))
    assert said[0] == said[1]
    assert name(11) not in said[0]
