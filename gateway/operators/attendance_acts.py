"""Acts at the site: a person came, or did not, or came without an appointment."""

import secrets
from datetime import date
from typing import Any, Final, NamedTuple

from core.appointments.attendance import (
    BATCH_CHARACTERS_MAX,
    Came,
    NotNoted,
    SiteNote,
    note_attendance,
    place_of,
)
from core.appointments.day import DayOf
from core.appointments.walk_in import Arrival, NotSeated, seat_walk_in
from core.database.statements import Connection
from core.fields.timezones import local
from core.operators.roles import Scope
from core.registration.number import TICKET_CODE_BITS, make_ticket_code
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.changing import actor_of
from gateway.operators.deeds import write_noted
from gateway.operators.desk import Desk
from gateway.operators.facility_days import (
    CODE_CHARACTERS_MAX,
    DATE,
    own_code,
    read_place,
)
from gateway.operators.requests import read_number
from gateway.operators.schema import Schema

TICKET_CHARACTERS_MAX: Final = 64  # of the text of a QR code
_CAME: Final[dict[bool | str, Came]] = {
    True: "yes",
    "yes": "yes",
    False: "no",
    "no": "no",
    "put_off": "put_off",
}
_TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": TICKET_CHARACTERS_MAX}
_FACILITY: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": CODE_CHARACTERS_MAX,
    "description": "the facility's code; of a facility's own operator it is known",
}
_NOTED: Final[Schema] = {
    "came": {"type": ["string", "boolean"], "enum": [True, False, "yes", "no", "put_off"]},
    "batch": {"type": "string", "maxLength": BATCH_CHARACTERS_MAX},
    "until": DATE,
}
_ATTENDANCE: Final[Schema] = {
    "type": "object",
    "properties": {"code": _TEXT, "number": _TEXT, "facility": _FACILITY, **_NOTED},
    "required": ["came"],
    "oneOf": [{"required": ["code"]}, {"required": ["number"]}],
}
_WALK_IN: Final[Schema] = {
    "type": "object",
    "properties": {"number": _TEXT, "facility": _FACILITY},
    "required": ["number"],
}
_SAYS: Final = {
    "unknown": "there is no appointment here with this number or code",
    "old_ticket": "this ticket is not the newest one; look the person up by number",
    "another_day": "the appointment is on another day",
    "not_yet": "the appointment has not begun yet",
}
_NOT_SEATED: Final = {
    "unknown": "no registration has this number",
    "not_verified": "the registration is not verified",
    "too_early": "the dose is not due yet",
    "complete": "all doses were given",
    "closed": "the day is closed",
    "on_the_list": "the person has an appointment here today",
}


class _Ticket(NamedTuple):
    number: str
    code: str


def attendance_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""

    async def attend(call: Call) -> Answer:
        note = await _read_note(desk, call)
        came = call.body["came"]

        def run(connection: Connection) -> Answer:
            noted = note_attendance(connection, note, desk.countries)
            if isinstance(noted, NotNoted):
                raise _not_noted(noted)
            shown = {"came": came, "start": noted.start.isoformat(), "said": noted.said}
            return Answer(value={"number": noted.number, **shown}, numbers=(noted.number,))

        return await write_noted(desk.database, call, run)

    async def walk_in(call: Call) -> Answer:
        facility = await read_place(desk, own_code(call))
        day = DayOf(desk.campaign.id, facility, local(call.at, facility.zone).date())
        code = make_ticket_code(secrets.randbelow(1 << TICKET_CODE_BITS))
        number = read_number(call.body["number"])
        arrival = Arrival(day, number, f"walk_in/{actor_of(call).key}", call.at, code)

        def run(connection: Connection) -> Answer:
            seated = seat_walk_in(connection, arrival, desk.campaign.doses)
            if isinstance(seated, NotSeated):
                status = 404 if seated.why == "unknown" else 409
                raise ProblemError(status, _NOT_SEATED[seated.why])
            return Answer(value=seated._asdict(), numbers=(seated.number,))

        return await write_noted(desk.database, call, run)

    return (
        Act(
            name="attendance",
            method="POST",
            path="/api/v1/attendance",
            scope=Scope.ATTEND,
            audit="attendance",
            says="Note by ticket or number whether a person came, or was put off.",
            run=attend,
            body=_ATTENDANCE,
            writes=True,
            plain=True,
        ),
        Act(
            name="walk_in",
            method="POST",
            path="/api/v1/walk-ins",
            scope=Scope.ATTEND,
            audit="walk_in",
            says="Seat a registered person who came without an appointment.",
            run=walk_in,
            body=_WALK_IN,
            writes=True,
            plain=True,
        ),
    )


async def _read_note(desk: Desk, call: Call) -> SiteNote:
    body = call.body
    ticket = _read_ticket(body)
    until = body.get("until", "")
    return SiteNote(
        campaign=desk.campaign.id,
        facility_code=own_code(call) or await _place_of(desk, ticket),
        number=ticket.number,
        code=ticket.code,
        came=_CAME[body["came"]],
        batch=body.get("batch", "").strip(),
        until=date.fromisoformat(until) if until else None,
        operator=call.operator.name,
        key=actor_of(call).key,
        at=call.at,
    )


def _read_ticket(body: Any) -> _Ticket:
    """Return number and code of the QR code's text, the code alone, or the number alone."""
    if "number" in body:
        return _Ticket(read_number(body["number"]), "")
    head, *rest = body["code"].strip().split(":")
    if head == "SATUPINTU" and len(rest) == 3:  # noqa: PLR2004 number, dose, code
        return _Ticket(read_number(rest[0]), rest[2])
    return _Ticket("", head.upper())


async def _place_of(desk: Desk, ticket: _Ticket) -> str:
    """Return the facility of the person's appointment, for whoever may act for any."""
    if not ticket.number:
        raise ProblemError(422, "with a code alone, name the facility")
    number, campaign = ticket.number, desk.campaign.id
    return await desk.database.read(
        lambda connection: place_of(connection, campaign=campaign, number=number)
    )


def _not_noted(refused: NotNoted) -> ProblemError:
    more = {"start": refused.start.isoformat()} if refused.start else {}
    status = 404 if refused.why == "unknown" else 409
    return ProblemError(status, _SAYS[refused.why], more={"why": refused.why, **more})
