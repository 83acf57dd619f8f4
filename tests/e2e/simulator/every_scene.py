"""Play every story of `/try` on its drawn phones: `python -m tests.e2e.simulator.every_scene`.

Ids given (`own-nik`, `cut-off-5`) play those that begin so. All take minutes.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.console.site import TEN
from tests.e2e.simulator.drawn import open_simulator, play
from tests.fixtures.browser import find_chromium
from tests.fixtures.process import Process

STORIES = "[...document.querySelectorAll('[id^=story-]')].map(({ id }) => id.slice(6))"


def main(wanted):
    unset = {"WEBHOOK_KEY": None, "TWILIO_AUTH_TOKEN": None}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        gateway = Process(Path(folder) / "var", DEMO=1, SIMULATOR=1, NOW=TEN, **unset).start()
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox"]
        )
        page = browser.new_context(reduced_motion="reduce").new_page()
        try:
            open_simulator(page, gateway)
            found = [one for one in page.evaluate(STORIES) if one.startswith(wanted or ("",))]
            ends = [(one, played(page, gateway, one)) for one in found]
        finally:
            browser.close()
            gateway.stop()
    failed = [one for one, end in ends if not end.endswith("done.")]
    print(f"{len(ends) - len(failed)} of {len(ends)} came to their end")
    return 1 if failed else 0


def played(page, gateway, story):
    """Play it on a page that is loaded anew; return how it ended."""
    open_simulator(page, gateway)
    end = play(page, story)
    print(f"{story}: {end}", flush=True)
    return end


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
