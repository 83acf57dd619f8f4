"""Measure and fit text for phones: the GSM-7 alphabet, septets, segments and USSD pages.

GSM 03.38 (3GPP TS 23.038) has 128 letters of seven bits (a septet), and a few more of two septets,
an escape and a letter. A message with any other letter is sent as UCS-2, which holds half as many.
"""

import re
import unicodedata
from functools import lru_cache

ABBREVIATION_LENGTH_MAX = 3  # `Jl.`, `dr.`: no sentence ends there
SEGMENT_SEPTETS = 160  # a message of one segment
PART_SEPTETS = 153  # each segment of a longer message, besides its header
ROOM_MIN = 2  # septets on a page: one letter of any kind

ESCAPE = "\x1b"
# The letter of each septet, Greek capitals among them, and of each septet after an escape (6.2.1).
LETTERS = (
    "@£$¥èéùìòÇ\nØø\rÅå\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e"
    + "\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED = dict(zip("\n\u039b()/<=>¡e", "\f^{}\\[~]|€", strict=True))
_CUT = ".."
_BASIC = LETTERS.replace(ESCAPE, "")
_EXTENDED = "".join(ESCAPED.values()).replace("\f", "")  # a form feed is not text
_GSM7 = re.compile(f"[{re.escape(_BASIC + _EXTENDED)}]*")
_PAIR = re.compile(f"[{re.escape(_EXTENDED)}]")

# Letters without a decomposition, or with one that no reader expects.
_PLAIN = {
    **dict.fromkeys("`\u00b4\u2018\u2019\u201a\u201b\u02bb\u02bc\u02b9\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043", "-"),
    **dict.fromkeys("\u2022\u2023\u25cf\u25aa\u00b7", "-"),
    **dict.fromkeys("\t\v\f", " "),
    **dict.fromkeys("\u2028\u2029\u0085", "\n"),
    **dict(zip("łŁđĐðÐ\u0131ħĦŧŦŋ\u2044\u00d7\u00b0", "lLdDdDihHtTn/xo", strict=True)),
    **dict(zip("þÞœŒ\u00a9\u00ae", ("th", "Th", "oe", "OE", "(c)", "(R)"), strict=True)),
}
_DROPPED = frozenset({"So", "Sk", "Mn", "Me", "Cf", "Cc", "Cn"})  # emoji, marks, controls


def to_gsm7(text: str) -> str:
    """Return `text` in letters of GSM-7 only, as close to the original as they allow.

    Accented letters, quotes, dashes and digits of other scripts become plain ones, emoji and marks
    are dropped, and any other letter becomes one `?`. No letter becomes more than four.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _GSM7.fullmatch(text):
        return text
    return "".join(map(_letter, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    if (digit := unicodedata.decimal(letter, None)) is not None:
        return str(digit)
    kind = unicodedata.category(letter)
    plain = letter if _GSM7.fullmatch(letter) else _decomposed(letter)
    if plain and _GSM7.fullmatch(plain):
        return plain
    if kind in _DROPPED:
        return ""
    return " " if kind == "Zs" else "?"


def _decomposed(letter: str) -> str:
    if letter in _PLAIN:
        return _PLAIN[letter]
    parts = unicodedata.normalize("NFKD", letter)
    plain = (_PLAIN.get(part, part) for part in parts if not unicodedata.combining(part))
    return "".join(plain)


def septets(text: str) -> int:
    """Return the length of `text`, which is GSM-7, in septets."""
    return len(text) + len(_PAIR.findall(text))


def segments(text: str) -> int:
    """Return how many SMS the text takes, in GSM-7; a pair that is parted may take one more."""
    count = septets(to_gsm7(text))
    return 1 if count <= SEGMENT_SEPTETS else -(-count // PART_SEPTETS)


def fits(text: str, septets_max: int) -> bool:
    """Return True if `text`, made GSM-7, takes at most `septets_max`."""
    return septets(to_gsm7(text)) <= septets_max


def cut(text: str, septets_max: int) -> str:
    """Return `text`, which is GSM-7, or as much of its beginning as fits, and two dots."""
    if septets(text) <= septets_max:
        return text
    return _split(text, septets_max - len(_CUT))[0] + _CUT


def pages(text: str, *, septets_max: int, footer: str) -> tuple[str, ...]:
    """Split `text` into pages of at most `septets_max`, each but the last with `footer` below it.

    A page ends between two lines. Only a line too long for a page is split, behind a sentence that
    takes half of it or else between words, and only a word too long for that is cut. Empty lines
    are left out. Raises ValueError if `footer` leaves no room.
    """
    text = to_gsm7(text)
    below = "\n" + to_gsm7(footer)
    room = septets_max - septets(below)
    if room < ROOM_MIN:
        raise ValueError("a page has no room for its footer")
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    if len(text) <= septets_max and septets(text) <= septets_max:
        return ("\n".join(lines),)
    found: list[str] = []
    while _lines_within(lines, septets_max) < len(lines):
        count = _lines_within(lines, room)
        head = "\n".join(lines[:count])
        del lines[:count]
        if count == 0:
            head, lines[0] = _split_sentence(lines[0], room)
        found.append(head + below)
    return (*found, "\n".join(lines))


def _lines_within(lines: list[str], room: int) -> int:
    """Return the number of first lines that fit in `room` septets."""
    for count, line in enumerate(lines):
        room -= septets(line) + (count > 0)
        if room < 0:
            return count
    return len(lines)


def _split(line: str, room: int) -> tuple[str, str]:
    """Return as much of the line as fits in `room`, and its rest."""
    end = 0
    for letter in line:
        room -= septets(letter)
        if room < 0:
            break
        end += 1
    space = line.rfind(" ", 0, end + 1)
    end = space if space > 0 else end
    return line[:end].rstrip(), line[end:].lstrip()


def _split_sentence(line: str, room: int) -> tuple[str, str]:
    """Return the sentences of the line that fit, if they take half the room; else its words."""
    head, rest = _split(line, room)
    end = head.rfind(". ") + 1
    is_sentence = end > room // 2 and len(head[:end].split()[-1]) > ABBREVIATION_LENGTH_MAX
    return (head[:end], f"{head[end:]} {rest}".strip()) if is_sentence else (head, rest)
