"""Tokens of our forms: a filled form that returns one was given to this address by us.

WhatsApp hands the token to anybody who opens the form, and returns it with the answers. It holds
nothing secret: an expiry, an id of the message that it came with, and a signature over both and
the address.
"""

import hmac
from base64 import b32encode
from datetime import datetime
from hashlib import blake2b
from typing import Final

from core.messages import Address

FORM_SECONDS: Final = 86_400  # for which a form registers without another yes
ID_BYTES: Final = 6
TOKEN_CHARACTERS: Final = 38
_TIME_CHARACTERS: Final = 10  # seconds since 1970, in hexadecimal
_MAC_BYTES: Final = 10  # as 16 characters


def make_token(secret: bytes, address: Address, key: str, at: datetime) -> str:
    """Return the token of the form in the message with that key, made at `at`."""
    expiry = f"{int(at.timestamp()) + FORM_SECONDS:010x}"
    form = blake2b(key.encode(errors="replace"), digest_size=ID_BYTES).hexdigest()
    return f"{expiry}{form}{_mac(secret, address, expiry, form)}"


def read_token(token: str, *, secret: bytes, address: Address, at: datetime) -> str:
    """Return the id of the form, or "" if the token is invalid at this address, or at `at`."""
    if len(token) != TOKEN_CHARACTERS or not token.isascii():
        return ""
    expiry, rest = token[:_TIME_CHARACTERS], token[_TIME_CHARACTERS:]
    form, mac = rest[: 2 * ID_BYTES], rest[2 * ID_BYTES :]
    if not secret or not hmac.compare_digest(mac, _mac(secret, address, expiry, form)):
        return ""
    return form if at.timestamp() < int(expiry, 16) else ""


def _mac(secret: bytes, address: Address, expiry: str, form: str) -> str:
    message = f"form\0{address.conversation}\0{expiry}\0{form}".encode(errors="replace")
    return b32encode(hmac.digest(secret, message, "sha256")[:_MAC_BYTES]).decode().lower()
