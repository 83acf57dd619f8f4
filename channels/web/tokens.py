"""What ties a browser's pages together: its token, the turn of a page, and the seal of a form.

A turn is drawn; all else follows from it, our key and the request, whichever gateway answers.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Final

TOKEN_BYTES: Final = 16  # 128 bits
TOKEN_CHARACTERS: Final = 22  # of base64url, without its padding
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_CHARACTERS}}}")


def is_token(text: str) -> bool:
    """Return True if the text has the form of a token, a turn or a seal."""
    return _TOKEN.fullmatch(text) is not None


def web_value(token: str) -> str:
    """Return the value of a browser's address: what is stored is no key to the form."""
    return _short(hashlib.sha256(token.encode()).digest())


class Seals:
    """Makes tokens, turns and seals with our key."""

    def __init__(self, key: bytes, draw: Callable[[int], bytes]) -> None:
        """`draw` returns so many random bytes: no two pages have the same turn."""
        self._draw = draw
        self._key = hmac.digest(key, b"public form", "sha256")

    def token(self, turn: str, at: datetime) -> str:
        """Return the token of the browser whose first form, of that page, came at `at`.

        Nobody can know it beforehand: the page does not tell the moment, and we keep the key.
        """
        return self._make("token", turn, at.isoformat())

    def opened(self, turn: str, link: str) -> str:
        """Return the token of the browser in which that page opened a link."""
        return self._make("link", turn, link)

    def turn(self) -> str:
        """Draw the turn of a page."""
        return _short(self._draw(TOKEN_BYTES))

    def said(self, token: str, reply: bytes) -> str:
        """Return the entity tag (RFC 9110, 8.8.3) of what a browser was told last.

        It is weak: each page that says it bears a turn of its own.
        """
        return f'W/"{self._make("said", token, hashlib.sha256(reply).hexdigest())}"'

    def seal(self, token: str, turn: str) -> str:
        """Return what the form of a page bears: nobody can make it without the cookie."""
        return self._make("seal", token, turn)

    def is_sealed(self, seal: str, token: str, turn: str) -> bool:
        """Return True if we made that seal, for that browser and page."""
        return hmac.compare_digest(seal.encode(), self.seal(token, turn).encode())

    def _make(self, *parts: str) -> str:
        return _short(hmac.digest(self._key, "\0".join(parts).encode(), "sha256"))


def _short(digest: bytes) -> str:
    return urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()[:TOKEN_CHARACTERS]
