"""Requests to the operator API: authorised, and parsed."""

import json
import re

from starlette.requests import Request
from starlette.responses import Response

from channels.contract import RejectedError
from core.fields.invalid import InvalidError
from core.fields.phone import parse_phone
from core.messages import Address, AddressKind
from core.registration.number import parse_number
from gateway.http.asgi import receive_body
from gateway.http.problems import Endpoint, ProblemError
from gateway.http.webhook import DisconnectedError, check_length
from gateway.operators.gate import Gate

BODY_BYTES_MAX = 16_384
VALUE_CHARACTERS_MAX = 320  # the longest mail address
_SEPARATORS = str.maketrans("", "", " .-")
_WHATSAPP_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}", re.ASCII)


def behind(gate: Gate, endpoint: Endpoint) -> Endpoint:
    """Return `endpoint` behind the gate."""

    async def serve(request: Request) -> Response:
        await gate.check(request)
        return await endpoint(request)

    return serve


async def read_query(request: Request, keys: tuple[str, ...]) -> tuple[str, str]:
    """Return the one key of the JSON body, one of `keys`, and its text; or raise 400 or 422."""
    query = await _read_json(request)
    if not isinstance(query, dict) or len(query) != 1 or next(iter(query)) not in keys:
        raise ProblemError(422, f"ask for exactly one of: {', '.join(keys)}")
    ((key, value),) = query.items()
    if not isinstance(value, str) or not value.strip() or len(value) > VALUE_CHARACTERS_MAX:
        raise ProblemError(422, f"{key} should be a text of 1 to {VALUE_CHARACTERS_MAX} letters")
    if not value.isprintable():  # NUL or a lone surrogate, which no store can compare
        raise ProblemError(422, f"{key} has characters that cannot be written")
    return key, value.strip()


async def _read_json(request: Request) -> object:
    try:
        check_length(request.headers.get("content-length", ""), BODY_BYTES_MAX)
        body = await receive_body(request.receive, bytes_max=BODY_BYTES_MAX)
        value: object = json.loads(body)
    except RejectedError as error:
        raise ProblemError(error.status, error.reason) from None
    except (ValueError, RecursionError, DisconnectedError):
        raise ProblemError(400, "the body is not JSON") from None
    return value


def parse_address(text: str, country: str) -> Address:
    """Return a phone, mail or WhatsApp address, in any usual notation, or raise 422."""
    if "@" in text:
        return Address(AddressKind.EMAIL, text.lower())
    if _WHATSAPP_ID.fullmatch(text):
        return Address(AddressKind.WHATSAPP, text)
    try:
        return Address(AddressKind.PHONE, parse_phone(text, country=country))
    except InvalidError:
        raise ProblemError(422, "address is neither a mobile number nor a mail address") from None


def read_number(text: str) -> str:
    """Return a registration number, or raise 400 for one whose check character is wrong."""
    try:
        return parse_number(text)
    except ValueError:
        raise ProblemError(400, "this is no registration number: is it mistyped?") from None


def parse_nik_loosely(text: str) -> str:
    """Return a NIK without separators, unchecked: a faulty one finds nobody."""
    return text.translate(_SEPARATORS)
