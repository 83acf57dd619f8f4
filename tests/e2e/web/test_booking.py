"""From a form that a phone has proven to a seat, its ticket, another seat, and none."""

import re

import pytest

from tests.e2e.console.desk import faults, overflow
from tests.e2e.web import form
from tests.e2e.web.hands import small_targets
from tests.fixtures.browser import NARROW
from tests.fixtures.people import name, nik
from tests.fixtures.process import Process

MORNING = "2026-11-23T10:00:00+07:00"
HEADS = "nik,full_name,profession,facility_code,phone\n"
LISTED, UNLISTED, LINKED = (1, 2), 3, 4
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("booking")
    gateway = Process(folder / "var", DEMO=1, NOW=MORNING).start()
    rows = [f"{nik(n)},{name(n)},perawat,,\n" for n in LISTED]
    (folder / "roster.csv").write_text(HEADS + "".join(rows))
    gateway.command("roster", "import", folder / "roster.csv")
    yield gateway
    gateway.end()


def fits(page):
    return overflow(page), small_targets(page), faults(page)


def press(page, selector):
    with page.expect_navigation():
        page.locator(selector).first.click()


def choose(page, number):
    """Take the choice of that number, be it a box, a circle or a button."""
    chosen = page.locator(f"main [name=tap][value^='{number} ']")
    if not chosen.count():
        chosen = page.locator(f"main [name=several][value='{number}']")
    if chosen.evaluate("one => one.tagName") == "BUTTON":
        press(page, f"main [name=tap][value^='{number} ']")
        return
    chosen.check()
    form.go_on(page)


def asked(page):
    kept = page.locator("main form[novalidate] [name=asked]")
    return kept.get_attribute("value") if kept.count() else ""


def dial(site, n, code):
    phone = f"+62812{n:08d}"
    assert "1" in site.ussd(phone, f"call{n}", f"9*{code}").text
    return site.ussd(phone, f"call{n}", f"9*{code}*1")


def proven(site, page, n, *, look, waits):
    """Register the nth person, and send the code of the page from the phone."""
    form.register(page, site.url, n)
    assert look(page) == (0, [], [])
    code = page.locator("main .code").inner_text()
    if waits:
        assert page.locator("body").get_attribute("data-said").startswith('W/"')
        with page.expect_navigation():
            dial(site, n, code)
    else:
        dial(site, n, code)
        choose(page, 1)
    assert not page.locator("main .code").count()


def by_link(site, page, n, *words, look=None):
    """Say the words by SMS, and open the link that the phone is given then."""
    phone = f"+62812{n:08d}"
    for word in words:
        site.text("sms", phone, word)
    link = re.search(r"/l/[A-Za-z0-9_-]{22}", site.text("sms", phone, "WEB").text)[0]
    page.goto(site.url + link)
    assert look is None or look(page) == (0, [], [])
    press(page, "main button")


def appointment(site, n):
    (record,) = site.search(nik=nik(n))
    return record["appointment"]


def to_change(site, page):
    page.goto(site.url)
    press(page, "main button[value=jadwal]")


def to_places(site, page, look):
    """Ask for an appointment from the start page, and for another place than is offered."""
    to_change(site, page)
    seen = [asked(page)]
    while (key := asked(page)) != "ask_facility":
        assert look(page) == (0, [], []), key
        choose(page, {"ask_seat": 3}.get(key, 1))
        seen.append(asked(page))
        assert len(seen) < 6, seen
    return seen


@pytest.mark.parametrize(("n", "script"), [(1, True), (2, False)])
def test_a_person_books_changes_and_cancels(site, tab, n, script):
    page = tab(bypass_csp=True, viewport=NARROW, java_script_enabled=script, accept_downloads=True)
    look = fits if script else lambda _: (0, [], [])
    proven(site, page, n, look=look, waits=script)
    assert to_places(site, page, look) == ["ask_health", "ask_seat", "ask_facility"]
    places = page.locator("main .choices")
    assert places.locator("a.map").count() == places.locator("input").count() > 0
    for key in ("ask_facility", "ask_date", "ask_time", "confirm_booking"):
        assert (asked(page), look(page)) == (key, (0, [], []))
        choose(page, 1)
    assert look(page) == (0, [], [])
    assert (booked := appointment(site, n))["status"] == "booked"

    press(page, "main a[href^='/tiket/']")
    assert look(page) == (0, [], [])
    assert page.locator("main .qr svg").count() == 1
    with page.expect_download() as came:
        page.locator("main a[href$='.ics']").click()
    assert b"BEGIN:VEVENT" in came.value.path().read_bytes()

    if not script:  # the rest is made of the same forms
        return
    to_change(site, page)
    assert (asked(page), look(page)) == ("appointed", (0, [], []))
    choose(page, 1)
    for key, number in (
        *(("ask_facility", 1), ("ask_date", 1), ("ask_time", 2), ("confirm_booking", 1)),
    ):
        assert asked(page) == key
        choose(page, number)
    assert appointment(site, n)["start"] > booked["start"]

    to_change(site, page)
    choose(page, 2)
    assert (asked(page), look(page)) == ("confirm_cancel", (0, [], []))
    choose(page, 1)
    assert look(page) == (0, [], [])
    assert appointment(site, n)["status"] == "cancelled"
    assert tab.said == []


def test_who_is_not_listed_uploads_a_letter(site, tab, tmp_path):
    n = UNLISTED
    page = tab(bypass_csp=True, viewport=NARROW)
    by_link(site, page, n, f"DAFTAR {nik(n)}#{name(n)}#perawat", "YA")
    page.goto(site.url)
    press(page, "main button[value=status]")
    assert fits(page) == (0, [], [])
    press(page, "main a[href='/daftar/surat']")
    assert fits(page) == (0, [], [])
    (tmp_path / "surat.pdf").write_bytes(PDF)
    (record,) = site.search(nik=nik(n))
    page.locator("#number").fill(record["number"])
    page.locator("#file").set_input_files(tmp_path / "surat.pdf")
    form.go_on(page)
    assert (page.locator("[role=alert]").count(), fits(page)) == (0, (0, [], []))
    assert "kasus" in page.locator("main").inner_text()


def test_a_link_from_a_chat_opens_the_form_at_its_question(site, tab):
    page = tab(bypass_csp=True, viewport=NARROW)
    by_link(site, page, LINKED, "DAFTAR", "1", nik(LINKED), look=fits)
    assert (form.asked(page), fits(page)) == ("full_name", (0, [], []))
