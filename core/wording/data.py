"""Write data in words: a day, a time of day, a text that others wrote."""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from core.fields.timezones import zone_at
from core.wording.gsm7 import cut, septets, to_gsm7

Style = Literal["short", "long"]

TEXT_SHORT_SEPTETS_MAX = 45  # of a name or an address on a phone: two of them fit one screen
PLACE_SHORT_SEPTETS_MAX = 60  # of a name in a list with its town and distance
PLACE_NAME_SEPTETS_MIN = 15  # of the name there, whatever stands behind it
TEXT_LONG_CHARACTERS_MAX = 200
DATA = ("text:", "date:", "time:", "slot:", "place:")

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]+")
_DATE = {"short": "EEE d MMM y", "long": "EEEE, d MMMM y"}
_DAYS_MAX = 512  # cached, of all languages


def is_data(key: str) -> bool:
    """Return True if the key is data itself, and names no phrase."""
    return key.startswith(DATA)


def render(key: str, language: str, style: Style) -> str:
    """Return the words of data, whose keys `core.messages.Prompt` describes.

    Total: an invalid day or time is written as it stands.
    """
    kind, _, value = key.partition(":")
    if kind == "date":
        return _day(value, language, style)
    if kind == "time":
        return _clock(value)
    if kind == "slot":
        start, _, name = value.partition(" ")
        when = f"{_day(start[:10], language, style)} {_clock(start)}"
        return f"{_place(name, style)}, {when}"
    if kind == "place":
        return _place(value, style)
    return _text(value, style)


def render_brief(key: str, language: str) -> str:
    """Return the words of a day, or of the day and hour of a slot, in few letters; else ""."""
    kind, _, value = key.partition(":")
    if kind == "date":
        return _day(value, language, "short")
    if kind == "slot":
        start = value.partition(" ")[0]
        return f"{_day(start[:10], language, 'short')}, {_clock(start).partition(' ')[0]}"
    return ""


def _place(value: str, style: Style) -> str:
    """Return a name, and what stands behind its last tab: only the name is cut."""
    name, tab, tail = value.rpartition("\t")
    if not tab:
        return _text(value, style)
    if style == "long":
        return f"{_text(name, style)}{tail}"
    tail = to_gsm7(tail)
    room = PLACE_SHORT_SEPTETS_MAX - septets(tail)
    return (
        _text(name, style, max(min(room, TEXT_SHORT_SEPTETS_MAX), PLACE_NAME_SEPTETS_MIN)) + tail
    )


def _text(value: str, style: Style, septets_max: int = TEXT_SHORT_SEPTETS_MAX) -> str:
    """Return the text on one line, cut to its bound."""
    line = _BLANKS.sub(" ", value).strip()
    if style == "long":
        return line[:TEXT_LONG_CHARACTERS_MAX]
    return cut(to_gsm7(line), septets_max)


def _clock(value: str) -> str:
    try:
        start = datetime.fromisoformat(value)
    except ValueError:
        return _text(value, "short")
    return f"{start:%H:%M} {zone_at(start)}".strip()


@lru_cache(maxsize=_DAYS_MAX)
def _day(value: str, language: str, style: Style) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return _text(value, "short")
    try:
        locale = Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        return day.isoformat()
    return format_date(day, _DATE[style], locale=locale)
