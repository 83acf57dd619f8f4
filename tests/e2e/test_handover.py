"""A form that changes devices, through the real gateway: one conversation, one held record."""

import re
from html import unescape
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest

from tests.e2e.test_four_doors import Person
from tests.fixtures.browser_pages import ENCODED, Browser
from tests.fixtures.process import Process


class Page(Browser):
    """A browser without script in front of the gateway."""

    def __init__(self, running):
        self.running, self.cookie, self.page, self.response = running, "", "", None

    def ask(self, method, path="/daftar", query="", body=b"", **headers):
        cookie = {"cookie": self.cookie} if self.cookie else {}
        kind = {"content-type": ENCODED} if body else {}
        got = self.running.client.request(
            method, path, params=query, content=body, headers={**cookie, **kind, **headers}
        )
        self.running.client.cookies.clear()
        self.response = SimpleNamespace(
            status=got.status_code, body=got.content, headers=got.headers
        )
        if set_cookie := got.headers.get("set-cookie"):
            self.cookie = set_cookie.partition(";")[0]
        return self.response

    @property
    def code(self):
        return re.search(r"KODE(?: |%20)([0-9]{8})", unescape(self.page))[1]

    def hidden_of(self, link):
        form = self.page.partition(f'action="{link}"')[2].partition("</form>")[0]
        return dict(re.findall(r'name="([^"]*)" value="([^"]*)"', form))

    def begin(self):
        self.open("/")
        self.send(word="daftar")
        return self.send(consent="agree")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    process = Process(tmp_path_factory.mktemp("handover") / "var").start()
    yield process
    process.end()


def test_a_form_goes_from_the_web_to_a_call_to_a_chat_and_back(running):
    person, page = Person(running), Page(running)
    page.begin()
    page.send(nik=person.nik)
    page.send(full_name=person.name)
    assert page.heading == "Apa profesi Anda?"
    page.send(word="KODE")
    assert page.heading == "Satu langkah lagi: buktikan nomor HP Anda"
    assert f"tel:*119*9*{page.code}%23" in page.page

    assert "Hubungkan ke HP ini?" in person.dial("9", page.code)
    assert "profesi" in person.key("1").lower()
    page.tap("Saya sudah kirim")
    assert page.heading == "Apa profesi Anda?"

    assert "profesi" in person.say("whatsapp", "halo").lower()  # the offer to go on there
    assert "profesi" in person.say("whatsapp", "1").lower()
    page.open()
    assert page.heading == "Apa profesi Anda?"
    page.send(profession="perawat")
    assert page.heading == "Periksa jawaban Anda"
    page.tap("Ya")
    assert page.heading == "Anda sudah terdaftar"
    record = person.record
    assert record["standing"] == "held"
    assert record["number"] in page.page


def test_a_link_from_a_chat_goes_on_in_the_browser_that_presses_its_button(running):
    person = Person(running)
    for word in ("DAFTAR", "1", person.nik, person.name):
        person.say("sms", word)
    link = re.search(r"/l/[A-Za-z0-9_-]{22}", person.say("whatsapp", "LANJUT DI WEB"))[0]
    scanner, page, other = Page(running), Page(running), Page(running)
    scanner.open(link)
    assert scanner.heading == "Lanjutkan dari HP Anda?"
    assert f"berakhiran {person.phone[-4:]}" in scanner.page
    assert scanner.cookie == ""
    page.open(link)
    other.open(link)
    for _ in range(2):  # a double tap
        page.ask("POST", link, body=urlencode(page.hidden_of(link)).encode())
        assert (page.response.status, page.response.headers["location"]) == (303, "/daftar")
        first, page.cookie = page.cookie, ""
    page.cookie = first
    page.open()
    assert page.heading == "Apa profesi Anda?"
    other.ask("POST", link, body=urlencode(other.hidden_of(link)).encode())
    assert other.response.status == 404
    assert other.cookie == ""
    other.open(link)
    assert other.heading == "Tautan ini sudah tidak berlaku"
    forged = {**page.hidden_of(link), "csrf": "A" * 22}
    assert page.ask("POST", link, body=urlencode(forged).encode()).status == 403


def test_a_confirmed_form_is_held_once_its_phone_sends_the_code(running):
    person, page = Person(running), Page(running)
    page.begin()
    page.send(nik=person.nik)
    page.send(full_name=person.name)
    page.send(profession="perawat")
    page.send(phone=person.phone)
    page.tap("Ya")
    assert person.record["standing"] == "claimed"
    number = person.record["number"]
    page.tap("Saya sudah kirim")
    assert page.wrong.startswith("Kode itu belum kami terima.")
    stranger = Person(running)
    assert "salah" in stranger.say("sms", f"KODE {page.code}")
    assert "Hubungkan ke HP ini?" in person.say("sms", f"KODE {page.code}")
    assert number in person.say("sms", "1")
    page.tap("Saya sudah kirim")
    assert number in page.page
    record = person.record
    assert (record["number"], record["standing"]) == (number, "held")
    page.send(word="status")
    assert number in page.page
