"""A turn in an envelope: what one gateway passes to the other, and the answer, both signed.

The signature is an HMAC-SHA256 over the body with the secret that both know; the one of an answer
covers also the signature of what it answers.
"""

import hmac
from datetime import datetime
from typing import Final

import msgspec

from channels.contract import RejectedError, Request, Response
from gateway.settings.providers import PROVIDERS

PATH: Final = "/peer"
SIGNATURE: Final = "x-satupintu-signature"
WINDOW_SECONDS: Final = 30  # that the two clocks may differ, and a turn be on its way
PASSED_BYTES_MAX: Final = 5_000_000  # the largest body of a wire in base64, and what is around it
_HEADERS: Final = frozenset({"content-type"}.union(*(one.headers for one in PROVIDERS)))


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came, and when it was passed."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    received_at: datetime
    passed_at: datetime


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider is to be answered; an older gateway sends no `headers`."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


def seal(request: Request, secret: str, *, at: datetime) -> tuple[bytes, str]:
    """Return the body that passes the request on, and its signature.

    The key of our own webhooks stays here, as do the signatures that we have checked.
    """
    pairs = request.query.split("&")
    passed = Passed(
        method=request.method,
        path=request.path,
        query="&".join(pair for pair in pairs if not pair.startswith("key=")),
        headers={name: value for name, value in request.headers.items() if name in _HEADERS},
        body=request.body,
        received_at=request.received_at,
        passed_at=at,
    )
    body = msgspec.json.encode(passed)
    return body, sign(body, secret)


def unseal(body: bytes, signature: str, secret: str, *, at: datetime) -> Request:
    """Return the request, or raise `RejectedError`: 401 where the other gateway did not pass it.

    One that itself was sent to `PATH` is refused (409): a passed turn is passed once.
    """
    if not _is_signed(body, signature, secret):
        raise RejectedError("the signature is missing or wrong", status=401)
    try:
        passed = msgspec.json.decode(body, type=Passed)
        late_seconds = abs((at - passed.passed_at).total_seconds())
        came_before = passed.received_at <= passed.passed_at
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError):
        raise RejectedError("the body is no envelope") from None
    if late_seconds > WINDOW_SECONDS or not came_before:
        raise RejectedError("the envelope is too old, or a clock is wrong", status=401)
    if passed.path == PATH:
        raise RejectedError("a passed turn is not passed on", status=409)
    return Request(
        method=passed.method,
        path=passed.path,
        query=passed.query,
        headers=passed.headers,
        body=passed.body,
        received_at=passed.received_at,
    )


def seal_answer(response: Response, to: str, secret: str) -> tuple[bytes, str]:
    """Return the body that takes the answer back, and its signature; `to` is the envelope's."""
    answered = Answered(
        status=response.status,
        content_type=response.content_type,
        body=response.body,
        headers=response.headers,
    )
    body = msgspec.json.encode(answered)
    return body, sign(to.encode() + body, secret)


def unseal_answer(body: bytes, signature: str, to: str, secret: str) -> Response | None:
    """Return the answer, or None where it is not the other gateway's to this very envelope."""
    if not _is_signed(to.encode() + body, signature, secret):
        return None
    try:
        said = msgspec.json.decode(body, type=Answered)
        return Response(said.body, said.status, said.content_type, said.headers)
    except (msgspec.MsgspecError, ValueError):
        return None


def sign(body: bytes, secret: str) -> str:
    """Return the signature of a body."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    given = signature.encode(errors="replace")
    return hmac.compare_digest(given, sign(body, secret).encode())
