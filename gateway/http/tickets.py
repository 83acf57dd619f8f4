"""Serve tickets: the picture for providers, the page and the calendar entry for people.

Number and check code authorise the request; a ticket that is no longer good is not there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.shared.calendar import method_of, write_calendar
from channels.shared.ticket_image import PATH, draw_qr_code
from channels.web.pages import HEADERS, HTML
from core.appointments.tickets import ShownTicket
from core.messages import Prompt, Reply
from core.outbox.ticket import Ticket
from core.registration.number import MistypedNumberError, parse_number
from core.wording.catalog import Wording
from gateway.http.problems import NO_STORE, ProblemError, guarded
from gateway.runtime.clock import Clock

NAME_CHARACTERS_MAX = 64  # number and code, with a margin
LANGUAGE_CHARACTERS_MAX = 8  # of its code
CACHE_SECONDS = 300  # providers fetch twice; a cancelled ticket soon expires
PICTURES_MAX = 1_024  # cached
PAGE: Final = "/tiket/"  # then the number, a dash and the check code
CALENDAR_FILE: Final = "janji.ics"
_CACHED: Final = {"cache-control": f"private, max-age={CACHE_SECONDS}"}
_ATTACHED: Final = {"content-disposition": f'attachment; filename="{CALENDAR_FILE}"'}

Find = Callable[[str, str], Awaitable[ShownTicket | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOffice:
    """What tickets are served from: `find` returns that of a number and a check code, if good.

    `page` renders it, or that there is none, in a language. `domain` is the campaign's, as in its
    letters: both write the same calendar entry.
    """

    find: Find
    page: Callable[[Ticket | None, str], str]
    wording: Wording
    domain: str
    clock: Clock


def ticket_routes(office: TicketOffice) -> list[Route]:
    """Return the routes."""

    async def picture(request: Request) -> Response:
        found = await _find(office, request)
        return Response(_draw_cached(found.ticket.text), 200, _CACHED, "image/png")

    async def calendar(request: Request) -> Response:
        found = await _find(office, request)
        content = _calendar(office, found)
        kind = f"text/calendar; method={method_of(found.ticket)}; charset=utf-8"
        return Response(content, 200, {**NO_STORE, **_ATTACHED}, kind)

    async def page(request: Request) -> Response:
        asked = request.query_params.get("bahasa", "")[:LANGUAGE_CHARACTERS_MAX]
        try:
            found = await _find(office, request)
        except ProblemError as gone:
            return _page(office.page(None, asked), gone.status)
        return _page(office.page(found.ticket, asked or found.language))

    return [
        Route(PATH + "{number}-{code}.png", guarded(picture), methods=["GET"]),
        Route(PAGE + "{number}-{code}.ics", guarded(calendar), methods=["GET"]),
        Route(PAGE + "{number}-{code}", guarded(page), methods=["GET"]),
    ]


_draw_cached = lru_cache(maxsize=PICTURES_MAX)(draw_qr_code)


def _page(page: str, status: int = 200) -> Response:
    return Response(page, status, dict(HEADERS), HTML)


def _calendar(office: TicketOffice, found: ShownTicket) -> bytes:
    dose = {"dose": str(found.ticket.dose)}
    event = Reply((Prompt("ticket_event", dose),), found.language)
    summary = office.wording.text(event, "long")
    return write_calendar(found.ticket, summary=summary, domain=office.domain, at=office.clock())


async def _find(office: TicketOffice, request: Request) -> ShownTicket:
    number, code = (request.path_params[name] for name in ("number", "code"))
    if len(number) + len(code) > NAME_CHARACTERS_MAX:
        raise _no_such_ticket()
    try:
        found = await office.find(parse_number(number), code)
    except MistypedNumberError:
        raise _no_such_ticket() from None
    if found is None:
        raise _no_such_ticket()
    return found


def _no_such_ticket() -> ProblemError:
    return ProblemError(404, "there is no such ticket, or it is no longer good")
