"""Acts on exports: one person asks, a second confirms, the first fetches the file."""

import re
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from core.appointments.slots import read_facility
from core.database.statements import Connection
from core.operators.export_permits import VALID_HOURS, Permit, permit, read_permit
from core.operators.exports import Asked, read_export
from core.operators.roles import Scope
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call, Content
from gateway.operators.deeds import write_noted
from gateway.operators.desk import Desk
from gateway.operators.exports.formats import FORMATS

_ID: Final = re.compile(r"[0-9]{1,18}")
_BODY: Final = {
    "type": "object",
    "required": ["format"],
    "properties": {
        "format": {"enum": sorted(FORMATS)},
        "facility": {"type": "string", "maxLength": 40, "description": "its code"},
        "day": {"type": "string", "format": "date", "description": "of that facility"},
    },
}


def export_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    database = desk.database

    async def ask(call: Call) -> Answer:
        what = Permit(await _asked(desk, call.body), call.body["format"], call.reason)

        def run(connection: Connection) -> Answer:
            row_id = permit(connection, what, operator=call.operator.name, at=call.at)
            path = f"/api/v1/exports/{row_id}"
            value = {"export": row_id, "path": path, "valid_hours": VALID_HOURS}
            return Answer(value=value, what=str(row_id))

        return await write_noted(database, call, run)

    async def fetch(call: Call) -> Answer:
        text = call.path["id"]
        row_id = int(text) if _ID.fullmatch(text) else 0
        found = await database.read(
            partial(read_permit, row_id=row_id, operator=call.operator.name, now=call.at)
        )
        if found is None:
            raise ProblemError(404, "no export of yours has this id, or it has expired")
        kind = FORMATS[found.format]
        data = kind.write(read_export(database, found.asked), database)
        name = f"export-{row_id}.{kind.suffix}"
        return Answer(value=Content(media_type=kind.media_type, data=data, name=name), what=text)

    return (
        Act(
            name="export",
            method="POST",
            path="/api/v1/exports",
            scope=Scope.EXPORT,
            audit="export",
            says="Ask to export the campaign, a facility, or its day.",
            run=ask,
            body=_BODY,
            writes=True,
            two=True,
        ),
        Act(
            name="fetch_export",
            method="GET",
            path="/api/v1/exports/{id}",
            scope=Scope.EXPORT,
            audit="fetch_export",
            says="Fetch an export that a second person has confirmed.",
            run=fetch,
            media_types=tuple(one.media_type for one in FORMATS.values()),
        ),
    )


async def _asked(desk: Desk, body: Mapping[str, Any]) -> Asked:
    code, day = body.get("facility", ""), body.get("day")
    if day and not code:
        raise ProblemError(422, "a day is that of a facility: name its code")
    facility = await desk.database.read(partial(read_facility, code=code)) if code else None
    if code and facility is None:
        raise ProblemError(404, "no facility has this code")
    return Asked(
        campaign=desk.campaign.id,
        facility=code,
        regency=facility.regency_code if facility else "",
        day=date.fromisoformat(day) if day else None,
    )
