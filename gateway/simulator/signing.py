"""What a provider would sign a request with, for wires whose secret is set in dev."""

import hmac
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from twilio.request_validator import RequestValidator

from channels.shared.forms import KEY_HEADER, read_pairs
from gateway.http.problems import ProblemError, respond
from gateway.settings.keys import keys_of, keys_of_gateway
from gateway.settings.providers import PROVIDERS
from gateway.settings.settings import Settings, reveal
from gateway.simulator.requests import INVALID, read_struct


class Unsigned(msgspec.Struct, forbid_unknown_fields=True):
    """A request to one of our wires: its path with the query, and its body."""

    path: str
    body: str = ""


async def sign(request: Request, settings: Settings, providers: Mapping[str, str]) -> Response:
    """Return the headers with which the wire takes the request; none where it is open.

    `providers` are those of the wires, by path.
    """
    unsigned = await read_struct(request, Unsigned)
    path = unsigned.path.partition("?")[0]
    if path not in providers:
        raise ProblemError(INVALID, "path should be that of a wire")
    return respond({"headers": headers_for(unsigned, settings, providers[path])})


def headers_for(unsigned: Unsigned, settings: Settings, provider: str) -> dict[str, Any]:
    """Return the headers that the wire of this provider wants."""
    if provider == "twilio":
        return _twilio(unsigned, settings)
    if provider == "meta":
        return _meta(unsigned, reveal(settings.meta_app_secret))
    known = any(one.name == provider for one in PROVIDERS)  # else a mapped USSD gateway
    keys = keys_of(settings, provider) if known else keys_of_gateway(settings, provider)
    return {KEY_HEADER: keys[0]} if keys else {}


def _twilio(unsigned: Unsigned, settings: Settings) -> dict[str, Any]:
    token = reveal(settings.twilio_auth_token)
    if not token:
        return {}
    url = f"{settings.public_url.rstrip('/')}{unsigned.path}"
    fields = dict(read_pairs(unsigned.body.encode()))
    return {"x-twilio-signature": RequestValidator(token).compute_signature(url, fields)}


def _meta(unsigned: Unsigned, secret: str) -> dict[str, Any]:
    if not secret:
        return {}
    signed = hmac.digest(secret.encode(), unsigned.body.encode(), "sha256").hex()
    return {"x-hub-signature-256": f"sha256={signed}"}
