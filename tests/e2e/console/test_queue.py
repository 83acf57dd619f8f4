"""An official decides the oldest case in a real browser: with keys alone, and without script."""

import pytest

from tests.e2e.console.desk import BUDI, faults, overflow, sign_in, start
from tests.fixtures.browser import NARROW, WIDE

KEYS_MAX = 4  # from the queue to a decision


@pytest.fixture
def house(tmp_path, tab):
    gateway = start(tmp_path, DEMO=1)
    yield gateway, sign_in(tab(), gateway)
    gateway.end()


def opened(house, tab, **given):
    gateway, cookies = house
    page = tab(bypass_csp=True, **given)
    page.context.add_cookies(cookies)
    page.goto(f"{gateway.url}/console/cases")
    return page


def told(gateway, phone):
    return [
        one["text"] for one in gateway.api("outbox/search", {"address": phone}).json()["items"]
    ]


def test_the_oldest_case_is_decided_by_four_keys_and_undone(house, tab):
    page, pressed = opened(house, tab), []

    def press(key):
        pressed.append(key)
        with page.expect_navigation():
            page.keyboard.press(key)

    assert page.evaluate("document.activeElement.closest('[data-row]') !== null")
    press("Enter")
    press(page.locator(".decisions button:not(.second)").get_attribute("data-key"))
    words = page.locator(".words").all_inner_texts()
    assert words
    press("Enter")
    assert len(pressed) <= KEYS_MAX
    assert page.locator(".chip", has_text="decided").count()
    assert page.get_by_role("status").inner_text().startswith("Done")
    assert set(words) <= {text.strip() for text in told(house[0], BUDI)}
    page.keyboard.press("u")
    page.wait_for_url("**/ask/undo_case")
    page.locator("[name=reason]").fill("the other one was right")
    page.locator("button", has_text="Undo").click()
    page.wait_for_url("**/cases/*done=undo_case")
    assert page.locator(".chip", has_text="undone").count()
    assert tab.said == []


def test_a_decision_that_nothing_suggests_takes_four_keys_too(house, tab):
    page, pressed = opened(house, tab), []

    def press(key):
        pressed.append(key)
        with page.expect_navigation():
            page.keyboard.press(key)

    press("Enter")
    press(page.locator(".decisions button.second[value=keep]").get_attribute("data-key"))
    press("Enter")
    assert len(pressed) <= KEYS_MAX
    assert page.locator(".chip", has_text="decided").count()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_without_script_a_case_is_seen_previewed_and_decided(house, tab, size):
    page = opened(house, tab, java_script_enabled=False, viewport=size)
    page.locator("table a").first.click()
    page.locator(".decisions button").first.click()
    page.locator("[name=reason]").fill("asked by phone")
    page.get_by_role("button", name="Confirm").click()
    assert page.locator(".chip", has_text="decided").count()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_case_and_its_preview_fit_and_are_accessible(house, tab, size):
    page = opened(house, tab, viewport=size)
    with page.expect_navigation():
        page.locator("table a").first.click()
    assert (overflow(page), faults(page)) == (0, [])
    page.locator(".decisions button").first.click()
    page.wait_for_url("**/decision")
    assert (overflow(page), faults(page)) == (0, [])


def test_j_and_k_move_through_the_queue(house, tab):
    page = opened(house, tab)
    page.keyboard.press("j")
    assert page.locator("tr.here").count() == 1
    page.keyboard.press("?")
    assert tab.said == []
