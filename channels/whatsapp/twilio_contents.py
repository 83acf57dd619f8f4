"""Write a message with buttons or a list as one of Twilio's contents, whose words are variables.

A content has a fixed number of options, so each number has its own, made once at Twilio as
`docs/channels/whatsapp.md` shows.
https://www.twilio.com/docs/content/using-variables-with-content-api
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from channels.whatsapp.taps import BUTTONS_MAX, ROWS_MAX, Control, Tap

Contents = Mapping[str, str]  # the sid by what is shown: `buttons2`, `list4`

NONE: Final[Contents] = MappingProxyType({})
CONTROLS: Final = frozenset({Control.BUTTONS, Control.LIST})
CONTENTS: Final = (
    *(f"buttons{count}" for count in range(1, BUTTONS_MAX + 1)),
    *(f"list{count}" for count in range(1, ROWS_MAX + 1)),
)


def content_of(tap: Tap, contents: Contents) -> Mapping[str, str] | None:
    """Return the fields of the request, or None if no content shows so many options."""
    kind = "buttons" if tap.control is Control.BUTTONS else "list"
    sid = contents.get(f"{kind}{len(tap.rows)}")
    if sid is None:
        return None
    variables = {str(place): _safe(words) for place, words in enumerate(_words(tap), 1)}
    return {"ContentSid": sid, "ContentVariables": msgspec.json.encode(variables).decode()}


def _words(tap: Tap) -> Iterator[str]:
    """Yield the values of the variables, in order; Twilio takes no empty one (error 21656)."""
    yield tap.body
    if tap.control is Control.BUTTONS:
        yield from (row.title for row in tap.rows)
        return
    yield tap.choose
    for row in tap.rows:
        yield row.title
        yield row.detail or row.id


def _safe(words: str) -> str:
    """Return the words without straight apostrophes, at which Twilio has failed (21656)."""
    return words.replace("'", "\u2019")
