"""A reply in parts, for a channel with controls of its own: a body, and options to tap."""

from typing import Final, NamedTuple

CUT: Final = "\u2026"  # ends words that were cut


class Option(NamedTuple):
    """A choice that can be tapped: its number as people type it, and its words.

    `brief` are shorter words for it, if there are any, else "".
    """

    id: str
    title: str
    brief: str = ""


class Parts(NamedTuple):
    """What to say, without the numbered list of `options`; what a tap may ask for (`asks`).

    `choose` says what opens a list of options.
    """

    body: str
    options: tuple[Option, ...] = ()
    asks: str = ""
    choose: str = ""
