"""All that is served below /try: the page, and the calls that it makes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from core.database.database import Database
from core.messages import Address
from gateway.http.asgi import App
from gateway.http.problems import ProblemError, guarded, on_http_exception, respond
from gateway.operators.console.headers import with_headers
from gateway.settings.settings import Settings
from gateway.simulator.browsers import change_browser
from gateway.simulator.controls import Breaking, says, send_mail, turn_clock
from gateway.simulator.export import export
from gateway.simulator.guard import guarded_app
from gateway.simulator.leaping import Leaping
from gateway.simulator.people import Wanted, list_person, make_person, read_cast
from gateway.simulator.requests import read_addresses, read_struct
from gateway.simulator.rows import read_one
from gateway.simulator.shown import Shown
from gateway.simulator.signing import sign
from gateway.simulator.simulator import Simulator
from gateway.simulator.stories import read_stories
from gateway.simulator.truth import Truth
from gateway.simulator.watching import events

HOME: Final = "/try"
STATIC: Final = f"{HOME}/static"
WATCHERS_MAX: Final = 16
ROW_ID_MAX: Final = 2**63 - 1  # of the databases
TYPES: Final = {
    "html": "text/html",
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STREAM: Final = "text/event-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What the simulator plays on; `turned` makes what must follow a turn of the clock.

    `nudge` wakes the sender. `providers` are those of the wires, by path. `draining` is True once
    the gateway has been asked to stop.
    """

    simulator: Simulator
    settings: Settings
    campaign: str
    country: str
    database: Database
    shown: Shown
    truth: Truth
    turned: Callable[[], Awaitable[object]]
    nudge: Callable[[], None]
    providers: Mapping[str, str]
    draining: Callable[[], bool]


def simulator_app(stage: Stage) -> App:
    """Return the application below `HOME`."""
    page = [
        Route(HOME, guarded(_page)),
        Route(f"{HOME}/", guarded(_page)),
        Route(f"{STATIC}/{{name}}", guarded(_static)),
    ]
    routes, errors = [*page, *api_routes(stage)], {HTTPException: on_http_exception}
    app = Starlette(routes=routes, exception_handlers=errors)
    app.router.redirect_slashes = False
    return with_headers(guarded_app(app), static=f"{STATIC}/")


def api_routes(stage: Stage) -> list[Route]:
    """Return the routes of what the page calls."""
    clock, api = stage.simulator.clock, f"{HOME}/api"
    leaping = Leaping(clock=clock, database=stage.database, nudge=stage.nudge)
    both = ("GET", "POST")
    return [
        _route(f"{api}/truth", partial(_truth, stage=stage)),
        _route(f"{api}/clock", partial(turn_clock, leaping=leaping, turned=stage.turned), *both),
        _route(f"{api}/faults", Breaking(stage.simulator.faults), *both),
        _route(f"{api}/mail", partial(send_mail, settings=stage.settings), "POST"),
        _route(f"{api}/letters/{{id:int}}", partial(_letter, stage=stage)),
        _route(f"{api}/people", partial(_people, stage=stage), *both),
        _route(
            f"{api}/browser",
            partial(change_browser, url=stage.settings.public_url),
            "POST",
        ),
        _route(f"{api}/stories", _stories),
        _route(f"{api}/record/export", partial(export, clock=clock), "POST"),
        _route(
            f"{api}/sign",
            partial(sign, settings=stage.settings, providers=stage.providers),
            "POST",
        ),
    ]


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
    return Route(path, guarded(endpoint), methods=methods or ("GET",))


async def _page(_request: Request) -> Response:
    return _file("try.html")


async def _static(request: Request) -> Response:
    return _file(request.path_params["name"])


def _file(name: str) -> Response:
    found = files(__package__ or "").joinpath("static", name)
    kind = TYPES.get(name.rpartition(".")[2])
    if kind is None or not found.is_file():
        raise ProblemError(404, "there is nothing at this path")
    return Response(found.read_bytes(), media_type=kind)


async def _people(request: Request, stage: Stage) -> Response:
    """Return the made-up people, or a new one."""
    if request.method == "GET":
        return respond({"people": read_cast().people})
    wanted = await read_struct(request, Wanted)
    person = make_person(wanted)
    if wanted.listed:
        put = partial(list_person, campaign=stage.campaign, person=person)
        await stage.database.write(put)
    return respond(person, 201)


async def _stories(_request: Request) -> Response:
    return respond(await asyncio.to_thread(read_stories))


async def _truth(request: Request, stage: Stage) -> Response:
    """Stream the truth about a phone; once, as JSON, where a stream is not asked for."""
    addresses = read_addresses(request, stage.country, stage.settings.public_url)
    clock = stage.simulator.clock
    if _STREAM not in request.headers.get("accept", ""):
        return respond({**await stage.truth.read(addresses), "clock": says(clock)})
    if stage.simulator.turns.watchers >= WATCHERS_MAX:
        raise ProblemError(503, f"more than {WATCHERS_MAX} watch")
    return StreamingResponse(_watch(addresses, stage), media_type=_STREAM)


async def _watch(addresses: tuple[Address, ...], stage: Stage) -> AsyncIterator[str]:
    turns = stage.simulator.turns
    turns.watchers += 1
    try:
        told = partial(says, stage.simulator.clock)
        async for event in events(partial(stage.truth.read, addresses), told, ends=stage.draining):
            yield event
    finally:
        turns.watchers -= 1


async def _letter(request: Request, stage: Stage) -> Response:
    """Return a letter of ours as our relay would be handed it."""
    row_id: int = request.path_params["id"]
    found = None
    if row_id <= ROW_ID_MAX:
        found = await stage.database.read(partial(read_one, row_id=row_id))
    if found is None or not found.message.channel.writes_letters or found.message.is_blank:
        raise ProblemError(404, "there is no such letter")
    return Response(stage.shown.letter(found.message), media_type="message/rfc822")
