"""WhatsApp's own rules, whoever carries it: who writes, and how long a message may be."""

import re
from collections.abc import Iterable

from channels.contract import RejectedError
from channels.shared.forms import msisdn
from channels.shared.ticket_image import picture_url
from core.messages import Address, AddressKind
from core.outbox.ticket import Ticket

CAPTION_CHARACTERS_MAX = 1_024  # of words below a picture

_USER_ID = re.compile(
    r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}"
)  # a country, then the id; a parent's with `ENT.`
_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_ANYWHERE = "ZZ"  # WhatsApp writes every number in full, whichever the country


def read_user(text: str) -> Address:
    """Return the address of a number, with or without its plus, or of a user who hides it.

    Raises `RejectedError` where it is neither.
    """
    text = text.strip()
    if _USER_ID.fullmatch(text):
        return Address(AddressKind.WHATSAPP, text)
    if _NUMBER.fullmatch(text):
        return msisdn(f"+{text.removeprefix('+')}", _ANYWHERE)
    raise RejectedError("the sender is no WhatsApp user")


def choose_user(names: Iterable[str]) -> Address | None:
    """Return who is meant by these names for one person: the number, where one of them is.

    For a form that was begun elsewhere goes on by the number.
    """
    found: list[Address] = []
    for name in names:
        try:
            found.append(read_user(name))
        except RejectedError:
            continue
    return min(found, key=lambda user: user.kind is not AddressKind.PHONE, default=None)


def picture_of(ticket: Ticket | None, words: str, public_url: str) -> str | None:
    """Return where the picture is that `words` go below; None where they go alone."""
    if len(words) > CAPTION_CHARACTERS_MAX:
        return None
    return picture_url(ticket, public_url)


def split(text: str, characters_max: int) -> tuple[str, ...]:
    """Split `text` into parts of at most `characters_max`, between lines, or else between words.

    Only a word too long for a part of its own is cut. The white space at a cut is left out.
    """
    parts: list[str] = []
    while len(text) > characters_max:
        end = _end(text, characters_max)
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return (*parts, text) if text or not parts else tuple(parts)


def _end(text: str, characters_max: int) -> int:
    """Return where the first part ends; a line's end is best, but not one near the beginning."""
    for mark, earliest in (("\n", characters_max // 2), (" ", 1), ("\n", 1)):
        end = text.rfind(mark, earliest, characters_max + 1)
        if end > 0:
            return end
    return characters_max
