"""A clinic pastes a table, mends a row in its page, sends it, and sees what became of each."""

import re

import openpyxl
import pytest

from tests.e2e.console.desk import faults, overflow
from tests.e2e.web.hands import small_targets
from tests.e2e.web.slow_line import PAGE_BYTES_MAX, Line
from tests.fixtures.browser import NARROW, WIDE
from tests.fixtures.lists import HEADS, cells
from tests.fixtures.people import name, nik
from tests.fixtures.process import Process, eventually

ROWS_MAX = 100
BRING, CHECK, AGREE, SEND = "main button.main", "main button.main", "#agree", "[name=send]"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    gateway = Process(tmp_path_factory.mktemp("clinic") / "var", DEMO=1).start()
    yield gateway
    gateway.end()


def table(*rows):
    return "\n".join("\t".join(row) for row in rows)


def fits(page):
    return overflow(page), small_targets(page), faults(page)


def go(page, button):
    with page.expect_navigation():
        page.locator(button).click()


def told(site, phone):
    found = site.api("outbox/search", {"address": phone}).json()["items"]
    return [one["text"] for one in found]


@pytest.mark.parametrize("size", [NARROW, WIDE])
def test_a_pasted_table_is_mended_sent_and_answered(site, tab, size):
    first = 10 if size is NARROW else 20
    page = tab(bypass_csp=True, viewport=size)
    page.goto(f"{site.url}/kolektif")
    assert fits(page) == (0, [], [])
    wrong = [cells(first + 1)[0][:15], *cells(first + 1)[1:]]
    page.locator("#text").fill(table(cells(first), wrong))
    go(page, BRING)
    assert page.title().startswith("Kesalahan: ")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    assert fits(page) == (0, [], [])
    field = page.locator("[aria-invalid]")
    assert field.input_value() == wrong[0]
    field.fill(nik(first + 1))
    go(page, CHECK)
    assert fits(page) == (0, [], [])
    go(page, SEND)
    assert "unagreed" in page.locator("[aria-invalid]").get_attribute("aria-describedby")
    page.locator(AGREE).check()
    go(page, SEND)
    assert re.fullmatch(r"/kolektif/[0-9a-f]{24}", page.url.removeprefix(site.url).split("?")[0])
    assert fits(page) == (0, [], [])
    for n in (first, first + 1):
        assert name(n) in page.locator("main").inner_text()
        assert nik(n) not in page.content()
        assert eventually(lambda n=n: told(site, f"+62812{n:08d}"))
    assert tab.said == []


def test_without_script_a_workbook_is_sent_and_its_result_is_a_file(site, tab, tmp_path):
    book = openpyxl.Workbook()
    for row in (["DAFTAR NAKES"], HEADS, cells(31), cells(32)):
        book.active.append(list(row))
    book.save(tmp_path / "nakes.xlsx")
    page = tab(java_script_enabled=False, accept_downloads=True)
    page.goto(f"{site.url}/kolektif")
    page.locator("#file").set_input_files(tmp_path / "nakes.xlsx")
    go(page, BRING)
    page.locator(AGREE).check()
    go(page, SEND)
    with page.expect_download() as came:
        page.locator("a[href$='hasil.csv']").click()
    rows = came.value.path().read_text("utf-8-sig").splitlines()
    assert [row.split(";")[1] for row in rows[1:]] == [name(31), name(32)]


def test_a_list_of_a_hundred_is_within_the_budget_of_a_page(site, tab):
    page = tab()
    page.goto(f"{site.url}/kolektif")
    line = Line(page, cold=True)
    page.locator("#text").fill(table(*(cells(n) for n in range(100, 100 + ROWS_MAX))))
    line.take()
    go(page, BRING)
    assert page.locator(".people li").count() == ROWS_MAX
    assert line.take() <= PAGE_BYTES_MAX


def test_another_browser_does_not_see_a_list(site, tab):
    page = tab()
    page.goto(f"{site.url}/kolektif")
    page.locator("#text").fill(table(cells(41)))
    go(page, BRING)
    page.locator(AGREE).check()
    go(page, SEND)
    for path in ("", "/hasil.csv"):
        answer = tab().goto(page.url.split("?")[0] + path)
        assert answer.status == 404
        assert name(41) not in answer.text()
