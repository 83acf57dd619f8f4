"""The poster as PNG, or as PDF of one page."""

from collections.abc import Iterable
from io import BytesIO
from typing import Final, Literal

from PIL import Image, ImageDraw, ImageFont

from gateway.commands.poster.layout import HEIGHT, WIDTH, Code, Element, Words

DOTS_PER_INCH = 200
JPEG_QUALITY = 95  # of a PDF's picture: lower smears the edges of a code
_DOTS: Final = DOTS_PER_INCH / 25.4  # for each millimetre
_WHITE, _BLACK = 255, 0


def paint(elements: Iterable[Element], kind: Literal["PNG", "PDF"]) -> bytes:
    """Return the file. A letter that the font lacks is drawn as a box."""
    size = (round(WIDTH * _DOTS), round(HEIGHT * _DOTS))
    sheet = Image.new("L", size, _WHITE)
    brush = ImageDraw.Draw(sheet)
    for element in elements:
        match element:
            case Words():
                _write(brush, element)
            case Code():
                _stamp(brush, element)
    file = BytesIO()
    if kind == "PNG":
        sheet.save(file, kind, dpi=(DOTS_PER_INCH, DOTS_PER_INCH), optimize=True)
    else:
        sheet.save(file, kind, resolution=DOTS_PER_INCH, quality=JPEG_QUALITY)
    return file.getvalue()


def _write(brush: ImageDraw.ImageDraw, words: Words) -> None:
    font = ImageFont.load_default(size=words.size * _DOTS)
    place = (words.x * _DOTS, words.y * _DOTS)
    brush.text(place, words.text, fill=_BLACK, font=font, anchor="ms")


def _stamp(brush: ImageDraw.ImageDraw, code: Code) -> None:
    """Draw each module in whole dots, centred in the place of the code."""
    count = len(code.rows)
    dots = round(code.side * _DOTS) // count
    spare = (code.side * _DOTS - dots * count) / 2
    left, top = round(code.x * _DOTS + spare), round(code.y * _DOTS + spare)
    for y, row in enumerate(code.rows):
        for x, dark in enumerate(row):
            if dark:
                corner = (left + x * dots, top + y * dots)
                brush.rectangle((corner, (corner[0] + dots - 1, corner[1] + dots - 1)), _BLACK)
