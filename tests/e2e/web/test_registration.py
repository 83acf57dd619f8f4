"""Whoever has a browser registers: with and without script, on a narrow screen, by keys alone."""

import pytest

from tests.e2e.console.desk import faults, overflow
from tests.e2e.web import form
from tests.e2e.web.hands import focused, small_targets, tab_through, tab_to
from tests.e2e.web.slow_line import (
    PAGE_BYTES_MAX,
    REGISTRATION_BYTES_MAX,
    USABLE_SECONDS_MAX,
    Line,
    usable_after,
)
from tests.fixtures.browser import NARROW, WIDE
from tests.fixtures.people import nik
from tests.fixtures.process import ROOT, Process

PAGES_MAX = 8  # from the start page to the one that tells the number
CAMPAIGN = ROOT / "campaign.toml"
LANGUAGES = ["id", "en", "jv"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    given = CAMPAIGN.read_text().replace('id = "', f'languages = {LANGUAGES}\nid = "', 1)
    (folder / "campaign.toml").write_text(given)
    gateway = Process(folder / "var", DEMO=1, CAMPAIGN=folder / "campaign.toml").start()
    yield gateway
    gateway.end()


def of(site, n):
    return [one["number"] for one in site.search(nik=nik(n))]


def test_without_script_a_person_registers_within_the_budget(site, tab):
    page = tab(java_script_enabled=False)
    line = Line(page)
    seen, number = form.register(page, site.url, 1)
    line.take()
    assert len(seen) <= PAGES_MAX
    assert of(site, 1) == [number]
    assert line.total <= REGISTRATION_BYTES_MAX


@pytest.mark.parametrize(("n", "size"), [(2, NARROW), (3, WIDE)])
def test_every_page_fits_is_accessible_and_can_be_hit(site, tab, n, size):
    page = tab(bypass_csp=True, viewport=size)
    for asked in form.pages(page, site.url, n):
        assert page.locator("h1").count() == 1, asked
        assert page.locator("html").get_attribute("lang") == "id"
        assert (overflow(page), small_targets(page), faults(page)) == (0, [], []), asked
    assert tab.said == []
    assert of(site, n) == [form.number(page)]


def test_every_page_is_within_its_budget_and_usable_in_time_on_a_slow_line(site, tab):
    page = tab(viewport=NARROW)
    line = Line(page, slow=True, cold=True)
    for asked in form.pages(page, site.url, 7):
        assert usable_after(page) <= USABLE_SECONDS_MAX, asked
        assert line.take() <= PAGE_BYTES_MAX, asked
    assert of(site, 7) == [form.number(page)]


def test_by_keys_alone_a_person_registers(site, tab):
    page = tab()
    page.goto(site.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    tab_to(page, words=page.locator("main button.main").first.inner_text())
    given = form.answers(8)
    while True:
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert all(one["drawn"] for one in tab_through(page))
        if not (field := form.asked(page)):
            break
        page.evaluate("document.activeElement.blur()")
        tab_to(page, name=field)
        answer = given.pop(field)
        if answer == form.TICK:
            page.keyboard.press("Space")
        elif focused(page)["type"] == "radio":
            page.keyboard.press("Space")
            while focused(page)["value"] != answer:
                page.keyboard.press("ArrowDown")
        else:
            page.keyboard.type(answer)
    tab_to(page, words=page.locator("main button.main").first.inner_text())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert of(site, 8) == [form.number(page)]


def test_a_wrong_answer_takes_the_focus_and_is_told_where_it_was_typed(site, tab):
    page = tab(bypass_csp=True, viewport=NARROW)
    for asked in form.pages(page, site.url, 9):
        if asked == "nik":
            form.write(page, "nik", "3204 1157")
            form.go_on(page)
            break
    assert page.title().startswith("Kesalahan: ")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    field = page.locator("main [name=nik]")
    assert field.input_value() == "3204 1157"
    assert field.get_attribute("aria-invalid") == "true"
    told = page.locator(f"#{field.get_attribute('aria-describedby').split()[-1]}").inner_text()
    summed = page.locator("[role=alert] a")
    assert summed.inner_text() in told
    assert (overflow(page), small_targets(page), faults(page)) == (0, [], [])
    summed.click()
    assert focused(page)["name"] == "nik"


@pytest.mark.parametrize("language", ["en", "jv"])
def test_the_form_speaks_the_language_that_was_chosen(site, tab, language):
    page = tab(java_script_enabled=False)
    page.goto(site.url)
    page.locator(f".languages [lang={language}]").first.click()
    assert page.locator("html").get_attribute("lang") == language
    words = page.locator("main").inner_text()
    page.goto(site.url)
    assert page.locator("main").inner_text() != words
    page.locator(f".languages [lang={language}]").first.click()
    page.locator("main button.main").first.click()
    assert page.locator("html").get_attribute("lang") == language


def test_going_back_reloading_and_tapping_twice_register_once(site, tab):
    page = tab()
    for asked in form.pages(page, site.url, 10):
        if asked == "full_name":
            page.reload()
        if asked == "check":
            page.go_back()
            page.go_forward()
            page.locator("main button.main").first.dblclick()
            page.wait_for_selector("main .panel")
            break
    told = form.number(page)
    page.reload()
    assert form.number(page) == told
    assert of(site, 10) == [told]
