"""Read a pressed button or a picked list row as text."""

import re
from collections.abc import Container

from core.fields.choice import fold

_OPTION = re.compile(r"[0-9]{1,2}")  # an option's number; `0` and `98` are also ours


def read_tapped(payload: str, title: str) -> str:
    """Return the words of a tapped option, if its payload is the number of one, else ""."""
    return title.strip() if _OPTION.fullmatch(payload.strip()) else ""


def read_choice(payload: str, title: str, commands: Container[str]) -> str:
    """Return the payload if it is ours, an option's number or a command; else the title shown.

    Buttons of a template made in the provider's console have payloads such as `QR_7`, which mean
    nothing to the conversation. `commands` are folded.
    """
    ours = _OPTION.fullmatch(payload.strip()) or fold(payload) in commands
    return payload if ours or not title.strip() else title
