"""The act that shows how far people came."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from core.conversation.funnel import REFUSED, STEPS
from core.fields.timezones import WIB, local
from core.operators.funnel import DAYS_SHOWN_MAX, Passed, median_seconds, read_funnel
from core.operators.roles import Scope
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.desk import Desk

DAYS: Final = 7  # that are shown unless asked otherwise
REASONS_MAX: Final = 10  # the commonest
_DAY: Final = {"type": "string", "format": "date"}


def funnel_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the act."""

    async def funnel(call: Call) -> Answer:
        today = local(call.at, WIB).date()
        until = date.fromisoformat(call.query.get("until", today.isoformat()))
        since = call.query.get("since") or (until - timedelta(days=DAYS - 1)).isoformat()
        first = date.fromisoformat(since)
        if not timedelta() <= until - first < timedelta(days=DAYS_SHOWN_MAX):
            raise ProblemError(422, f"ask for 1 to {DAYS_SHOWN_MAX} days")
        found = await desk.database.read(partial(read_funnel, since=first, until=until))
        times = await desk.database.read(median_seconds)
        shown = {"items": rows(found), "refusals": refusals(found), "median_seconds": times}
        return Answer(value={"steps": STEPS, **shown})

    return (
        Act(
            name="funnel",
            method="GET",
            path="/api/v1/funnel",
            scope=Scope.OVERVIEW,
            audit="funnel",
            says="Count people by step, channel and day, and answers of no use by their reason.",
            run=funnel,
            query={"since": _DAY, "until": _DAY},
        ),
    )


def rows(found: Iterable[Passed]) -> list[dict[str, Any]]:
    """Return an item for each day and channel: people by step, 0 where nobody came so far."""
    items: dict[tuple[date, str], dict[str, Any]] = {}
    for one in found:
        if one.step.startswith(REFUSED):
            continue
        new = {"day": one.day.isoformat(), "channel": one.channel, **dict.fromkeys(STEPS, 0)}
        items.setdefault((one.day, one.channel), new)[one.step] = one.people
    return list(items.values())


def refusals(found: Iterable[Passed]) -> list[dict[str, Any]]:
    """Return why answers were of no use, by the phrase that said so, most frequent first."""
    times: Counter[str] = Counter()
    for one in found:
        if one.step.startswith(REFUSED):
            times[one.step.removeprefix(REFUSED)] += one.people
    return [{"reason": reason, "times": count} for reason, count in times.most_common(REASONS_MAX)]
