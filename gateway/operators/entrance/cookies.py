"""The cookie of a session, and the token that its forms bear."""

import hashlib
import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from core.operators.sessions import SESSION_HOURS
from gateway.operators.console.visit import HOME

COOKIE: Final = "satupintu_session"
SECURE_COOKIE: Final = "__Secure-satupintu_session"  # a browser takes it over TLS only
SECRET_CHARACTERS_MAX: Final = 100


def read_cookie(request: Request) -> str:
    """Return the session's secret, "" if there is none."""
    given = request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE) or ""
    return given if len(given) <= SECRET_CHARACTERS_MAX else ""


def set_session(response: Response, secret: str, *, secure: bool) -> None:
    """Give the browser a session's secret; `secure` outside dev."""
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        secret,
        max_age=SESSION_HOURS * 3_600,
        path=HOME,
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def drop_session(response: Response) -> None:
    """Take the session's secret from the browser."""
    response.delete_cookie(COOKIE, path=HOME, httponly=True, samesite="strict")
    response.delete_cookie(SECURE_COOKIE, path=HOME, secure=True, httponly=True, samesite="strict")


def csrf_of(secret: str) -> str:
    """Return what the forms of a session bear; it cannot be made without the cookie."""
    return hmac.digest(secret.encode(), b"csrf", hashlib.sha256).hex()
