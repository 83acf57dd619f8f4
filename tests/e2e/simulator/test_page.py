"""The page of the simulator: it fits, axe finds nothing serious, and its stories end well."""

import json

import pytest

from core.wording.gsm7 import segments
from tests.e2e.console.desk import faults, overflow
from tests.e2e.console.site import TEN
from tests.e2e.simulator.drawn import open_simulator, play
from tests.fixtures.browser import NARROW, WIDE

TEXTS = ("", "a" * 160, "a" * 161, "€" * 80, "€" * 81, "é^", "\n" * 307)
UCS2 = {"ç" * 70: 1, "ç" * 71: 2, "π" * 135: 3}
STORIES = ("doors", "clinic", "lost-phone-2", "own-nik-3")
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
    assert play(page, story).endswith("done.")
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
