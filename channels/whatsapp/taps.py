"""Choose the control of a reply: buttons, a list, a request for a place or a number.

A reply that fits none is said in words, with numbers to type. Typed numbers always count.
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
"""

from collections.abc import Callable, Container, Iterator
from enum import Enum
from typing import Final, NamedTuple

from core.messages import AddressKind
from core.wording.parts import CUT, Option, Parts

BUTTONS_MAX = 3
ROWS_MAX = 10
BUTTON_CHARACTERS_MAX = 20  # of a button's title, and of what opens a list
ROW_CHARACTERS_MAX = 24
DETAIL_CHARACTERS_MAX = 72  # of the description below a row's title
BODY_CHARACTERS_MAX = 1_024


class Control(Enum):
    """What stands below the words of a message."""

    BUTTONS = "button"
    LIST = "list"
    LOCATION = "location_request_message"
    CONTACT = "request_contact_info"


ALL: Final = frozenset(Control)


class Row(NamedTuple):
    """A button, or a row of a list; `detail` has all words of a title that was shortened."""

    id: str
    title: str
    detail: str = ""


class Tap(NamedTuple):
    """A message with a control; `choose` opens a list of `rows`."""

    control: Control
    body: str
    rows: tuple[Row, ...] = ()
    choose: str = ""


def choose_tap(
    parts: Parts, words: str, kind: AddressKind, able: Container[Control] = ALL
) -> Tap | None:
    """Return the message with a control, or None if `words`, the whole reply, serve better.

    `able` are the controls that the provider can show.

    A request admits no other control, so the numbered list stays in its body. Buttons are worth
    more than a request for a place, a list less. Only a user with a hidden number is asked for a
    phone. Where several numbers may be answered, only the first option, which excludes the others,
    is a button.
    """
    taps = (tap for tap in _taps(parts, words, kind) if tap.control in able)
    return next((tap for tap in taps if fits(tap)), None)


def _taps(parts: Parts, words: str, kind: AddressKind) -> Iterator[Tap]:
    if parts.asks == "contact" and kind is AddressKind.WHATSAPP:
        yield Tap(Control.CONTACT, words)
    if parts.asks == "several":
        yield Tap(Control.BUTTONS, words, _buttons(parts.options[:1]))
        return
    if buttons := _buttons(parts.options):
        yield Tap(Control.BUTTONS, parts.body, buttons)
    if parts.asks == "location":
        yield Tap(Control.LOCATION, words)
    if rows := _rows(parts.options):
        yield Tap(Control.LIST, parts.body, rows, parts.choose)


def fits(tap: Tap) -> bool:
    """Return True if WhatsApp takes the words around the rows, and there are rows to tap."""
    if tap.control is Control.BUTTONS and not tap.rows:
        return False
    if tap.control is Control.LIST and not 0 < len(tap.choose) <= BUTTON_CHARACTERS_MAX:
        return False
    return 0 < len(tap.body.strip()) <= len(tap.body) <= BODY_CHARACTERS_MAX


def _buttons(options: tuple[Option, ...]) -> tuple[Row, ...]:
    """Return the options as buttons, or nothing if there are too many, or a title is too long."""
    rows = tuple(Row(one.id, one.title) for one in options)
    return rows if len(rows) <= BUTTONS_MAX and _clear(rows, BUTTON_CHARACTERS_MAX) else ()


def _rows(options: tuple[Option, ...]) -> tuple[Row, ...]:
    """Return the options as rows, or nothing if people could not tell them apart."""
    if len(options) > ROWS_MAX:
        return ()
    several = (tuple(_row(one, shorten) for one in options) for shorten in _SHORTER)
    return next((rows for rows in several if _clear(rows, ROW_CHARACTERS_MAX)), ())


def _row(option: Option, shorten: Callable[[Option], str]) -> Row:
    if len(option.title) <= ROW_CHARACTERS_MAX:
        return Row(option.id, option.title)
    return Row(option.id, shorten(option), option.title)


def _cut(option: Option) -> str:
    return option.title[: ROW_CHARACTERS_MAX - len(CUT)].rstrip(" ,") + CUT


# Ways to shorten a title, in the order in which they are tried for all titles of a list.
_SHORTER: tuple[Callable[[Option], str], ...] = (lambda option: option.brief, _cut)


def _clear(rows: tuple[Row, ...], characters_max: int) -> bool:
    """Return True if every title and description fits, and every title is different."""
    titles = {row.title.casefold() for row in rows}
    return len(titles) == len(rows) and all(
        0 < len(row.title) <= characters_max and len(row.detail) <= DETAIL_CHARACTERS_MAX
        for row in rows
    )
