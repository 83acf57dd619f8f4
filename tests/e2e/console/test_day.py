"""A manager's morning in a real browser: enrol, sign in, scan tickets, go offline, close a day."""

import re
import time
from datetime import datetime, timedelta

import pytest
from pyotp import TOTP

from tests.e2e.console import site
from tests.e2e.console.desk import faults, overflow, sign_in, start
from tests.e2e.console.site import RINA, TEN, TODAY, entries, seat
from tests.fixtures.browser import NARROW, WIDE

NAME, PASSWORD = "Sari Dewi", "correct horse battery"
KINDS = [(WIDE, "light"), (NARROW, "dark")]


class House:
    """One gateway at ten in the morning, a manager's session, and a facility."""

    def __init__(self, gateway, page):
        self.gateway, self.cookies = gateway, sign_in(page, gateway)
        self.code = site.open_today(gateway)
        self.seats = seat(gateway, self.code)
        self.place = f"/places/{self.code}"
        self.day = f"{self.place}/days/{TODAY}"

    def code_now(self, secret, *, later=0):
        """Return what the app shows now, or so many steps later.

        Its clock is the one that is behind, however long the gateway took to become ready: of a
        code that is late a step is taken, and one from beyond the next step is refused.
        """
        ready = self.gateway.begun + self.gateway.seconds
        now = datetime.fromisoformat(TEN) + timedelta(
            seconds=time.monotonic() - ready + 30 * later
        )
        return TOTP(secret).at(now)


@pytest.fixture(scope="module")
def house(tmp_path_factory, chromium):
    gateway = start(tmp_path_factory.mktemp("day"), DEMO=1, NOW=TEN)
    page = chromium.new_page()
    try:
        yield House(gateway, page)
    finally:
        page.context.close()
        gateway.end()


@pytest.fixture
def show(house, tab):
    """Return a function that opens a page as a manager."""

    def open_page(path, size=WIDE, scheme="light", **given):
        page = tab(viewport=size, color_scheme=scheme, bypass_csp=True, **given)
        page.context.add_cookies(house.cookies)
        page.goto(f"{house.gateway.url}/console{path}")
        return page

    return open_page


def came(house, row=0):
    one = entries(house.gateway, house.code)[row]
    return one["came"], one["noted_by"], one["batch"]


def test_an_operator_enrols_and_signs_in_with_password_and_app(house, tab):
    said = house.gateway.command("operators", "add", NAME, "--role", "manager")
    page = tab(bypass_csp=True)
    page.goto(re.search(r"http\S+/enrol/\S+", said)[0])
    assert (overflow(page), faults(page)) == (0, [])
    page.set_viewport_size(NARROW)
    assert (overflow(page), faults(page)) == (0, [])
    secret = page.locator("code").inner_text()
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=code]").fill(house.code_now(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    assert NAME in page.locator(".who").inner_text()
    page.locator(".who button").click()
    page.wait_for_url("**/sign-in")
    for code in (lambda: "000000", lambda: house.code_now(secret, later=1)):
        page.locator("[name=name]").fill(NAME)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Tab")
        page.keyboard.type(code())
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert page.url.endswith("/console")


def test_a_ticket_is_scanned_and_noted(house, show, tab):
    page, one = show(house.day), house.seats[0]
    page.locator("[name=batch]").fill("B7")
    page.locator("[name=code]").fill(f"SATUPINTU:{one['number']}:1:{one['code']}")
    with page.expect_response("**/do/attendance"):
        page.keyboard.press("Enter")
    page.wait_for_function("localStorage.getItem('satupintu.day') === '[]'")
    assert came(house) == ("yes", "dev", "B7")
    page.reload()
    assert "B7" in page.locator(f"[data-number='{one['number']}'] [data-came]").inner_text()
    assert tab.said == []


# A stand-in for a phone's browser: Chromium has no detector here, nor a camera.
PHONE = """
window.ended = window.looked = 0;
window.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(["qr_code"]); }
  async detect() {
    window.looked++;
    return (window.seen ?? []).map((rawValue) => ({ rawValue }));
  }
};
navigator.mediaDevices.getUserMedia = () => {
  if (window.barred) return Promise.reject(new DOMException("barred", "NotAllowedError"));
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 9, 9);
  const stream = canvas.captureStream();
  const [track] = stream.getTracks();
  const stop = track.stop.bind(track);
  track.stop = () => { window.ended++; stop(); };
  return Promise.resolve(stream);
};
"""


def show_on_phone(house, tab, **given):
    page = tab(viewport=NARROW, **given)
    page.context.add_cookies(house.cookies)
    page.add_init_script(PHONE)
    page.goto(f"{house.gateway.url}/console{house.day}")
    return page


