"""Book, change and cancel by the API, for whoever has proven the phone of their registration."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from functools import partial
from math import nan
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.web.api import BODY_BYTES_MAX, KEY, PATH, check_key
from core.appointments.requests import (
    Book,
    Cancel,
    Cancelled,
    FindDates,
    FindFacilities,
    FindTimes,
    FoundDates,
    FoundFacilities,
    FoundTimes,
)
from core.appointments.views import Place, StatusEntry
from core.fields.timezones import WIB, local
from core.messages import APP, Channel, Location
from core.operators.calls import digest_of
from gateway.http.booking import (
    booked_or_problem,
    find_slot,
    questions_for,
    screen,
    shown,
)
from gateway.http.problems import Endpoint, ProblemError, respond
from gateway.http.public.door import PublicDoor, bind_key, public, read_body
from gateway.http.public.holder import Holder, holder_of

HERE: Final = PATH + "/{token}/appointment"
NAME_CHARACTERS_MAX: Final = 100  # of a place that is searched for
CODE_CHARACTERS_MAX: Final = 64
ANSWERS_MAX: Final = 50
LATITUDE_MAX: Final = 90.0
LONGITUDE_MAX: Final = 180.0

Serve = Callable[[PublicDoor, Request, Holder], Awaitable[Response]]


class _Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a booking; `answers` are the questions that were answered with yes."""

    facility: str
    start: str
    answers: list[str] | None = None


def visit_routes(door: PublicDoor) -> list[Route]:
    """Return the routes."""
    rows: tuple[tuple[str, str, Serve], ...] = (
        (HERE, "GET", _show),
        (HERE, "POST", _book),
        (HERE + "/cancellation", "POST", _cancel),
        (HERE + "/facilities", "GET", _find_facilities),
        (HERE + "/facilities/{code}/dates", "GET", _find_dates),
        (HERE + "/facilities/{code}/times", "GET", _find_times),
    )
    routes: dict[str, dict[str, Endpoint]] = {}
    for path, method, serve in rows:
        routes.setdefault(path, {})[method] = public(partial(_proven, serve, door), door)
    return [
        Route(path, partial(_by_method, served), methods=list(served))
        for path, served in routes.items()
    ]


async def _by_method(served: Mapping[str, Endpoint], request: Request) -> Response:
    return await served["GET" if request.method == "HEAD" else request.method](request)


async def _proven(serve: Serve, door: PublicDoor, request: Request) -> Response:
    with door.intake.deadline:
        holder = await holder_of(door, request)
        _ = holder.own  # before anything else is told
        return await serve(door, request, holder)


async def _show(door: PublicDoor, _request: Request, holder: Holder) -> Response:
    entry, _phone = holder.own
    booked = entry.appointment
    asked = () if entry.screened else questions_for(door.visits, entry)
    return respond(
        {
            "appointment": None if booked is None else shown(booked),
            "next_dose": entry.next_dose,
            "since": None if entry.since is None else entry.since.isoformat(),
            "questions": sorted(asked),
        }
    )


async def _book(door: PublicDoor, request: Request, holder: Holder) -> Response:
    entry, phone = holder.own
    wish = await _read_wish(request)
    key = await _once(door, request, holder, *msgspec.structs.astuple(wish))
    at, visits = door.intake.clock(), door.visits
    await screen(visits, entry, wish.answers, key=key, at=at)
    slot = await find_slot(visits, wish.facility, wish.start, entry.next_dose)
    book = Book(
        key=key,
        number=entry.number,
        slot=slot,
        dose=entry.next_dose,
        changes=entry.appointment is not None,
        at=int(at.timestamp()),
        address=phone,
        channel=Channel.SMS,
        provider=APP,
        language=visits.campaign.language,
    )
    booked = booked_or_problem(await visits.effects.run(book))
    door.intake.nudge()
    value = {"appointment": shown(booked.appointment), "changed": booked.changed}
    return respond(value, 201)


