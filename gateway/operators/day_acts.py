"""Acts on a facility's day: its list, and a doctor's word on a screening."""

from dataclasses import asdict
from functools import partial
from typing import Any

from core.appointments.day import DayOf, day_csv, read_day
from core.cases.clearing import clear
from core.database.statements import Connection
from core.operators.roles import Scope
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call, Content
from gateway.operators.changing import actor_of
from gateway.operators.deeds import write_noted
from gateway.operators.desk import Desk
from gateway.operators.facility_days import read_day_of
from gateway.operators.requests import read_number


def day_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    database = desk.database

    async def show(call: Call) -> Answer:
        day = await read_day_of(desk, call)
        found = await database.read(partial(read_day, day=day))
        numbers = tuple(one.number for one in found.entries)
        coded = Scope.ATTEND in call.operator.scopes
        items = [_entry(asdict(one), coded=coded) for one in found.entries]
        more = {"more": found.more, "closed": found.closed}
        return Answer(value={**_head(day), "items": items, **more}, numbers=numbers)

    async def show_csv(call: Call) -> Answer:
        day = await read_day_of(desk, call)
        found = await database.read(partial(read_day, day=day))
        name = f"{day.day.isoformat()}.csv"
        content = Content(
            media_type="text/csv; charset=utf-8", data=day_csv(found).encode(), name=name
        )
        return Answer(value=content, numbers=tuple(one.number for one in found.entries))

    async def clear_screening(call: Call) -> Answer:
        number = read_number(call.path["number"])
        version = desk.campaign.screening.version

        def run(connection: Connection) -> Answer:
            if not clear(connection, number, version, actor_of(call)):
                raise ProblemError(409, "this person's last answers did not ask for a doctor")
            return Answer(value={"number": number, "outcome": "proceed"}, numbers=(number,))

        return await write_noted(database, call, run)

    return (
        Act(
            name="facility_day",
            method="GET",
            path="/api/v1/facilities/{code}/days/{date}",
            scope=Scope.DAY,
            audit="facility_day",
            says="List who is booked on a day of a facility, by time and name.",
            run=show,
        ),
        Act(
            name="facility_day_csv",
            method="GET",
            path="/api/v1/facilities/{code}/days/{date}/csv",
            scope=Scope.DAY,
            audit="facility_day",
            says="The list of a facility's day as CSV.",
            run=show_csv,
            media_types=("text/csv",),
        ),
        Act(
            name="clear_screening",
            method="POST",
            path="/api/v1/registrations/{number}/screening",
            scope=Scope.DECIDE,
            audit="clear_screening",
            says="Note a doctor's word that a person may be vaccinated.",
            run=clear_screening,
            writes=True,
        ),
    )


def _head(day: DayOf) -> dict[str, Any]:
    place = {"code": day.facility.code, "name": day.facility.name}
    return {"facility": place, "date": day.day.isoformat()}


def _entry(entry: dict[str, Any], *, coded: bool) -> dict[str, Any]:
    return entry if coded else {name: value for name, value in entry.items() if name != "code"}
