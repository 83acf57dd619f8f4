"""The page of the simulator: it fits, axe finds nothing serious, and its stories end well."""

import json

import pytest

from core.wording.gsm7 import segments
from tests.e2e.console.desk import faults, overflow
from tests.e2e.console.site import TEN
from tests.e2e.simulator.drawn import open_simulator
from tests.fixtures.browser import NARROW, WIDE

TEXTS = ("", "a" * 160, "a" * 161, "€" * 80, "€" * 81, "é^", "\n" * 307)
UCS2 = {"ç" * 70: 1, "ç" * 71: 2, "π" * 135: 3}
STORIES = ("doors", "mistypes", "english", "clinic", "killed")
STORY_MS = 30_000
# In place of the server's: it tells one thing.
STREAM = """
window.EventSource = class extends EventTarget {
  constructor() {
    super();
    setTimeout(() => this.dispatchEvent(new MessageEvent("truth", { data: %s })));
  }
  close() {}
};
"""


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")])
def test_it_fits_and_is_accessible(gateway, tab, size, scheme):
    page = tab(viewport=size, color_scheme=scheme, bypass_csp=True)
    open_simulator(page, gateway)
    assert page.locator("h1").count() == 1
    assert overflow(page) <= 0
    assert faults(page) == []


def test_it_counts_segments_as_we_do(gateway, tab):
    page = tab()
    open_simulator(page, gateway)
    counted = page.evaluate(
        "async (texts) => texts.map((await import('/try/static/septets.js')).segments)",
        [*TEXTS, *UCS2],
    )
    assert counted == [*map(segments, TEXTS), *UCS2.values()]


@pytest.mark.parametrize("story", STORIES)
def test_a_story_is_played_to_its_end(gateway, tab, story):
    page = tab(reduced_motion="reduce")
    open_simulator(page, gateway)
    page.locator(f"#story-{story}").click()
    told = page.locator(".telling")
    told.filter(has_text="done.").or_(page.locator(".telling.bad")).wait_for(timeout=STORY_MS)
    assert "done." in told.inner_text()
    assert page.locator(".counters .over").count() == 0


@pytest.mark.parametrize(("recorded", "look"), [(1, "bad"), (2, "good")])
def test_the_banner_is_red_when_somebody_was_told_what_is_not_on_file(
    gateway, tab, recorded, look
):
    page = tab()
    told = {"told": 2, "recorded": recorded, "clock": {"at": TEN}}
    page.add_init_script(STREAM % json.dumps(json.dumps(told)))
    open_simulator(page, gateway)
    page.locator(f".proof.{look}").wait_for()


def test_no_phone_shows_what_was_never_sent(gateway, tab):
    page = tab()
    told = {"told": 0, "recorded": 0, "clock": {"at": TEN}, "outbox": list(outbox())}
    page.add_init_script(STREAM % json.dumps(json.dumps(told)))
    open_simulator(page, gateway)
    for channel in ("sms", "whatsapp"):
        page.locator(f"#device-{channel}").get_by_text(f"{channel} sent").wait_for()
        assert page.locator(f"#device-{channel} .theirs").count() == 1


def outbox():
    """A message in every state, of which one was sent."""
    for channel in ("sms", "whatsapp"):
        for status in ("queued", "withdrawn", "opted_out", "withheld", "dead", "sent"):
            why = "too_late" if status == "dead" else None
            one = {"id": f"{channel}{status}", "channel": channel, "status": status, "why": why}
            yield {**one, "created_at": TEN, "sent_at": None, "text": f"{channel} {status}"}
