"""Acts that take away a facility or a slot at which nobody was ever booked."""

from typing import Final

from core.appointments.removal import Removal, remove_facility, remove_slot
from core.database.statements import Connection
from core.operators.roles import Scope
from gateway.http.booking import read_start
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.deeds import write_noted
from gateway.operators.desk import Desk
from gateway.operators.facility_days import read_place
from gateway.operators.schema import Schema

START_CHARACTERS_MAX: Final = 32
_SLOT: Final[Schema] = {
    "type": "object",
    "properties": {
        "start": {
            "type": "string",
            "maxLength": START_CHARACTERS_MAX,
            "description": "as the list of slots has it",
        },
        "dose": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["start", "dose"],
}
_USED: Final = {
    "facility": "people were booked here, a day was closed, or an operator works for it",
    "slot": "somebody is or was booked here; open it with 0 seats, or close the day",
}


def removal_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    database = desk.database

    async def facility(call: Call) -> Answer:
        place = await read_place(desk, call.path["code"])

        def run(connection: Connection) -> Answer:
            return _answer("facility", remove_facility(connection, place.code), place.code)

        return await write_noted(database, call, run)

    async def slot(call: Call) -> Answer:
        place = await read_place(desk, call.path["code"])
        start, dose = read_start(call.body["start"]), call.body["dose"]
        where = {"campaign": desk.campaign.id, "code": place.code}

        def run(connection: Connection) -> Answer:
            done = remove_slot(connection, **where, start=start, dose=dose)
            return _answer("slot", done, place.code)

        return await write_noted(database, call, run)

    return (
        Act(
            name="remove_facility",
            method="POST",
            path="/api/v1/facilities/{code}/removal",
            scope=Scope.PLACES,
            audit="remove_facility",
            says="Remove a facility and its slots, if nobody was ever booked there.",
            run=facility,
            writes=True,
        ),
        Act(
            name="remove_slot",
            method="POST",
            path="/api/v1/facilities/{code}/slots/removal",
            scope=Scope.PLACES,
            audit="remove_slot",
            says="Remove a slot, if nobody was ever booked in it.",
            run=slot,
            body=_SLOT,
            writes=True,
        ),
    )


def _answer(what: str, done: Removal, code: str) -> Answer:
    if done == "unknown":
        raise ProblemError(404, f"there is no such {what}")
    if done == "used":
        raise ProblemError(409, _USED[what])
    return Answer(value={"removed": 1}, what=code)
