"""Acts on the calls that a closed day leaves: whom to call, and that somebody has."""

from dataclasses import asdict
from typing import Final

from core.appointments.call_list import note_called, read_calls
from core.database.statements import Connection
from core.operators.roles import Scope
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.deeds import write_noted
from gateway.operators.desk import Desk
from gateway.operators.facility_days import read_place
from gateway.operators.schema import Schema

_PATH: Final = "/api/v1/facilities/{code}/calls"
_ID: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 2**53}
_CALLED: Final[Schema] = {"type": "object", "properties": {"id": _ID}, "required": ["id"]}


def call_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    database = desk.database

    async def show_calls(call: Call) -> Answer:
        facility = await read_place(desk, call.path["code"])
        campaign = desk.campaign.id
        found = await database.read(
            lambda connection: read_calls(connection, campaign, facility, call.at)
        )
        items = [{**asdict(one), "start": one.start.isoformat()} for one in found]
        return Answer(value={"items": items}, numbers=tuple(one.number for one in found))

    async def called(call: Call) -> Answer:
        facility = await read_place(desk, call.path["code"])
        code, by = facility.code, call.operator.name
        call_id = call.body["id"]

        def run(connection: Connection) -> Answer:
            if not note_called(connection, code, call_id, by, call.at):
                raise ProblemError(409, "nobody is to be called so, or somebody has called")
            return Answer(value={"id": call_id}, what=code)

        return await write_noted(database, call, run)

    return (
        Act(
            name="calls",
            method="GET",
            path=_PATH,
            scope=Scope.DAY,
            audit="calls",
            says="List whom to call after a day was closed.",
            run=show_calls,
        ),
        Act(
            name="called",
            method="POST",
            path=_PATH,
            scope=Scope.DAY,
            audit="called",
            says="Note that a person was called.",
            run=called,
            body=_CALLED,
            writes=True,
            plain=True,
        ),
    )
