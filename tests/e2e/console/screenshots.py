"""Draw the screens of docs/console.md, at 320 and 1,280 px: `make screens`."""

import io
import re
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from gateway.operators.console.pages import PAGES
from tests.e2e.console.desk import NURSE, sign_in, start
from tests.e2e.console.site import RINA, TEN, TODAY, book, open_today, seat
from tests.fixtures.browser import find_chromium

FOLDER = Path(__file__).parents[3] / "docs" / "screens"
HEIGHT_MAX = 1_600  # of a picture, in pixels
WIDTHS = (320, 1280)
COLOURS = 24


def keep(page, name):
    """Keep what the page shows as a small PNG."""
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    shot = shot.crop((0, 0, shot.width, min(shot.height, HEIGHT_MAX))).convert("RGB")
    few = shot.quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}-{page.viewport_size['width']}.png", optimize=True)


def places(gateway, page):
    """Return the address of each screen, by name."""
    number = gateway.search(nik=NURSE)[0]["number"]
    page.goto(f"{gateway.url}/console/cases")
    case = re.search(r"/cases/([\w-]+)", page.locator("table a").first.get_attribute("href"))[1]
    code = open_today(gateway)
    seat(gateway, code)
    made = book(gateway, *RINA)
    given = {"number": number, "id": case, "code": code, "date": TODAY}
    closing = f"/places/{made['facility_code']}/closing?date={made['start'][:10]}&offer=choose"
    return {
        one.name: re.sub(r"\{(\w+)\}", lambda place: given[place[1]], one.path) for one in PAGES
    } | {"closing": closing}


def draw(gateway, browser):
    first = browser.new_page()
    cookies = sign_in(first, gateway)
    addresses = places(gateway, first)
    for width in WIDTHS:
        context = browser.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        page.goto(f"{gateway.url}/console/sign-in")
        keep(page, "sign-in")
        context.add_cookies(cookies)
        for name, path in addresses.items():
            if name == "decision":
                page.goto(f"{gateway.url}/console{addresses['case']}")
                page.locator(".decisions button").first.click()
            else:
                page.goto(f"{gateway.url}/console{path}")
            keep(page, name)


def main():
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        gateway = start(Path(folder), DEMO=1, NOW=TEN)
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox"]
        )
        try:
            draw(gateway, browser)
        finally:
            browser.close()
            gateway.end()


if __name__ == "__main__":
    main()
