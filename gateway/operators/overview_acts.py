"""Acts that show counts, places and what waits."""

from typing import Any

from core.operators.roles import Scope
from core.operators.views import ReviewView
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.desk import Desk
from gateway.operators.record_acts import ITEMS_MAX, masked


def overview_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    queries = desk.queries

    async def stats(_call: Call) -> Answer:
        return Answer(value={**await queries.stats(), "step": await desk.steps()})

    async def reviews(call: Call) -> Answer:
        found = await queries.reviews(limit=ITEMS_MAX + 1)
        waiting = found[:ITEMS_MAX]
        items = [_shown_review(one, whole=call.reveal) for one in waiting]
        numbers = tuple(one.number for one in waiting if one.number)
        return Answer(value={"items": items, "more": len(found) > ITEMS_MAX}, numbers=numbers)

    async def facilities(_call: Call) -> Answer:
        found = await queries.facilities()
        return Answer(value={"items": [one.model_dump(mode="json") for one in found]})

    async def slots(call: Call) -> Answer:
        found = await queries.slots(call.path["code"])
        if found is None:
            raise ProblemError(404, "no facility has this code")
        return Answer(value={"items": [one.model_dump(mode="json") for one in found]})

    return (
        Act(
            name="stats",
            method="GET",
            path="/api/v1/stats",
            scope=Scope.OVERVIEW,
            audit="stats",
            says="Count records, intents and turns.",
            run=stats,
        ),
        Act(
            name="reviews",
            method="GET",
            path="/api/v1/reviews",
            scope=Scope.DECIDE,
            audit="reviews",
            says="Show the intents and records that wait for a decision.",
            run=reviews,
            reveals=True,
        ),
        Act(
            name="facilities",
            method="GET",
            path="/api/v1/facilities",
            scope=Scope.OVERVIEW,
            audit="facilities",
            says="Show the facilities.",
            run=facilities,
        ),
        Act(
            name="slots",
            method="GET",
            path="/api/v1/facilities/{code}/slots",
            scope=Scope.DAY,
            audit="slots",
            says="Show the slots of a facility, and how many of their seats are taken.",
            run=slots,
        ),
    )


def _shown_review(one: ReviewView, *, whole: bool) -> dict[str, Any]:
    shown = one.model_dump(mode="json")
    if one.intent is not None and not whole:
        shown["intent"].update(masked(one.intent.nik))
    return shown
