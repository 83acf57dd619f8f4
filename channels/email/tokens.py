"""Tokens that our letters bear: who gives one back reads the mail at that mailbox.

A token stands in the `Message-ID`, which an answer names, and in the address to `Reply-To`. So it
has letters and digits only, in one case: a mail server may change the case of an address.
"""

import hmac
from base64 import b32encode
from collections.abc import Iterable
from datetime import datetime
from typing import Final

TOKEN_DAYS: Final = 30
TOKEN_CHARACTERS: Final = 20
LOCAL_CHARACTERS_MAX: Final = 64  # of an address, before the @ (RFC 5321 4.5.3.1.1)
_DAY_CHARACTERS: Final = 4  # hexadecimal: days since 1970, enough until 2149
_DAY_SECONDS: Final = 86_400
_MAC_BYTES: Final = 10  # as 16 characters


def make_token(secret: bytes, mailbox: str, at: datetime) -> str:
    """Return the token of a letter to `mailbox` that is written at `at`."""
    return _token(secret, mailbox, _day(at))


def tagged(mailbox: str, token: str) -> str:
    """Return the mailbox's address with the token behind a `+`, or "" without one, or room."""
    local, _, domain = mailbox.partition("@")
    address = f"{local}+{token}"
    return f"{address}@{domain}" if token and len(address) <= LOCAL_CHARACTERS_MAX else ""


def gives_token_back(tokens: Iterable[str], *, secret: bytes, mailbox: str, at: datetime) -> bool:
    """Return True if one of `tokens` was made for `mailbox` within `TOKEN_DAYS` before `at`."""
    return any(_is_good(token.lower(), secret, mailbox, _day(at)) for token in tokens)


def _is_good(token: str, secret: bytes, mailbox: str, today: int) -> bool:
    if len(token) != TOKEN_CHARACTERS or not token.isascii() or not token.isalnum():
        return False
    try:
        day = int(token[:_DAY_CHARACTERS], 16)
    except ValueError:
        return False
    is_ours = hmac.compare_digest(token, _token(secret, mailbox, day))
    return is_ours and today - TOKEN_DAYS <= day <= today + 1  # another machine's clock may lead


def _token(secret: bytes, mailbox: str, day: int) -> str:
    message = f"mailbox\0{mailbox.lower()}\0{day}".encode(errors="replace")
    mac = hmac.digest(secret, message, "sha256")
    return f"{day:04x}{b32encode(mac[:_MAC_BYTES]).decode().lower()}"


def _day(at: datetime) -> int:
    return int(at.timestamp()) // _DAY_SECONDS
