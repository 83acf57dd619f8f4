"""Acts on the messages of a person, on opt-outs, and the search by name."""

from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from core.cases.changes.messages import addresses_of
from core.cases.changes.record import lock_record
from core.database.statements import Connection
from core.messages import Address
from core.operators.finding import Sought, find_by_name
from core.operators.roles import Scope
from core.outbox.resending import RESENDS_A_DAY_MAX, Asked, Resent, resend
from core.registration.store import opt
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.changing import actor_of, find
from gateway.operators.deeds import write_noted
from gateway.operators.desk import Desk
from gateway.operators.fields import TEXT
from gateway.operators.record_acts import shown
from gateway.operators.requests import VALUE_CHARACTERS_MAX, parse_address, read_number
from gateway.operators.schema import Schema

_RESEND: Final[Schema] = {
    "type": "object",
    "properties": {"id": {"type": "string", "pattern": "^[0-9]{1,18}$"}},
    "required": ["id"],
}
_OPT: Final[Schema] = {
    "type": "object",
    "properties": {
        "address": {**TEXT, "maxLength": VALUE_CHARACTERS_MAX},
        "out": {"type": "boolean"},
    },
    "required": ["address", "out"],
}
_FIND: Final[Schema] = {
    "type": "object",
    "properties": {
        "full_name": TEXT,
        "birth_date": {"type": "string", "format": "date"},
        "regency": {"type": "string", "pattern": "^[0-9]{4}$"},
    },
    "required": ["full_name"],
    "oneOf": [{"required": ["birth_date"]}, {"required": ["regency"]}],
}
_WHY: Final[dict[Resent, tuple[int, str]]] = {
    "unknown": (404, "no message to this person has this id"),
    "forgotten": (409, "its text was forgotten, or is of no more use"),
    "too_many": (429, f"at most {RESENDS_A_DAY_MAX} a day are sent once more to one person"),
}


def message_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    return (
        Act(
            name="resend",
            method="POST",
            path="/api/v1/registrations/{number}/messages",
            scope=Scope.MESSAGES,
            audit="resend",
            says="Send a message once more to the same address of the person, three a day.",
            body=_RESEND,
            run=partial(_resend, desk),
            writes=True,
        ),
        Act(
            name="opt",
            method="POST",
            path="/api/v1/opt-outs",
            scope=Scope.MESSAGES,
            audit="opt",
            says="Opt an address out of messages, or in again.",
            body=_OPT,
            run=partial(_opt, desk),
            writes=True,
        ),
        Act(
            name="find_registrations",
            method="POST",
            path="/api/v1/registrations/find",
            scope=Scope.FIND,
            audit="find",
            says="Find current registrations by name with a birth date or a regency, at most 20.",
            body=_FIND,
            run=partial(_find, desk),
            reveals=True,
        ),
    )


async def _resend(desk: Desk, call: Call) -> Answer:
    number = read_number(call.path["number"])

    def run(connection: Connection) -> Answer:
        record = lock_record(connection, find(connection, number, call))
        places = addresses_of(connection, record) if record else frozenset[Address]()
        asked = Asked(int(call.body["id"]), number, actor_of(call).key, call.at)
        resent = resend(connection, asked, places)
        if resent != "queued":
            raise ProblemError(*_WHY[resent])
        return Answer(value={"status": resent}, status=HTTPStatus.CREATED, numbers=(number,))

    return await write_noted(desk.database, call, run)


async def _opt(desk: Desk, call: Call) -> Answer:
    address = parse_address(call.body["address"].strip(), desk.campaign.country)
    out: bool = call.body["out"]

    def run(connection: Connection) -> Answer:
        opt(connection, address=address, out=out, at=call.at)
        return Answer(value={"out": out}, what="out" if out else "in")

    return await write_noted(desk.database, call, run)


async def _find(desk: Desk, call: Call) -> Answer:
    born = call.body.get("birth_date")
    sought = Sought(
        call.body["full_name"],
        date.fromisoformat(born) if born else None,
        call.body.get("regency", ""),
    )
    search = partial(find_by_name, campaign=desk.campaign.id, sought=sought)
    records = await desk.queries.get_all(await desk.database.read(search))
    items: list[dict[str, Any]] = [shown(one, whole=call.reveal) for one in records]
    return Answer(value={"items": items}, numbers=tuple(one["number"] for one in items))
