"""What requests to the operator API bring, parsed."""

import json
import re

from starlette.requests import Request

from channels.contract import RejectedError
from core.fields.invalid import InvalidError
from core.fields.phone import parse_phone
from core.messages import Address, AddressKind
from core.registration.number import parse_number
from gateway.http.asgi import receive_body
from gateway.http.problems import ProblemError
from gateway.http.webhook import DisconnectedError, check_length

BODY_BYTES_MAX = 16_384
VALUE_CHARACTERS_MAX = 320  # the longest mail address
_SEPARATORS = str.maketrans("", "", " .-")
_WHATSAPP_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}", re.ASCII)


async def read_json(request: Request) -> object:
    """Return the JSON body; raise `ProblemError` for one that is none, or too long (413)."""
    try:
        value: object = json.loads(
            await read_body(request, BODY_BYTES_MAX), parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        raise ProblemError(400, "the body is not JSON") from None
    return value


async def read_body(request: Request, bytes_max: int) -> bytes:
    """Return the body; raise `ProblemError` for one that is too long (413), or not whole."""
    try:
        check_length(request.headers.get("content-length", ""), bytes_max)
        return await receive_body(request.receive, bytes_max=bytes_max)
    except RejectedError as error:
        raise ProblemError(error.status, error.reason) from None
    except DisconnectedError:
        raise ProblemError(400, "the body did not arrive whole") from None


def _refuse(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are no JSON


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
