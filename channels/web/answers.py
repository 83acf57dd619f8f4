"""What a person sends with a form, read into a message."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from channels.contract import RejectedError
from channels.shared.forms import digest, read_pairs
from channels.shared.locations import read_location
from channels.web.tokens import is_token, web_value
from core.messages import Address, AddressKind, Channel, Inbound, Location

PROVIDER: Final = "form"
VALUE_CHARACTERS_MAX: Final = 2_000  # more than the conversation takes of any answer
FIELDS: Final = ("consent", "nik", "full_name", "profession", "phone")  # as the form asks them
SEVERAL: Final = "several"
_ASKED: Final = re.compile(r"[a-z_]{1,40}")
_TAP: Final = re.compile(r"([0-9]{1,3}) (.{1,400})", re.DOTALL)


def read_fields(body: bytes) -> dict[str, str]:
    """Return the fields of a form; the values of several boxes are joined by a blank.

    Raises `RejectedError` past the bounds. A NUL becomes U+FFFD, because PostgreSQL stores none.
    """
    fields: dict[str, str] = {}
    for name, value in read_pairs(body):
        text = value.replace("\0", "\ufffd")
        if len(text) > VALUE_CHARACTERS_MAX:
            raise RejectedError("a field of the form is too long", status=413)
        earlier = fields.get(name) if name == SEVERAL else None
        fields[name] = f"{earlier} {text}" if earlier else text
    return fields


def to_inbound(fields: Mapping[str, str], token: str, at: datetime) -> Inbound:
    """Return the message that the fields are; its id tells page and answer, and neither of them.

    Raises `RejectedError` if the page is none of ours.
    """
    turn = fields.get("turn", "")
    if not is_token(turn):
        raise RejectedError("the form is not one of ours", status=403)
    said = _said(fields)
    typed = repr(sorted((name, str(value)) for name, value in said.items()))
    return Inbound(
        channel=Channel.WEB,
        provider=PROVIDER,
        address=Address(AddressKind.WEB, web_value(token)),
        message_id=digest("web", token, turn, typed),
        received_at=at,
        opens=False,
        language=fields.get("language", "")[:8],
        **said,
    )


def _location(text: str) -> Location:
    """Return the place that a browser shared, as `-6.8915,107.6107`; or raise `RejectedError`."""
    latitude, _, longitude = text.partition(",")
    location = read_location(latitude, longitude)
    if location is None:
        raise RejectedError("the place cannot be read")
    return location


def _said(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what the message says: a word, a place, a tap, a labelled answer, or a text."""
    if word := fields.get("word"):
        return {"text": word}
    if place := fields.get("place"):
        return {"location": _location(place)}
    asked = fields.get("asked", "")
    asked = asked if _ASKED.fullmatch(asked) else ""
    if found := _TAP.fullmatch(fields.get("tap", "")):
        return {"text": found[1], "tapped": found[2], "asked": asked}
    field = asked.removeprefix("ask_")
    if field in FIELDS:
        return {"answers": {field: fields.get(field, "")}}
    return {"text": fields.get(SEVERAL) or fields.get("text", ""), "asked": asked}
