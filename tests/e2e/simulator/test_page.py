"""The page of the simulator: it fits, axe finds nothing serious, and its stories end well."""

import json

import pytest

from channels.web.browser import COOKIE
from core.wording.gsm7 import segments
from gateway.simulator.carrier import FAILS
from gateway.simulator.faults import STORES
from tests.e2e.console.desk import faults, overflow
from tests.e2e.console.site import TEN
from tests.e2e.simulator.drawn import Form, fact, open_simulator, play
from tests.e2e.simulator.walk import SITI, walk
from tests.fixtures.browser import NARROW, WIDE
from tests.fixtures.recorded import Recorded

SITI_PHONE = "6281211110001"
TEXTS = ("", "a" * 160, "a" * 161, "€" * 80, "€" * 81, "é^", "\n" * 307)
UCS2 = {"ç" * 70: 1, "ç" * 71: 2, "π" * 135: 3}
WALK_SECONDS = 120
DESK = {"width": 1440, "height": 900}
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


@pytest.mark.timeout(WALK_SECONDS)
def test_a_walk_through_every_door_is_saved_as_a_test_that_runs(gateway, tab):
    """It comes first: nobody was told anything before. It is run with another phone and NIK."""
    page = tab(viewport=DESK, reduced_motion="reduce", accept_downloads=True)
    number = walk(page, gateway)
    (record,) = gateway.search(nik=SITI)
    assert (record["number"], record["status"]) == (number, "verified")
    assert record["appointment"]
    down = [one for one in tab.said if "ERR_" not in one]  # of the moment without a gateway
    assert down == []
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as a test").click()
    text = saved.value.path().read_text("utf-8")
    page.close()
    other = gateway.client.post("/try/api/people", json={"name": "SITI AMINAH"}).json()
    assert "run.web('/l/{link}'" in text
    assert "run.web('/daftar'" in text
    again = text.replace(SITI, other["nik"]).replace(SITI_PHONE, other["phone"][1:])
    made = {}
    exec(compile(again.replace("ATUid_", "ATUid_2"), "saved", "exec"), made)  # noqa: S102 ours
    made["test_what_was_recorded"](lambda _at: Recorded(gateway))
    assert gateway.search(nik=other["nik"])[0]["status"] == "verified"


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


def test_two_people_have_two_browsers_and_the_truth_shows_the_form_in_each(gateway, tab):
    page = tab()
    open_simulator(page, gateway)
    form = Form(page)
    form.page.get_by_role("button", name="Daftar").first.click()
    form.page.get_by_role("checkbox").check()
    form.press()
    fact(page, "frame").filter(has_text="asks: nik").wait_for()
    mine = form_cookie(page)
    pick(page, "BUDI SANTOSO")
    fact(page, "frame").wait_for(state="detached")
    assert form_cookie(page) is None
    pick(page, "SITI AMINAH")
    assert form_cookie(page) == mine is not None


def pick(page, name):
    """Let somebody of the tray hold the devices; wait until their browser is there."""
    with page.expect_response("**/try/api/browser"):
        page.locator(".sim", has_text=name).first.click()


def form_cookie(page):
    kept = {one["name"]: one["value"] for one in page.context.cookies()}
    return kept.get(COOKIE)


def test_the_banner_is_red_when_somebody_was_told_what_is_not_on_file(gateway, tab):
    """The walk sees that it is not where all is on file."""
    page = tab()
    told = {"told": 2, "recorded": 1, "clock": {"at": TEN}}
    page.add_init_script(STREAM % json.dumps(json.dumps(told)))
    open_simulator(page, gateway)
    page.locator(".proof.bad").wait_for()


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


def test_each_fault_is_a_button_that_gives_back_what_it_broke(gateway, tab):
    page = tab()
    open_simulator(page, gateway)
    for kind in (*STORES, *FAILS):
        button = page.locator(f"#break-{kind}")
        button.click()
        page.locator(f"#break-{kind}[aria-pressed=true]").wait_for()
        assert list(left(gateway)) == [kind]
        if kind in STORES:
            page.locator(".truth", has_text=f"{kind} is out of reach").wait_for()
        button.click()
        page.locator(f"#break-{kind}[aria-pressed=false]").wait_for()
        assert left(gateway) == {}
    assert page.locator(".truth .failed").count() == 0


def left(gateway):
    """Return what is broken."""
    return gateway.client.get("/try/api/faults").json()["left"]
