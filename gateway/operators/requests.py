"""What an operator's request asks for, and whether it may."""

import hmac
import json
import re

from starlette.requests import Request
from starlette.responses import Response

from channels.contract import RejectedError
from core.fields.invalid import InvalidError
from core.fields.phone import parse_phone
from core.messages import Address, AddressKind
from core.registration.number import parse_number
from gateway.http.asgi import read_body
from gateway.http.problems import Endpoint, ProblemError
from gateway.http.webhook import GoneError

BODY_BYTES_MAX = 16_384
VALUE_CHARACTERS_MAX = 320  # the longest mail address
_UNAUTHORIZED = {"www-authenticate": 'Bearer realm="satupintu"'}
_SEPARATORS = str.maketrans("", "", " .-")
_WHATSAPP_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}", re.ASCII)


def for_operators(endpoint: Endpoint, token: str) -> Endpoint:
    """Return `endpoint` behind the bearer token, compared in constant time."""
    wanted = token.encode()

    async def serve(request: Request) -> Response:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode(), wanted)
        if scheme.lower() != "bearer" or not right:
            raise ProblemError(401, "this needs the operator's bearer token", _UNAUTHORIZED)
        return await endpoint(request)

    return serve


async def asked(request: Request, keys: tuple[str, ...]) -> tuple[str, str]:
    """Return the one key and its text that the JSON body asks for."""
    wanted = await _read_json(request)
    if not isinstance(wanted, dict) or len(wanted) != 1 or next(iter(wanted)) not in keys:
        raise ProblemError(422, f"ask for exactly one of: {', '.join(keys)}")
    ((key, value),) = wanted.items()
    if not isinstance(value, str) or not value.strip() or len(value) > VALUE_CHARACTERS_MAX:
        raise ProblemError(422, f"{key} should be a text of 1 to {VALUE_CHARACTERS_MAX} letters")
    if not value.isprintable():  # a NUL or half a character, which no store can look for
        raise ProblemError(422, f"{key} has characters that cannot be written")
    return key, value.strip()


async def _read_json(request: Request) -> object:
    length = request.headers.get("content-length", "")
    try:
        body = await read_body(length, request.receive, bytes_max=BODY_BYTES_MAX)
        value: object = json.loads(body)
    except RejectedError as error:
        raise ProblemError(error.status, error.reason) from None
    except (ValueError, RecursionError, GoneError):
        raise ProblemError(400, "the body is not JSON") from None
    return value


def parse_address(text: str, country: str) -> Address:
    """Return an address written in any usual notation."""
    if "@" in text:
        return Address(AddressKind.EMAIL, text.lower())
    if _WHATSAPP_ID.fullmatch(text):
        return Address(AddressKind.WHATSAPP, text)
    try:
        return Address(AddressKind.PHONE, parse_phone(text, country=country))
    except InvalidError:
        raise ProblemError(422, "address is neither a mobile number nor a mail address") from None


def read_number(text: str) -> str:
    """Return a registration number; a mistyped one is noticed."""
    try:
        return parse_number(text)
    except ValueError:
        raise ProblemError(400, "this is no registration number: is it mistyped?") from None


def parse_nik_loosely(text: str) -> str:
    """Return a NIK without what people write between its digits; nobody has a faulty one."""
    return text.translate(_SEPARATORS)
