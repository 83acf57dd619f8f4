"""What the page sends, parsed."""

from typing import Final, TypeVar

import msgspec
from starlette.requests import Request

from channels.web.browser import Site
from channels.web.tokens import is_token, web_value
from core.fields.invalid import InvalidError
from core.fields.phone import parse_phone
from core.messages import Address, AddressKind
from gateway.http.problems import ProblemError
from gateway.operators.requests import read_body

BODY_BYTES_MAX: Final = 1_000_000  # a long recording
MAIL_CHARACTERS_MAX: Final = 320
INVALID: Final = 422

T = TypeVar("T")


async def read_struct(request: Request, kind: type[T]) -> T:
    """Return the JSON body as `kind`; raise `ProblemError` (413, 422) if it is none."""
    body = await read_body(request, BODY_BYTES_MAX)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProblemError(INVALID, str(error)) from None


def read_addresses(request: Request, country: str, url: str) -> tuple[Address, ...]:
    """Return the addresses that the query names: `phone`, and perhaps `mail`.

    With `web`, also that of the browser itself, if it has begun the form; `url` is our own.
    """
    try:
        phone = parse_phone(request.query_params.get("phone", ""), country=country)
    except InvalidError:
        raise ProblemError(INVALID, "phone is none: +62…") from None
    mail = request.query_params.get("mail", "").lower()[:MAIL_CHARACTERS_MAX]
    letters = (Address(AddressKind.EMAIL, mail),) if mail else ()
    token = request.cookies.get(Site(url, 0).cookie, "")
    browses = "web" in request.query_params and is_token(token)
    pages = (Address(AddressKind.WEB, web_value(token)),) if browses else ()
    return (Address(AddressKind.PHONE, phone), *letters, *pages)
