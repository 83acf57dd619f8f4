"""The layout of the poster: lines of text and a QR code on an A4 sheet, in millimetres."""

import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import segno

from core.campaign import Campaign
from core.messages import Prompt, Reply
from core.wording.catalog import Wording

WIDTH, HEIGHT = 210.0, 297.0
MARGIN = 18.0
TITLE_LINES_MAX = 3
SMALL, MIDDLE, LARGE = 5.0, 9.0, 14.0  # height of letters
CODE_SIDE = 72.0
QUIET = 9.5  # quiet zone of the code: at least the four modules of ISO/IEC 18004
LINE = 1.25  # from one line to the next, of the height of letters
EM_NARROW, EM_WIDE = 0.58, 1.0  # width of a letter by its height, no less than in any font
CHAT_WORD = "VAKSIN"  # the keyword that begins a conversation

_WIDE = frozenset({"W", "F"})


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text, centred at `x`, with its baseline at `y`."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code: rows of modules, True if dark; its top left corner and its side."""

    rows: tuple[tuple[bool, ...], ...]
    x: float
    y: float
    side: float


Element = Words | Code


def chat_link(campaign: Campaign) -> str:
    """Return the URL that opens WhatsApp with the keyword typed."""
    digits = "".join(filter(str.isdigit, campaign.whatsapp_number))
    return f"https://wa.me/{digits}?text={CHAT_WORD}"


def lay_out(campaign: Campaign, wording: Wording, language: str) -> tuple[Element, ...]:
    """Return everything on the sheet, from top to bottom."""

    def say(prompt: Prompt) -> str:
        return wording.text(Reply((prompt,), language), "short")

    ways = (
        (say(Prompt("poster_whatsapp")), campaign.whatsapp_number),
        (say(Prompt("poster_dial")), campaign.service_code),
        (say(Prompt("poster_sms")), campaign.sms_number),
        (say(Prompt("poster_email")), campaign.mailboxes[0]),
        (say(Prompt("poster_hotline")), campaign.hotline),
    )
    title, lead = say(Prompt("poster_title")), say(Prompt("poster_lead"))
    return tuple(_rows(title, lead, chat_link(campaign), ways))


def _rows(
    title: str, lead: str, link: str, ways: tuple[tuple[str, str], ...]
) -> Iterator[Element]:
    y = MARGIN + LARGE
    for line in _wrapped(title):
        yield _line(line, y, LARGE)
        y += LARGE * LINE
    yield _line(lead, y, SMALL)
    y += QUIET
    yield _code(link, y)
    y += CODE_SIDE + QUIET + SMALL
    yield _line(link, y, SMALL)
    y += SMALL
    step = (HEIGHT - MARGIN - y) / len(ways)
    for label, value in ways:
        y += step
        yield _line(label, y - MIDDLE * LINE, SMALL)
        yield _line(value, y - MIDDLE * (LINE - 1), MIDDLE)


def _line(text: str, y: float, size: float) -> Words:
    """Return the text as one line, smaller if it is too wide."""
    shown = "".join(filter(str.isprintable, text)) or " "
    return Words(shown, WIDTH / 2, y, min(size, (WIDTH - 2 * MARGIN) / _ems(shown)))


def _wrapped(title: str) -> list[str]:
    mean = _ems(title) / max(len(title), 1) or EM_NARROW
    letters = int((WIDTH - 2 * MARGIN) / (LARGE * mean))
    return textwrap.wrap(title, letters, max_lines=TITLE_LINES_MAX, placeholder=" ...")


def _ems(text: str) -> float:
    wide = sum(unicodedata.east_asian_width(letter) in _WIDE for letter in text)
    return wide * EM_WIDE + (len(text) - wide) * EM_NARROW


def _code(link: str, y: float) -> Code:
    matrix = segno.make_qr(link, error="q").matrix
    rows = tuple(tuple(bool(module) for module in row) for row in matrix)
    return Code(rows, (WIDTH - CODE_SIDE) / 2, y, CODE_SIDE)
