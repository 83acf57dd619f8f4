"""Choose the words: a reply, a language and a style become text, and the text becomes pages."""

from typing import Literal

from core.message import Reply

Style = Literal["short", "long"]


class Wording:
    """The catalogs of every language."""

    def text(self, reply: Reply, style: Style) -> str:
        """Return all that `reply` says, one prompt after another, lines joined by a newline."""
        raise NotImplementedError

    def page(self, reply: Reply, *, septets_max: int) -> str:
        """Return page `reply.page` (or the last) of the short words, in GSM-7, within the bound."""
        raise NotImplementedError
