"""Secrets that sign webhooks to the app, as Standard Webhooks writes them."""

import base64
import binascii
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64  # as the specification recommends
SECRETS_MAX: Final = 2  # while they are exchanged: the new one and the old one


def check_secrets(text: str) -> str:
    """Return the setting as it is, or raise `ValueError`."""
    read_secrets(text)
    return text


def read_secrets(text: str) -> tuple[bytes, ...]:
    """Parse `whsec_…`, or two with a comma between; raise `ValueError`."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > SECRETS_MAX:
        raise ValueError(f"should be one secret, or {SECRETS_MAX} with a comma between them")
    return tuple(map(_read_secret, parts))


def _read_secret(text: str) -> bytes:
    try:
        secret = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not text.startswith(PREFIX) or not SECRET_BYTES_MIN <= len(secret) <= SECRET_BYTES_MAX:
        bounds = f"{SECRET_BYTES_MIN} to {SECRET_BYTES_MAX}"
        raise ValueError(f"should be {PREFIX} and {bounds} bytes in base64")
    return secret
