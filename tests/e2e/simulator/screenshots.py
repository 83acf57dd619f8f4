"""Draw the walk through `/try` for the README: `make screens`."""

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.e2e.console.site import TEN
from tests.e2e.simulator.walk import walk
from tests.fixtures.browser import find_chromium
from tests.fixtures.process import Process

FOLDER = Path(__file__).parents[3] / "docs" / "screens"
WIDTH, HEIGHT = 1600, 812
COLOURS = 112


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        gateway = Process(
            Path(folder) / "var",
            DEMO=1,
            SIMULATOR=1,
            NOW=TEN,
            WEBHOOK_KEY=None,
            TWILIO_AUTH_TOKEN=None,
        ).start()
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox"]
        )
        size = {"width": WIDTH, "height": HEIGHT}
        page = browser.new_context(viewport=size, reduced_motion="reduce").new_page()

        def keep(name):
            page.evaluate("scrollTo(0, 0)")
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            few = shot.quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(FOLDER / f"walk-{name}.png", optimize=True)

        try:
            walk(page, gateway, keep)
        finally:
            browser.close()
            gateway.end()


if __name__ == "__main__":
    main()
