"""Acts on one person: what happened, where she stands, all data, notes, the roster."""

from functools import partial
from typing import Any, Final

from core.cases.changes import Actor, Changed, Refused
from core.cases.changes.record import Record, begin, note
from core.database.statements import Connection, Statement
from core.fields.timezones import moment
from core.operators.roles import Operator, Scope
from core.operators.timeline import read_own, read_timeline
from core.operators.views import RecordView
from core.registration.statements import OF_NUMBER
from core.roster.lookup import take_off
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.changing import UNKNOWN, Change, change_record
from gateway.operators.deeds import write_noted
from gateway.operators.desk import Desk
from gateway.operators.fields import TEXT
from gateway.operators.record_acts import shown
from gateway.operators.requests import parse_nik_loosely, read_number
from gateway.operators.schema import Schema

NOTE_CHARACTERS_MAX: Final = 1_000
_HERE: Final = "/api/v1/registrations/{number}"
_NOTE: Final[Schema] = {
    "type": "object",
    "properties": {"note": {**TEXT, "maxLength": NOTE_CHARACTERS_MAX}},
    "required": ["note"],
}
_NIK: Final[Schema] = {"type": "object", "properties": {"nik": TEXT}, "required": ["nik"]}
_ID = Statement("SELECT id FROM records WHERE id = {of_number}", of_number=OF_NUMBER)


def person_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""

    def look(name: str, says: str, run: Any, scope: Scope, **more: Any) -> Act:
        path, bound = f"{_HERE}/{name}", partial(run, desk)
        given = {"method": "GET", "path": path, "scope": scope, "audit": name, **more}
        return Act(name=name, says=says, run=bound, **given)

    def put(name: str, path: str, says: str, run: Any, **more: Any) -> Act:
        given = {"scope": Scope.DECIDE, "method": "POST", "audit": name, "writes": True}
        return Act(name=name, path=path, says=says, run=partial(run, desk), **{**given, **more})

    whole = "Show one registration, all that happened to it, and where its person stands."
    return (
        look("person", whole, _person, Scope.MESSAGES, audit="look", reveals=True),
        look("timeline", "Show all that happened to one person.", _timeline, Scope.MESSAGES),
        look("standing", "Show at which step each address is.", _standing, Scope.MESSAGES),
        look("data", "Give the person all data there are, as JSON.", _data, Scope.REVEAL),
        put("note", f"{_HERE}/notes", "Note something about a person.", _note, body=_NOTE),
        put(
            "take_off_roster",
            "/api/v1/roster/removals",
            "Take a NIK off the roster.",
            _take_off,
            body=_NIK,
            scope=Scope.IMPORT,
        ),
    )


async def _record(desk: Desk, call: Call) -> tuple[int, RecordView]:
    """Return the record and its id, or raise `ProblemError` (404)."""
    number = read_number(call.path["number"])
    row = await desk.database.read(lambda connection: connection.one(_ID, number=number))
    record = await desk.queries.get(number)
    if row is None or record is None:
        raise ProblemError(404, UNKNOWN)
    return int(row[0]), record


async def _person(desk: Desk, call: Call) -> Answer:
    record_id, record = await _record(desk, call)
    value = {
        "registration": shown(record, whole=call.reveal),
        "timeline": await _happened(desk, call, record_id, record),
        "standing": await _steps(desk, record),
    }
    return Answer(value=value, numbers=(record.number,))


async def _timeline(desk: Desk, call: Call) -> Answer:
    record_id, record = await _record(desk, call)
    items = await _happened(desk, call, record_id, record)
    return Answer(value={"items": items}, numbers=(record.number,))


async def _happened(
    desk: Desk, call: Call, record_id: int, record: RecordView
) -> list[dict[str, Any]]:
    read = partial(read_timeline, record_id=record_id, number=record.number)
    return await desk.database.read(partial(read, looks_of=_looks_of(call.operator)))


def _looks_of(operator: Operator) -> str | None:
    """Return whose looks the operator may see, as `read_timeline` takes it."""
    if Scope.AUDIT in operator.scopes:
        return ""
    return operator.name if Scope.AUDIT_OWN in operator.scopes else None


async def _standing(desk: Desk, call: Call) -> Answer:
    _, record = await _record(desk, call)
    return Answer(value={"items": await _steps(desk, record)}, numbers=(record.number,))


async def _steps(desk: Desk, record: RecordView) -> list[dict[str, Any]]:
    """Return the step and since when, without any answer."""
    places = {f"{one.kind}:{one.value}" for one in record.addresses}
    places |= {f"phone:{record.phone}"} if record.phone else set()
    items: list[dict[str, Any]] = []
    for place in sorted(places):
        session = (await desk.sessions.load(place)).session
        since = moment(session.at).isoformat() if session.at else None
        step = session.step_label if session.at else None
        items.append({"address": place.partition(":")[2], "step": step, "since": since})
    return items


async def _data(desk: Desk, call: Call) -> Answer:
    record_id, record = await _record(desk, call)
    own = await desk.database.read(partial(read_own, record_id=record_id))
    value = {"registration": shown(record, whole=True), **own}
    return Answer(value=value, numbers=(record.number,))


async def _note(desk: Desk, call: Call) -> Answer:
    def run(connection: Connection, record_id: int, actor: Actor) -> Changed | Refused:
        record = begin(connection, record_id, actor)
        if not isinstance(record, Record):
            return record
        note(connection, record_id, actor, field="note", old=None, new=call.body["note"])
        return Changed(number=record.number, old={"note": None})

    return await change_record(desk, call, Change(word="note", run=run))


async def _take_off(desk: Desk, call: Call) -> Answer:
    nik = parse_nik_loosely(call.body["nik"])

    def run(connection: Connection) -> Answer:
        if not take_off(connection, campaign=desk.campaign.id, nik=nik):
            raise ProblemError(404, "the roster does not list this NIK")
        return Answer(value={"removed": 1})

    return await write_noted(desk.database, call, run)
