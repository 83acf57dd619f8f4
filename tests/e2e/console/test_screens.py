"""Every screen of the console in a real browser: it fits, and axe finds nothing serious."""

import pytest

from gateway.operators.console.pages import PAGES
from tests.e2e.console.desk import NURSE, faults, overflow, sign_in, start
from tests.fixtures.browser import NARROW, WIDE

SCREENS = [page.path for page in PAGES if "{" not in page.path]
KINDS = [(WIDE, "light"), (NARROW, "dark")]  # colours and widths, each once


@pytest.fixture(scope="module")
def house(tmp_path_factory, chromium):
    gateway = start(tmp_path_factory.mktemp("screens"), DEMO=1)
    page = chromium.new_page()
    yield gateway, sign_in(page, gateway)
    page.context.close()
    gateway.end()


@pytest.fixture
def signed_in(house, tab):
    """Return a function that opens a screen as a manager."""
    gateway, cookies = house

    def show(path, size=WIDE, scheme="light", **given):
        page = tab(viewport=size, color_scheme=scheme, bypass_csp=True, **given)
        page.context.add_cookies(cookies)
        page.goto(f"{gateway.url}/console{path}")
        return page

    return show


@pytest.mark.parametrize(("size", "scheme"), KINDS)
@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_fits_and_is_accessible(signed_in, tab, path, size, scheme):
    page = signed_in(path, size, scheme)
    assert page.locator("h1").count() == 1
    assert overflow(page) <= 0
    assert tab.said == []
    assert faults(page) == []


@pytest.mark.parametrize(("size", "scheme"), KINDS)
def test_a_person_fits_and_is_accessible(signed_in, house, size, scheme):
    number = house[0].search(nik=NURSE)[0]["number"]
    page = signed_in(f"/people/{number}", size, scheme)
    assert page.locator("h1").inner_text() == "Siti Aminah"
    assert overflow(page) <= 0
    assert faults(page) == []


def test_a_search_leads_to_the_person(signed_in):
    page = signed_in("/search", java_script_enabled=False)
    page.get_by_role("searchbox").fill(NURSE)
    page.keyboard.press("Enter")
    page.locator("table a").first.click()
    assert page.locator("h1").inner_text() == "Siti Aminah"


def test_the_content_is_one_key_away(signed_in):
    page = signed_in("")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip away"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"


def test_the_focus_can_be_seen(signed_in):
    page = signed_in("/messages")
    page.locator("select").first.focus()
    page.keyboard.press("Tab")
    width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert width == "3px"


def test_figures_are_replaced_where_they_stand(signed_in):
    page = signed_in("")
    with page.expect_response("**/console/live") as came:
        page.reload()
    assert came.value.ok
