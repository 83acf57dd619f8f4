"""The address of a web conversation: a digest of its token, so what is stored opens nothing."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

VALUE_CHARACTERS: Final = 22  # 132 bits


def web_value(token: str) -> str:
    """Return the value of the `AddressKind.WEB` address of whoever holds this token."""
    return urlsafe_b64encode(sha256(token.encode()).digest())[:VALUE_CHARACTERS].decode()
