"""Acts on the slots of a facility: open times, close them to further bookings, copy a week."""

from datetime import date
from functools import partial
from itertools import islice
from typing import Any, Final

from core.appointments.facility import Facility
from core.appointments.schedule import Offer, Opened, open_slots
from core.appointments.weeks import (
    DAYS_MAX,
    TIMES_MAX,
    WEEKS_MAX,
    copy_week,
    read_times,
    starts_of,
)
from core.database.statements import Connection
from core.operators.roles import Scope
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.deeds import note_first, write_noted
from gateway.operators.desk import Desk
from gateway.operators.facility_days import DATE, read_place
from gateway.operators.schema import Schema

BATCH_MAX: Final = 500  # slots in one transaction
CAPACITY_MAX: Final = 100_000
_TIME: Final[Schema] = {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_SLOTS: Final[Schema] = {
    "type": "object",
    "properties": {
        "date": DATE,
        "days": {"type": "integer", "minimum": 1, "maximum": DAYS_MAX},
        "times": {"type": "array", "items": _TIME, "minItems": 1, "maxItems": TIMES_MAX},
        "capacity": {"type": "integer", "minimum": 0, "maximum": CAPACITY_MAX},
        "dose": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["date", "times", "capacity"],
}
_WEEK: Final[Schema] = {
    "type": "object",
    "properties": {
        "date": {**DATE, "description": "the first day of the week to copy"},
        "weeks": {"type": "integer", "minimum": 1, "maximum": WEEKS_MAX},
    },
    "required": ["date"],
}


def slot_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    database, campaign = desk.database, desk.campaign

    async def open_times(call: Call) -> Answer:
        dose = call.body.get("dose", 1)
        if dose > campaign.doses.count:
            raise ProblemError(422, f"the campaign has no dose {dose}")
        facility = await read_place(desk, call.path["code"])
        offer = Offer(campaign.id, facility.code, dose, call.body["capacity"])
        starts, opened = iter(_starts(facility, call.body)), Opened()
        await note_first(database, call, facility.code)
        while batch := list(islice(starts, BATCH_MAX)):
            work = partial(open_slots, offer=offer, starts=batch)
            opened = opened.with_more(await database.write(work, alone=True))
        return Answer(value=opened._asdict(), noted=True)

    async def copy(call: Call) -> Answer:
        facility = await read_place(desk, call.path["code"])
        first, weeks = date.fromisoformat(call.body["date"]), call.body.get("weeks", 1)

        def run(connection: Connection) -> Answer:
            opened = copy_week(connection, campaign.id, facility, first, weeks)
            return Answer(value=opened._asdict(), what=facility.code)

        try:
            return await write_noted(database, call, run)
        except OverflowError:
            raise _beyond() from None

    return (
        Act(
            name="open_slots",
            method="POST",
            path="/api/v1/facilities/{code}/slots",
            scope=Scope.PLACES,
            audit="open_slots",
            says="Open times with so many seats each; with none, close them to further bookings.",
            run=open_times,
            body=_SLOTS,
            writes=True,
        ),
        Act(
            name="copy_week",
            method="POST",
            path="/api/v1/facilities/{code}/weeks",
            scope=Scope.PLACES,
            audit="copy_week",
            says="Open in the next weeks what is open in one.",
            run=copy,
            body=_WEEK,
            writes=True,
        ),
    )


def _starts(facility: Facility, body: Any) -> Any:
    times = read_times(body["times"])
    try:
        return starts_of(facility, date.fromisoformat(body["date"]), body.get("days", 1), times)
    except OverflowError:
        raise _beyond() from None


def _beyond() -> ProblemError:
    return ProblemError(422, "date: there are not so many days after it")
