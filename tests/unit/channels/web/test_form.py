"""The public form: from the start page to the number, by plain forms."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest

from channels.contract import RejectedError
from core.messages import AddressKind, Channel
from tests.fixtures.browser_pages import Browser, register
from tests.scripts import NAME, NIK, NUMBER, SHOWN, WORDING


def test_a_person_registers_from_the_start_page_to_the_number():
    browser = register(Browser())
    assert browser.heading == "Periksa jawaban Anda"
    browser.tap("Ya")
    assert browser.heading == "Anda sudah terdaftar"
    assert f"<strong>{NUMBER}</strong>" in browser.page
    (request,) = [one for one in browser.person.done if type(one).__name__ == "Register"]
    intent = request.intent
    assert (intent.nik, intent.full_name, intent.profession) == (NIK, NAME, "perawat")
    assert (intent.channel, intent.address.kind) == (Channel.WEB, AddressKind.WEB)
    assert intent.voucher == "nobody"
    assert intent.consent.channel == "web"


def test_every_page_is_asked_for_in_order():
    browser = Browser()
    browser.open("/")
    browser.send(word="daftar")
    headings = [browser.heading]
    for name, value in (("consent", "agree"), ("nik", NIK), ("full_name", NAME)):
        browser.send(**{name: value})
        headings.append(browser.heading)
    assert headings == [
        *("Persetujuan Anda", "Berapa NIK Anda?"),
        *("Siapa nama lengkap Anda?", "Apa profesi Anda?"),
    ]


def test_a_wrong_answer_comes_back_as_it_was_typed():
    browser = Browser()
    browser.open("/")
    browser.send(word="daftar")
    browser.send(consent="agree")
    page = browser.send(nik="3204 <b>")
    assert browser.response.status == 200
    assert "<title>Kesalahan: Berapa NIK Anda?" in page
    assert 'value="3204 &lt;b&gt;"' in page
    assert page.count(browser.wrong) == 2  # in the summary, and at the field
    assert 'role="alert" tabindex="-1" autofocus' in page


def test_an_empty_box_is_not_consent():
    browser = Browser()
    browser.open("/")
    browser.send(word="daftar")
    browser.send()
    assert browser.wrong == "Centang bila Anda setuju."
    assert browser.person.session.answers == {}


def test_the_page_shows_every_word_that_is_agreed_to():
    browser = Browser()
    browser.open("/")
    browser.send(word="daftar")
    for line in WORDING.phrases("id", "long")["page_consent"].split("\n"):
        assert f"<p>{line}</p>" in browser.page


def test_a_double_tap_is_one_message():
    browser = register(Browser())
    page = browser.page
    browser.tap("Ya")
    done = len(browser.person.done)
    browser.send(page, tap="1 Ya")
    assert len(browser.person.done) == done
    assert browser.heading == "Anda sudah terdaftar"


def test_a_page_from_before_the_cookie_says_nothing_and_leads_to_the_conversation():
    browser = Browser()
    first, second = browser.open("/"), browser.open("/")
    browser.send(first, word="daftar")
    browser.send(consent="agree")
    token, said = browser.cookie, len(browser.messages)
    for page in (first, second):
        browser.send(page, word="daftar")
        assert browser.heading == "Berapa NIK Anda?"
    assert (browser.cookie, len(browser.messages)) == (token, said)


def test_a_page_from_before_the_cookie_is_refused_from_another_site():
    browser = Browser()
    page = browser.open("/")
    browser.send(page, word="daftar")
    fields = urlencode({**browser.hidden(page), "word": "daftar"}).encode()
    with pytest.raises(RejectedError) as caught:
        browser.ask("POST", body=fields, origin="https://evil.example")
    assert caught.value.status == 403


def test_a_page_of_another_browser_is_refused():
    first, second = Browser(), Browser()
    second.now += timedelta(seconds=1)
    register(first)
    register(second)
    with pytest.raises(RejectedError) as caught:
        first.send(second.page, tap="1 Ya")
    assert caught.value.status == 403


def test_an_old_tab_puts_right_the_answer_that_it_shows():
    browser = Browser()
    browser.open("/")
    browser.send(word="daftar")
    browser.send(consent="agree")
    page = browser.page
    browser.send(nik=NIK)
    browser.send(full_name=NAME)
    browser.send(page, nik="3204115706960002")
    assert browser.heading == "Apa profesi Anda?"
    assert browser.person.session.answers["nik"] == "3204115706960002"


def test_a_registered_person_is_shown_how_a_phone_proves_it():
    browser = register(Browser())
    browser.tap("Ya")
    assert f'<p class="code">{SHOWN}</p>' in browser.page
    assert f'href="tel:*119*9*{SHOWN}%23"' in browser.page
    assert f'href="sms:1199?body=KODE%20{SHOWN}"' in browser.page
    assert f"https://wa.me/6281110500567?text=KODE%20{SHOWN}" in browser.page
    browser.tap("Saya sudah kirim")
    assert "Kode itu belum kami terima." in browser.wrong


def test_whoever_has_no_phone_at_hand_can_leave_the_page_of_the_code():
    browser = register(Browser())
    browser.tap("Ya")
    assert '<button class="second" name="word" value="vaksin">Ke menu</button>' in browser.page
    browser.send(word="vaksin")
    assert browser.heading == "Apa yang ingin Anda lakukan?"


def test_an_empty_nik_is_not_told_off_for_its_letters():
    browser = Browser()
    browser.open("/")
    browser.send(word="daftar")
    browser.send(consent="agree")
    browser.send(nik="")
    assert browser.wrong == "NIK terdiri dari 16 angka, tanpa huruf."


def test_a_half_filled_form_can_go_on_on_a_phone():
    browser = Browser()
    browser.open("/")
    browser.send(word="daftar")
    browser.send(consent="agree")
    browser.send(word="kode")
    assert f'<p class="code">{SHOWN}</p>' in browser.page


def test_a_line_is_changed_without_losing_the_others():
    browser = register(Browser())
    page = browser.open(query="ubah=full_name")
    assert 'value="SITI AMINAH"' in page
    browser.send(full_name="SITI AMINAH LUBIS")
    assert browser.heading == "Periksa jawaban Anda"
    assert "SITI AMINAH LUBIS" in browser.page
    assert browser.person.session.answers["nik"] == NIK


@pytest.mark.parametrize("field", ["consent", "kunci", "", "address"])
def test_nothing_else_can_be_changed(field):
    browser = register(Browser())
    browser.open(query=f"ubah={field}")
    assert browser.heading == "Periksa jawaban Anda"


def test_a_tap_on_a_page_of_another_question_is_refused():
    browser = register(Browser())
    page = browser.page
    browser.tap("Ya")
    done = len(browser.person.done)
    browser.send(page.replace("confirm_phone", "confirm_withdraw"), tap="1 Ya")
    assert len(browser.person.done) == done
    assert "Itu pilihan dari pesan lama." in browser.page


def test_opening_the_page_says_nothing():
    browser = register(Browser())
    said = len(browser.messages)
    session = browser.person.session
    browser.open()
    assert len(browser.messages) == said
    assert browser.person.session is session


def test_only_a_form_gives_a_cookie():
    browser = Browser()
    browser.open("/")
    browser.open()
    assert browser.cookie == ""
    assert browser.heading == "Belum ada isian di sini"
    browser.open("/")
    browser.send(word="daftar")
    assert browser.cookie.startswith("satupintu_form=")


def test_over_tls_the_cookie_is_for_us_alone():
    browser = Browser("https://daftar.example")
    browser.open("/")
    browser.send(word="daftar")
    assert browser.cookie.startswith("__Host-satupintu=")


def test_a_page_says_the_language_that_was_chosen():
    browser = Browser()
    browser.open("/", "bahasa=en")
    assert '<html lang="en">' in browser.page
    browser.send(word="register")
    assert browser.heading == "Your consent"
    browser.send(word="indonesia")
    assert browser.heading == "Persetujuan Anda"


def test_a_form_of_another_site_is_refused():
    browser = Browser()
    browser.open("/")
    body = "&".join(f"{name}={value}" for name, value in browser.hidden().items()).encode()
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        with pytest.raises(RejectedError) as caught:
            browser.ask("POST", body=body + b"&word=daftar", **headers)
        assert caught.value.status == 403


def test_nobody_can_foresee_the_cookie_that_a_page_leads_to():
    first, second = Browser(), Browser()
    page = first.open("/")
    first.send(word="daftar")
    second.now = first.now
    second.send(page, word="daftar")
    assert first.cookie != second.cookie


def test_a_page_that_waits_asks_only_whether_something_else_is_said():
    browser = register(Browser())
    browser.tap("Ya")
    mark = unescape(re.search(r'<body data-said="([^"]*)">', browser.page)[1])
    assert ("etag", mark) in browser.response.headers
    same = browser.ask("GET", **{"if-none-match": mark})
    assert (same.status, same.body) == (304, b"")
    assert ("etag", mark) in same.headers
    browser.send(word="menu")
    other = browser.ask("GET", **{"if-none-match": mark})
    assert other.status == 200
    assert ("etag", mark) not in other.headers


def test_the_mark_of_what_is_said_is_of_one_browser_alone():
    first, second = Browser(), Browser()
    second.now += timedelta(seconds=1)
    register(first)
    register(second)
    marks = [dict(one.ask("GET").headers)["etag"] for one in (first, second)]
    assert marks[0] != marks[1]


def test_too_many_turns_say_when_to_come_back():
    browser = Browser()
    browser.open("/")
    while browser.send(word="daftar") and browser.response.status != 429:
        assert len(browser.messages) < 1_000
    (wait,) = [value for name, value in browser.response.headers if name == "retry-after"]
    assert int(wait) == 3_600 - int(browser.now.timestamp()) % 3_600
