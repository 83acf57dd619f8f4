"""Serve tickets' pictures to providers; number and check code authorise the request."""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.shared.ticket_image import PATH, draw_qr_code
from core.outbox.ticket import code_text
from core.registration.number import MistypedNumberError, parse_number
from gateway.http.problems import ProblemError, guarded

NAME_CHARACTERS_MAX = 64  # number and code, with a margin
CACHE_SECONDS = 300  # providers fetch twice; a cancelled ticket soon expires
PICTURES_MAX = 1_024  # cached
_HEADERS: Final = {"cache-control": f"private, max-age={CACHE_SECONDS}"}

Codes = Callable[[str], Awaitable[Sequence[tuple[str, int]]]]


def ticket_routes(codes: Codes) -> list[Route]:
    """Return the route; `codes` returns a number's live (check code, dose) pairs."""

    async def show(request: Request) -> Response:
        number, code = _read(request)
        found = [dose for live, dose in await codes(number) if _codes_match(live, code)]
        if not found:
            raise _no_such_ticket()
        return Response(
            _draw_cached(code_text(number, found[0], code)), 200, _HEADERS, "image/png"
        )

    return [Route(PATH + "{number}-{code}.png", guarded(show), methods=["GET"])]


_draw_cached = lru_cache(maxsize=PICTURES_MAX)(draw_qr_code)


def _read(request: Request) -> tuple[str, str]:
    number, code = (request.path_params[name] for name in ("number", "code"))
    if len(number) + len(code) > NAME_CHARACTERS_MAX:
        raise _no_such_ticket()
    try:
        return parse_number(number), code
    except MistypedNumberError:
        raise _no_such_ticket() from None


def _no_such_ticket() -> ProblemError:
    return ProblemError(404, "there is no such ticket, or it is no longer good")


def _codes_match(live: str, code: str) -> bool:
    """Compare in constant time, against guessing a code letter by letter."""
    return hmac.compare_digest(live.encode(), code.encode("utf-8", "replace"))
