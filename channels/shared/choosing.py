"""What a person says who presses a button or picks a row of a list."""

import re
from collections.abc import Container

from core.fields.choice import fold

_OPTION = re.compile(r"[0-9]{1,2}")  # as we number what we offer, `0` and `98` among them


def chosen(name: str, title: str, commands: Container[str]) -> str:
    """Return the name that a provider gives the choice back by, or the words that were shown.

    The name where it is one of ours: the number of an option, or a command. A template that
    somebody made in the provider's console names its buttons as it likes, and the conversation
    knows nothing of `QR_7`; then what the person saw is what they meant. `commands` are folded.
    """
    ours = _OPTION.fullmatch(name.strip()) or fold(name) in commands
    return name if ours or not title.strip() else title
