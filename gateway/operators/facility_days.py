"""Reading which day of which facility a call is about."""

from datetime import date
from typing import Any, Final

from core.appointments.day import DayOf
from core.appointments.facility import Facility
from core.appointments.slots import read_facility
from core.operators.roles import Role
from gateway.http.problems import ProblemError
from gateway.operators.acts import Call
from gateway.operators.desk import Desk
from gateway.operators.schema import Schema

CODE_CHARACTERS_MAX: Final = 64
DATE: Final[Schema] = {"type": "string", "format": "date", "maxLength": 10}


async def read_place(desk: Desk, code: str) -> Facility:
    """Return the facility with this code, or raise 404."""
    found = await desk.database.read(lambda connection: read_facility(connection, code))
    if found is None:
        raise ProblemError(404, "no facility has this code")
    return found


async def read_day_of(desk: Desk, call: Call, day: str | None = None) -> DayOf:
    """Return the day in the call's path, or `day`, at the facility in its path."""
    facility = await read_place(desk, call.path["code"])
    try:
        read = date.fromisoformat(call.path["date"] if day is None else day)
    except ValueError:
        raise ProblemError(404, "there is no such day; write it as 2021-01-22") from None
    return DayOf(desk.campaign.id, facility, read)


def own_code(call: Call, body: dict[str, Any] | None = None) -> str:
    """Return the facility that the operator acts for, "" if any; raise 403 for another's."""
    asked = str(dict(body or call.body).get("facility", ""))
    if call.operator.role is not Role.FACILITY:
        return asked
    if asked not in {"", call.operator.facility_code}:
        raise ProblemError(403, "this is another facility's")
    return call.operator.facility_code
