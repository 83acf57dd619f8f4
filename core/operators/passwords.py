"""What proves an operator: a password, kept as argon2id, and a code of the authenticator app."""

import hmac
from datetime import datetime
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from pyotp import TOTP, random_base32

PASSWORD_CHARACTERS_MIN: Final = 12
PASSWORD_CHARACTERS_MAX: Final = 128
STEP_SECONDS: Final = 30  # RFC 6238
STEPS_OFF_MAX: Final = 1  # that a clock may be wrong
CODE_DIGITS: Final = 6
SECRET_CHARACTERS: Final = 32
ISSUER: Final = "Satu Pintu"
# RFC 9106's minimum of passes, with OWASP's memory for them: some 30 ms of one processor.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """Return its argon2id hash. Takes tens of milliseconds: call it in a thread."""
    return _HASHER.hash(password)


def verify_password(stored: str, password: str) -> bool:
    """Return whether it is the right one; as slow for a `stored` hash that is empty."""
    try:
        _HASHER.verify(stored or _nobodys(), password)
    except (Argon2Error, InvalidHashError):
        return False
    return bool(stored)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _HASHER.hash("nobody's")


def draw_secret() -> str:
    """Return a new secret for an authenticator app, in base32."""
    return random_base32(SECRET_CHARACTERS)


def otpauth_uri(secret: str, name: str) -> str:
    """Return what an authenticator app reads from a QR code."""
    return TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, at: datetime, *, after: int) -> int | None:
    """Return the time step whose code it is, None if of none that is near and later than `after`.

    A step is used once: whoever sees a code being typed cannot use it, too.
    """
    now, totp = int(at.timestamp()) // STEP_SECONDS, TOTP(secret)
    for step in range(now - STEPS_OFF_MAX, now + STEPS_OFF_MAX + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
        if right and step > after:
            return step
    return None
