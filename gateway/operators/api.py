"""The operator API: registrations, messages, statistics, reviews, facilities and slots."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.fields.nik import mask
from core.messages import Channel
from core.operators.queries import Queries
from core.operators.views import MessageView, RecordView, ReviewView, View
from core.wording.catalog import Wording
from core.wording.data import Style
from gateway.http.problems import ProblemError, guarded, respond
from gateway.operators.gate import Gate
from gateway.operators.requests import (
    behind,
    parse_address,
    parse_nik_loosely,
    read_number,
    read_query,
)
from gateway.runtime.clock import Clock, utc_now
from gateway.runtime.logs import log

ITEMS_MAX = 100
_LONG = (Channel.WHATSAPP, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class OperatorApi:
    """The endpoints; `steps` returns how many turns reached each step."""

    queries: Queries
    wording: Wording
    steps: Callable[[], Awaitable[dict[str, int]]]
    country: str
    clock: Clock = utc_now

    async def search(self, request: Request) -> Response:
        """Find records by exactly one of NIK, number and address."""
        key, value = await read_query(request, ("nik", "number", "address"))
        match key:
            case "nik":
                value = parse_nik_loosely(value)
            case "number":
                value = read_number(value)
            case _:
                value = parse_address(value, self.country).value
        found = await self.queries.search(limit=ITEMS_MAX, **{key: value})
        whole = await self._reveals(request, *(record.number for record in found))
        return respond({"items": [_shown(record, whole=whole) for record in found]})

    async def get(self, request: Request) -> Response:
        """Show one record."""
        record = await self.queries.get(read_number(request.path_params["number"]))
        if record is None:
            raise ProblemError(404, "no registration has this number")
        whole = await self._reveals(request, record.number)
        return respond(_shown(record, whole=whole))

    async def outbox(self, request: Request) -> Response:
        """Show the messages to an address, queued and sent, as text."""
        _key, value = await read_query(request, ("address",))
        address = parse_address(value, self.country).value
        found = await self.queries.messages(address, limit=ITEMS_MAX)
        return respond({"items": [self._in_words(message) for message in found]})

    async def stats(self, _request: Request) -> Response:
        """Show the counts."""
        return respond({**await self.queries.stats(), "step": await self.steps()})

    async def reviews(self, request: Request) -> Response:
        """Show the intents and records that wait for a decision; `more` if not all."""
        found = await self.queries.reviews(limit=ITEMS_MAX + 1)
        waiting = found[:ITEMS_MAX]
        whole = await self._reveals(request, *(one.number for one in waiting))
        items = [_shown_review(one, whole=whole) for one in waiting]
        return respond({"items": items, "more": len(found) > ITEMS_MAX})

    async def facilities(self, _request: Request) -> Response:
        """Show the facilities."""
        return respond({"items": [_json(one) for one in await self.queries.facilities()]})

    async def slots(self, request: Request) -> Response:
        """Show the slots of a facility, and how many of their seats are taken."""
        found = await self.queries.slots(request.path_params["code"])
        if found is None:
            raise ProblemError(404, "no facility has this code")
        return respond({"items": [_json(one) for one in found]})

    async def _reveals(self, request: Request, *numbers: str | None) -> bool:
        """Return True if NIKs are to be shown whole; that is audited before they are shown."""
        if request.query_params.get("reveal") != "1":
            return False
        for number in numbers:
            await self.queries.audit(at=self.clock(), action="reveal_nik", number=number)
        log.warning("NIKs were revealed", count=len(numbers))
        return True

    def _in_words(self, message: MessageView) -> dict[str, Any]:
        style: Style = "long" if message.channel in _LONG else "short"
        shown = message.model_dump(mode="json", exclude={"reply"})
        return {**shown, "text": self.wording.text(message.reply, style)}


def api_routes(operator_api: OperatorApi, gate: Gate) -> list[Route]:
    """Return the routes of the operator API, each behind the gate."""
    routes = (
        ("POST", "/api/v1/registrations/search", operator_api.search),
        ("GET", "/api/v1/registrations/{number}", operator_api.get),
        ("POST", "/api/v1/outbox/search", operator_api.outbox),
        ("GET", "/api/v1/facilities", operator_api.facilities),
        ("GET", "/api/v1/facilities/{code}/slots", operator_api.slots),
        ("GET", "/api/v1/stats", operator_api.stats),
        ("GET", "/api/v1/reviews", operator_api.reviews),
    )
    return [
        Route(path, guarded(behind(gate, endpoint)), methods=[method])
        for method, path, endpoint in routes
    ]


def _json(view: View) -> dict[str, Any]:
    return view.model_dump(mode="json")


def _shown(record: RecordView, *, whole: bool) -> dict[str, Any]:
    shown = record.model_dump(mode="json")
    return shown if whole else {**shown, "nik": mask(record.nik)}


def _shown_review(one: ReviewView, *, whole: bool) -> dict[str, Any]:
    shown = one.model_dump(mode="json")
    if one.intent is not None and not whole:
        shown["intent"]["nik"] = mask(one.intent.nik)
    return shown
