"""Acts on closed days: what closing would do, closing, and opening again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from core.appointments.closing_plan import Planned, plan_closing
from core.appointments.closures import (
    Closing,
    NotClosed,
    answers_until,
    close_day,
    reopen_day,
)
from core.appointments.site_notices import site_reply
from core.database.statements import Connection
from core.messages import Channel
from core.operators.roles import Scope
from core.wording.catalog import Wording
from core.wording.data import Style
from core.wording.gsm7 import segments
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.closing import AT_ONCE_MAX, displace
from gateway.operators.deeds import write_noted
from gateway.operators.desk import Desk
from gateway.operators.facility_days import DATE, read_day_of
from gateway.operators.schema import Schema

_OFFER: Final[Schema] = {"type": "string", "enum": ["next_free", "choose", "cancel"]}
_CLOSING: Final[Schema] = {
    "type": "object",
    "properties": {"date": DATE, "offer": _OFFER},
    "required": ["date", "offer"],
}
_DATE: Final[Schema] = {"type": "object", "properties": {"date": DATE}, "required": ["date"]}
_PATH: Final = "/api/v1/facilities/{code}/closures"
_NOT_CLOSED: Final = {"past": "this day is over", "closed": "this day is closed already"}
_COUNTED: Final = {"site_moved": "moved", "site_choose": "choosing", "site_cancelled": "cancelled"}


def closure_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    database = desk.database

    async def preview(call: Call) -> Answer:
        day = await read_day_of(desk, call, call.body["date"])
        work = partial(plan_closing, day=day, offer=call.body["offer"], at=call.at)
        plans = await database.read(work)
        return Answer(value=_shown_plans(plans, desk.wording), what=day.facility.code)

    async def close(call: Call) -> Answer:
        day = await read_day_of(desk, call, call.body["date"])
        key = f"closure/{call.operator.name}/{call.key}"
        closing = Closing(day, call.body["offer"], call.operator.name, key, call.at)
        plans = await database.read(
            partial(plan_closing, day=day, offer=closing.offer, at=call.at)
        )
        numbers = tuple(one.contact.number for one in plans)

        def run(connection: Connection) -> Answer:
            closure = close_day(connection, closing)
            if isinstance(closure, NotClosed):
                raise ProblemError(409, _NOT_CLOSED[closure.why], more={"why": closure.why})
            return Answer(value=closure, what=day.facility.code, numbers=numbers)

        answer = await write_noted(database, call, run)
        closure = answer.value
        await displace(
            database, closure, lambda: call.at, desk.effects.terms.countries, most=AT_ONCE_MAX
        )
        until = answers_until(closure).isoformat()
        value = {"closure": closure.id, "answers_until": until, "booked": len(plans)}
        return replace(answer, value=value)

    async def reopen(call: Call) -> Answer:
        day = await read_day_of(desk, call, call.body["date"])

        def run(connection: Connection) -> Answer:
            if not reopen_day(connection, day, call.at):
                raise ProblemError(409, "this day is not closed")
            return Answer(value={"date": day.day.isoformat()}, what=day.facility.code)

        return await write_noted(database, call, run)

    return (
        Act(
            name="preview_closure",
            method="POST",
            path=f"{_PATH}/preview",
            scope=Scope.PLACES,
            audit="preview_closure",
            says="Show whom closing a day would move, the words to them, and their cost.",
            run=preview,
            body=_CLOSING,
        ),
        Act(
            name="close_day",
            method="POST",
            path=_PATH,
            scope=Scope.PLACES,
            audit="close_day",
            says="Close a day: its seats are locked at once, and everybody booked is told.",
            run=close,
            body=_CLOSING,
            writes=True,
        ),
        Act(
            name="reopen_day",
            method="POST",
            path=f"{_PATH}/reopen",
            scope=Scope.PLACES,
            audit="reopen_day",
            says="Let the slots of a closed day be opened again.",
            run=reopen,
            body=_DATE,
            writes=True,
        ),
    )


def _shown_plans(plans: Sequence[Planned], wording: Wording) -> dict[str, Any]:
    counted = Counter(_COUNTED[one.what] for one in plans)
    sms = [one for one in plans if one.contact.channel is Channel.SMS and one.contact.address]
    newest = max((one.new.start for one in plans if one.new), default=None)
    return {
        "booked": len(plans),
        **{name: counted[name] for name in _COUNTED.values()},
        "unreachable": sum(one.contact.address is None for one in plans),
        "sms": len(sms),
        "segments": sum(segments(_text(one, wording)) for one in sms),
        "last": newest and newest.isoformat(),
        "words": _words(plans, wording),
    }


def _words(plans: Sequence[Planned], wording: Wording) -> list[dict[str, str]]:
    """Return the words to the first person of each kind, channel and language."""
    first: dict[tuple[str, str, str], str] = {}
    for one in plans:
        kind = _COUNTED[one.what], one.contact.channel.value, one.contact.language
        first.setdefault(kind, _text(one, wording))
    names = ("kind", "channel", "language")
    return [{**dict(zip(names, kind, strict=True)), "text": text} for kind, text in first.items()]


def _text(plan: Planned, wording: Wording) -> str:
    style: Style = "short" if plan.contact.channel is Channel.SMS else "long"
    return wording.text(site_reply(plan.contact, plan.old, plan.new, plan.what), style)
