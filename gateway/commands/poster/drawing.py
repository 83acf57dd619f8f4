"""The poster as SVG."""

import re
from collections.abc import Iterable, Iterator
from html import escape

from gateway.commands.poster.layout import HEIGHT, WIDTH, Code, Element, Words

_FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
_DARK = re.compile(b"\x01+")


def draw(elements: Iterable[Element]) -> str:
    """Return the SVG, with its texts escaped."""
    size = f'width="{WIDTH:g}mm" height="{HEIGHT:g}mm" viewBox="0 0 {WIDTH:g} {HEIGHT:g}"'
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fff"/>',
        f'<g font-family="{_FONT}" text-anchor="middle">',
        *map(_drawn, elements),
        "</g>",
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def _drawn(element: Element) -> str:
    match element:
        case Words(text, x, y, size):
            return f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.2f}">{escape(text)}</text>'
        case Code(rows, x, y, side):
            place = f"translate({x:.2f} {y:.2f}) scale({side / len(rows):.4f})"
            return f'<path transform="{place}" d="{"".join(_bars(rows))}"/>'


def _bars(rows: tuple[tuple[bool, ...], ...]) -> Iterator[str]:
    """Yield each run of dark modules in a row as a bar."""
    for y, row in enumerate(rows):
        for run in _DARK.finditer(bytes(row)):
            width = run.end() - run.start()
            yield f"M{run.start()} {y}h{width}v1h-{width}z"