def test_the_camera_of_a_phone_reads_a_ticket_and_closes(house, tab):
    page, one = show_on_phone(house, tab, bypass_csp=True), house.seats[1]
    page.locator("[name=batch]").fill("B8")
    page.locator("[data-scan]").click()
    page.locator("[data-camera]").wait_for(state="visible")
    page.evaluate("window.seen = ['x'.repeat(65)]; window.looked = 0")  # no ticket
    page.wait_for_function("window.looked >= 2")
    assert page.locator("[data-camera]").is_visible()
    with page.expect_response("**/do/attendance"):
        page.evaluate(
            "(code) => { window.seen = [code]; }", f"SATUPINTU:{one['number']}:1:{one['code']}"
        )
    page.wait_for_function("localStorage.getItem('satupintu.day') === '[]'")
    assert came(house, 1) == ("yes", "dev", "B8")
    assert page.locator("[data-camera]").is_hidden()
    assert page.evaluate("window.ended") == 1
    row = page.locator(f"[data-number='{one['number']}'] [data-came]")
    assert row.inner_text() == page.locator("[data-offline] button").first.inner_text()
    assert tab.said == []


def test_the_camera_is_closed_by_a_second_press_and_its_refusal_is_told(house, tab):
    page = show_on_phone(house, tab)
    page.locator("[data-scan]").click()
    page.locator("[data-camera]").wait_for(state="visible")
    page.locator("[data-scan]").click()
    page.locator("[data-camera]").wait_for(state="hidden")
    assert page.evaluate("window.ended") == 1
    page.evaluate("window.barred = true")
    page.locator("[data-scan]").click()
    page.locator("#offline").wait_for(state="visible")
    assert page.locator("[data-scan]").get_attribute("aria-pressed") == "false"
    assert page.locator("[name=code]").is_editable()


def test_where_the_browser_reads_no_codes_none_is_offered(house, show):
    page = show(house.day)
    assert page.evaluate("'BarcodeDetector' in window") is False
    assert (page.locator("[data-scan]").is_hidden(), page.locator("[name=code]").is_visible()) == (
        True,
        True,
    )


def test_notes_of_a_shift_without_network_are_each_sent_once(house, show):
    page, sent = show(house.day), []
    page.on("request", lambda request: sent.append(request.post_data) if request.post_data else 0)
    page.context.set_offline(True)
    for one, word in zip(house.seats, ("no", "put_off"), strict=True):
        page.locator(f"[data-number='{one['number']}'] button[value={word}]").click()
    page.wait_for_function("JSON.parse(localStorage.getItem('satupintu.day')).length === 2")
    kept = page.evaluate("localStorage.getItem('satupintu.day')")
    assert (house.seats[0]["number"] in kept, "Siti" in kept) == (True, False)
    assert page.locator("#offline").is_visible()
    sent.clear()
    page.context.set_offline(False)
    page.wait_for_function("localStorage.getItem('satupintu.day') === '[]'")
    assert [came(house, row)[0] for row in (0, 1)] == ["no", "put_off"]
    assert len(sent) == 2
    assert page.locator("#offline").is_hidden()


def test_a_day_is_closed_with_a_preview_of_the_words_that_are_sent(house, show):
    phone, nik, *_ = RINA
    made = site.book(house.gateway, *RINA)
    closed, code = made["start"][:10], made["facility_code"]
    page = show(f"/places/{code}/closing")
    page.locator("[name=date]").fill(closed)
    page.locator("[name=offer]").select_option("cancel")
    page.locator("main button").first.click()
    words = page.locator("blockquote").inner_text()
    assert "tutup" in words
    page.locator("button.danger").click()
    page.wait_for_url("**/ask/close_day")
    page.locator("[name=reason]").fill("flood")
    page.locator("main button").first.click()
    page.wait_for_url("**done=close_day")
    told = house.gateway.api("outbox/search", {"address": phone}).json()["items"]
    assert words.split() in [one["text"].split() for one in told]
    assert house.gateway.search(nik=nik)[0]["appointment"]["status"] == "cancelled_by_site"


@pytest.mark.parametrize(("size", "scheme"), KINDS)
@pytest.mark.parametrize("name", ["day", "place", "closing", "previewed", "sign-in"])
def test_the_screens_of_a_facility_fit_and_are_accessible(house, show, name, size, scheme):
    asked = f"?date={TODAY}&offer=choose"
    path = {
        "day": house.day,
        "place": house.place,
        "closing": f"{house.place}/closing",
        "previewed": f"{house.place}/closing{asked}",
        "sign-in": "/sign-in",
    }[name]
    page = show(path, size, scheme)
    assert page.locator("h1").count() == 1
    assert (max(overflow(page), 0), faults(page)) == (0, [])


def test_the_queue_is_worked_by_keys_alone(house, show):
    """Without the shortcuts, too: by Tab and Enter."""
    page = show("/cases")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "decision":
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    words = page.locator(".words").all_inner_texts()
    for _ in range(40):
        if page.evaluate("document.activeElement.name") == "reason":
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.type("she called")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert (bool(words), page.locator(".chip", has_text="decided").count()) == (True, 1)
