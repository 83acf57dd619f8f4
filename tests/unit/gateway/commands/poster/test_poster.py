"""The poster: everything on one sheet, in every form, whatever a campaign is called."""

import re
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.wording.catalog import load_wording
from gateway.commands.poster.drawing import draw
from gateway.commands.poster.layout import (
    EM_WIDE,
    HEIGHT,
    MARGIN,
    QUIET,
    TITLE_LINES_MAX,
    WIDTH,
    Code,
    Words,
    chat_link,
    lay_out,
)
from gateway.commands.poster.picture import DOTS_PER_INCH, paint
from tests.scripts import CAMPAIGN, WORDING

SVG = "{http://www.w3.org/2000/svg}"
LINK = "https://wa.me/6281110500567?text=VAKSIN"
A4_POINTS = (595, 842)
NAMES = (
    "Vaksinasi COVID-19",
    "<script>alert('&amp;')</script> \"]]>",
    "Vaksinasi " * 40,
    "V" * 500,
    "疫苗接种" * 30,
    "\0\x1b\ud800\uffff\n\u202e e\u0301 😀",
    "",
)
DOTS = DOTS_PER_INCH / 25.4


def sheet(name="Vaksinasi COVID-19", language="id", **more):
    campaign = CAMPAIGN.model_copy(update={"name": {language: name}, **more})
    return lay_out(campaign, load_wording(None, campaign), language)


def words(elements):
    return [element for element in elements if isinstance(element, Words)]


def code(elements):
    (found,) = (element for element in elements if isinstance(element, Code))
    return found


@pytest.mark.parametrize("language", ["id", "en"])
def test_it_says_every_way_in(language):
    said = [line.text for line in words(sheet(language=language))]
    for way in (LINK, "+6281110500567", "*119#", "1199", "vaksin@pedulilindungi.id", "119 ext 9"):
        assert way in said
    assert ("Help" in said) == (language == "en")
    assert any("DAFTAR" in line for line in said)


def test_the_code_opens_a_chat_with_the_first_word():
    odd = CAMPAIGN.model_copy(update={"whatsapp_number": "+62 811-1050-0567"})
    assert chat_link(CAMPAIGN) == chat_link(odd) == LINK
    same = segno.make_qr(LINK, error="q").matrix
    assert code(sheet()).rows == tuple(tuple(map(bool, row)) for row in same)


@pytest.mark.parametrize("name", NAMES)
def test_everything_stands_on_the_sheet_and_nothing_on_anything(name):
    elements = sheet(name, mailboxes=("a" * 300 + "@x.id",), hotline="9" * 200)
    lines = words(elements)
    assert sum(line.size > 13 for line in lines) <= TITLE_LINES_MAX
    for line in lines:
        assert line.size * len(line.text) * 0.58 <= WIDTH - 2 * MARGIN + 0.01
        assert EM_WIDE * line.size <= line.y <= HEIGHT - MARGIN + 0.01
    for above, below in pairwise(lines):
        assert above.y + 0.2 * below.size < below.y
    drawn = code(elements)
    assert 4 * drawn.side / len(drawn.rows) <= QUIET
    for line in lines:
        letters_top = line.y - 0.8 * line.size
        above = line.y + 0.25 * line.size <= drawn.y
        assert above or letters_top >= drawn.y + drawn.side + 4 * drawn.side / len(drawn.rows)


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_is_well_formed_and_holds_text_as_text(name):
    elements = sheet(name)
    root = ET.fromstring(draw(elements).encode())  # noqa: S314 our own words
    assert {child.tag.removeprefix(SVG) for child in root.iter()} == {
        "svg", "rect", "g", "text", "path"
    }  # fmt: skip
    said = [child.text for child in root.iter(f"{SVG}text")]
    assert [" ".join(text.split()) for text in said] == [
        " ".join(line.text.split()) for line in words(elements)
    ]


@given(name=st.text(max_size=80))
def test_no_text_breaks_a_drawing(name):
    odd = CAMPAIGN.model_copy(update={"hotline": name})
    ET.fromstring(draw(lay_out(odd, WORDING, "id")).encode())  # noqa: S314 our own words


def test_the_code_in_a_drawing_is_whole():
    drawn = code(sheet())
    bars = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", draw([drawn]))
    dark = {(x, int(y)) for left, y, n, _ in bars for x in range(int(left), int(left) + int(n))}
    assert all(width == back for _, _, width, back in bars)
    rows = enumerate(drawn.rows)
    assert dark == {(x, y) for y, row in rows for x, module in enumerate(row) if module}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_a_sheet_with_a_code_that_can_be_read(name):
    elements = sheet(name)
    picture = Image.open(BytesIO(paint(elements, "PNG")))
    assert picture.format == "PNG"
    assert picture.size == (round(WIDTH * DOTS), round(HEIGHT * DOTS))
    margin = 4 * DOTS
    box = picture.point(lambda dot: 255 - dot).getbbox()
    assert box[0] > margin
    assert box[2] < picture.width - margin
    drawn = code(elements)
    step = round(drawn.side * DOTS) // len(drawn.rows)
    spare = (drawn.side * DOTS - step * len(drawn.rows)) / 2
    left, top = round(drawn.x * DOTS + spare), round(drawn.y * DOTS + spare)
    seen = tuple(
        tuple(
            picture.getpixel((left + x * step + step // 2, top + y * step + step // 2)) == 0
            for x in range(len(drawn.rows))
        )
        for y in range(len(drawn.rows))
    )
    assert seen == drawn.rows


def test_a_pdf_is_one_page_of_paper():
    file = paint(sheet(), "PDF")
    assert file.startswith(b"%PDF-")
    assert file.rstrip().endswith(b"%%EOF")
    assert file.count(b"/Type /Page\n") == 1
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", file)
    assert tuple(round(float(side)) for side in box.groups()) == A4_POINTS
