"""What measures the pages does so: a slow line is slow, a small target seen, a trap told."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.e2e.web.hands import focused, small_targets, tab_through, tab_to
from tests.e2e.web.slow_line import USABLE_SECONDS_MAX, Line, usable_after
from tests.fixtures.browser import NARROW

KIB = 1024
PAGES = {
    "/small": "<h1>a</h1>",
    "/large": f"<h1>a</h1><!--{'x' * 20 * KIB}-->",
    "/hands": """<p>Read <a href=x>this</a> first.</p><p><a href=x>lone</a></p>
        <button style="width: 90px; height: 43px">short</button>
        <button style="width: 90px; height: 44px" name=good>good</button>
        <label style="display: block; height: 50px; width: 90px">
        <input type=checkbox name=tick> tick</label>""",
    "/trap": "<input name=a onblur=\"if (this.value) this.focus()\" onfocus='this.value += 1'>",
}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"<!doctype html><link rel=icon href='data:,'>{PAGES[self.path]}".encode()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def url():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_bytes_are_those_of_each_page(url, tab):
    page = tab()
    line = Line(page)
    page.goto(f"{url}/small")
    assert 100 < line.take() < KIB
    page.goto(f"{url}/large")
    assert 20 * KIB < line.take() < 21 * KIB
    assert line.total > 20 * KIB


def test_twenty_kibibytes_are_too_slow_on_a_slow_line(url, tab):
    page = tab()
    Line(page, slow=True)
    page.goto(f"{url}/small")
    assert 0.4 < usable_after(page) < USABLE_SECONDS_MAX
    page.goto(f"{url}/large")
    assert usable_after(page) > USABLE_SECONDS_MAX


def test_small_targets_are_seen_and_links_in_sentences_are_not(url, tab):
    page = tab(viewport=NARROW)
    page.goto(f"{url}/hands")
    lone, short = small_targets(page)
    assert "lone" in lone
    assert short.endswith("90 x 43")


def test_keys_reach_everything_in_order(url, tab):
    page = tab()
    page.goto(f"{url}/hands")
    assert [one["words"] for one in tab_through(page)] == ["this", "lone", "short", "good", "tick"]
    tab_to(page, name="good")
    assert focused(page)["drawn"]


def test_a_trap_of_the_focus_is_told(url, tab):
    page = tab()
    page.goto(f"{url}/trap")
    with pytest.raises(AssertionError, match="caught"):
        tab_through(page)