async def _cancel(door: PublicDoor, request: Request, holder: Holder) -> Response:
    entry, phone = holder.own
    cancel = Cancel(
        key=await _once(door, request, holder),
        number=entry.number,
        at=int(door.intake.clock().timestamp()),
        address=phone,
        channel=Channel.SMS,
        provider=APP,
        language=door.visits.campaign.language,
    )
    ended = await door.visits.effects.run(cancel)
    assert isinstance(ended, Cancelled), "a cancellation has a result"
    if ended.appointment is None:
        raise ProblemError(409, "no appointment is booked")
    door.intake.nudge()
    return respond({"appointment": shown(ended.appointment)})


async def _find_facilities(door: PublicDoor, request: Request, holder: Holder) -> Response:
    entry, _phone = holder.own
    name = request.query_params.get("name", "")
    if len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise ProblemError(422, f"name should be at most {NAME_CHARACTERS_MAX} letters")
    asked = FindFacilities(
        number=entry.number,
        dose=entry.next_dose,
        since=_since(door, entry),
        at=int(door.intake.clock().timestamp()),
        near=_read_near(request.query_params.get("near")),
        name=name,
    )
    found = await door.visits.effects.run(asked)
    assert isinstance(found, FoundFacilities), "a search has a result"
    return respond({"items": [_place(one) for one in found.places], "opened": found.opened})


async def _find_dates(door: PublicDoor, request: Request, holder: Holder) -> Response:
    entry, _phone = holder.own
    asked = FindDates(**_where(door, request, entry), since=_since(door, entry))
    found = await door.visits.effects.run(asked)
    assert isinstance(found, FoundDates), "a search has a result"
    return respond({"items": [day.isoformat() for day in found.dates]})


async def _find_times(door: PublicDoor, request: Request, holder: Holder) -> Response:
    entry, _phone = holder.own
    day = _read_day(request.query_params.get("day", ""))
    found = await door.visits.effects.run(FindTimes(**_where(door, request, entry), day=day))
    assert isinstance(found, FoundTimes), "a search has a result"
    return respond({"items": [slot.start.isoformat() for slot in found.slots]})


def _where(door: PublicDoor, request: Request, entry: StatusEntry) -> dict[str, Any]:
    code = request.path_params["code"]
    if len(code) > CODE_CHARACTERS_MAX or not code.isprintable():
        raise ProblemError(404, "no facility has this code")
    campaign, at = door.visits.campaign.id, int(door.intake.clock().timestamp())
    return {"facility": code, "campaign": campaign, "dose": entry.next_dose, "at": at}


def _since(door: PublicDoor, entry: StatusEntry) -> str:
    today = local(door.intake.clock(), WIB).date()
    return max(entry.since or today, today).isoformat()


def _place(place: Place) -> dict[str, object]:
    return {
        "code": place.code,
        "name": place.name,
        "address": place.address,
        "town": place.town,
        "km": place.km,
    }


def _read_near(given: str | None) -> Location | None:
    """Return the place of `latitude,longitude`; raise `ProblemError` (422) for none."""
    if given is None:
        return None
    try:
        latitude, longitude = (float(part) for part in given.split(","))
    except ValueError:
        latitude = longitude = nan
    if not (abs(latitude) <= LATITUDE_MAX and abs(longitude) <= LONGITUDE_MAX):
        raise ProblemError(422, "near should be latitude,longitude in degrees, as -6.9,107.6")
    return Location(latitude, longitude)


def _read_day(given: str) -> str:
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise ProblemError(422, "day should be a date, as 2021-01-15") from None


async def _read_wish(request: Request) -> _Wish:
    raw = await read_body(request, BODY_BYTES_MAX)
    try:
        wish = msgspec.json.decode(raw, type=_Wish)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise ProblemError(422, "the body should be facility, start and maybe answers") from None
    texts = (wish.facility, wish.start, *(wish.answers or ()))
    fits = len(texts) <= ANSWERS_MAX and all(len(one) <= CODE_CHARACTERS_MAX for one in texts)
    if not fits or not all(map(str.isprintable, texts)):
        raise ProblemError(422, "something in the body is too long, or cannot be written")
    return wish


async def _once(door: PublicDoor, request: Request, holder: Holder, *body: object) -> str:
    """Return the key of this call, of nobody else's; raise `ProblemError` (400, 422)."""
    given = check_key(request.headers.get(KEY, ""))
    key = digest_of("visit", request.url.path, holder.token, given)
    await bind_key(door, key, digest_of(holder.token, *body))
    return key
