"""Seal and unseal envelopes: a turn that one gateway passes to the other, and the response.

The signature is an HMAC-SHA256 over the body with the shared secret; a response's also covers the
signature of its turn.
"""

import hmac
from datetime import datetime
from typing import Final

import msgspec

from channels.contract import RejectedError, Request, Response
from gateway.settings.providers import PROVIDERS

PATH: Final = "/peer"
SIGNATURE: Final = "x-satupintu-signature"
WINDOW_SECONDS: Final = 30  # for clock skew and transit
PASSED_BYTES_MAX: Final = 5_000_000  # the largest body of a wire in base64, with its envelope
_ANY_WIRE: Final = ("content-type",)
# By the path of a wire, or its end; one wire's turn never bears what only another reads.
_HEADERS: Final = {end: one.headers for one in PROVIDERS for end in one.paths or (one.name,)}


class PassedTurn(Request, frozen=True, kw_only=True):
    """A request, and when it was passed."""

    passed_at: datetime


def seal(request: Request, secret: str, *, at: datetime) -> tuple[bytes, str]:
    """Return the envelope of the request, and its signature.

    It leaves out our webhooks' key, and provider signatures, which we have verified.
    """
    pairs, given = request.query.split("&"), request.headers
    changes = {
        "query": "&".join(pair for pair in pairs if not pair.startswith("key=")),
        "headers": {name: given[name] for name in _read_at(request.path) if name in given},
    }
    body = msgspec.json.encode(
        PassedTurn(**{**msgspec.structs.asdict(request), **changes}, passed_at=at)
    )
    return body, sign(body, secret)


def _read_at(path: str) -> tuple[str, ...]:
    """Return the headers that the wire at this path reads."""
    own = _HEADERS.get(path) or _HEADERS.get(path.rpartition("/")[2], ())
    return (*_ANY_WIRE, *own)


def unseal(body: bytes, signature: str, secret: str, *, at: datetime) -> Request:
    """Return the request of an envelope that is authentic and recent.

    Raises `RejectedError`: 401 for a wrong signature or time, 400 for another body, 409 for a
    request to `PATH` itself, because a turn is passed only once.
    """
    if not _is_signed(body, signature, secret):
        raise RejectedError("the signature is missing or wrong", status=401)
    try:
        passed = msgspec.json.decode(body, type=PassedTurn)
        age_seconds = abs((at - passed.passed_at).total_seconds())
        in_order = passed.received_at <= passed.passed_at
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError):
        raise RejectedError("the body is no envelope") from None
    if age_seconds > WINDOW_SECONDS or not in_order:
        raise RejectedError("the envelope is too old, or a clock is wrong", status=401)
    if passed.path == PATH:
        raise RejectedError("a passed turn is not passed on", status=409)
    return passed


def seal_response(response: Response, to: str, secret: str) -> tuple[bytes, str]:
    """Return the envelope of the response, and its signature; `to` is the turn's signature."""
    body = msgspec.json.encode(response)
    return body, sign(to.encode() + body, secret)


def unseal_response(body: bytes, signature: str, to: str, secret: str) -> Response | None:
    """Return the response, or None unless the peer signed it for the turn with signature `to`."""
    if not _is_signed(to.encode() + body, signature, secret):
        return None
    try:
        return msgspec.json.decode(body, type=Response)
    except (msgspec.MsgspecError, ValueError):
        return None


def sign(body: bytes, secret: str) -> str:
    """Return the signature of a body."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    signature_given = signature.encode(errors="replace")
    return hmac.compare_digest(signature_given, sign(body, secret).encode())
