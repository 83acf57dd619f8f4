"""WhatsApp's own rules with any provider: the ids of users and the length of messages."""

import re
from collections.abc import Iterable

from channels.contract import RejectedError
from channels.shared.forms import msisdn
from channels.shared.ticket_image import picture_url
from core.messages import Address, AddressKind
from core.outbox.ticket import Ticket

CAPTION_CHARACTERS_MAX = 1_024

_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")  # after the country
_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_NO_COUNTRY = "ZZ"  # WhatsApp's numbers all have their country code


def read_user(text: str) -> Address:
    """Return the address of a number, with or without its plus, or of a user id.

    Raises `RejectedError` if it is neither.
    """
    text = text.strip()
    if _USER_ID.fullmatch(text):
        return Address(AddressKind.WHATSAPP, text)
    if _NUMBER.fullmatch(text):
        return msisdn(f"+{text.removeprefix('+')}", _NO_COUNTRY)
    raise RejectedError("the sender is no WhatsApp user")


def choose_user(ids: Iterable[str]) -> Address | None:
    """Return one address for the ids of one person, the number if there is one.

    By the number a form that the person began on another channel continues.
    """
    found: list[Address] = []
    for user_id in ids:
        try:
            found.append(read_user(user_id))
        except RejectedError:
            continue
    return min(found, key=lambda user: user.kind is not AddressKind.PHONE, default=None)


def choose_picture(ticket: Ticket | None, words: str, public_url: str) -> str | None:
    """Return the URL of the picture for the caption `words`; None if there should be none."""
    if ticket is None or not takes_picture(ticket, words):
        return None
    return picture_url(ticket, public_url)


def takes_picture(ticket: Ticket, words: str) -> bool:
    """Return True if the picture of the ticket goes along, with the words below it."""
    return ticket.kind != "cancelled" and len(words) <= CAPTION_CHARACTERS_MAX


def split(text: str, characters_max: int) -> tuple[str, ...]:
    """Split `text` into parts of at most `characters_max`, between lines or else between words.

    Only a word longer than a part is cut. White space at a cut is dropped.
    """
    parts: list[str] = []
    while len(text) > characters_max:
        end = _end(text, characters_max)
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return (*parts, text) if text or not parts else tuple(parts)


def _end(text: str, characters_max: int) -> int:
    """Return where the first part ends: at a line break in its second half, if possible."""
    for mark, earliest in (("\n", characters_max // 2), (" ", 1), ("\n", 1)):
        end = text.rfind(mark, earliest, characters_max + 1)
        if end > 0:
            return end
    return characters_max
