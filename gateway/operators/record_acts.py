"""Acts on registrations and messages: search, one record, the messages to an address."""

from collections.abc import Sequence
from typing import Any, Final

from core.fields.nik import mask
from core.messages import Channel
from core.operators.roles import Scope
from core.operators.views import MessageView, RecordView
from core.wording.catalog import Wording
from core.wording.data import Style
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.desk import Desk
from gateway.operators.requests import (
    VALUE_CHARACTERS_MAX,
    parse_address,
    parse_nik_loosely,
    read_number,
)
from gateway.operators.schema import Schema

ITEMS_MAX: Final = 100
_LONG: Final = (Channel.WHATSAPP, Channel.EMAIL)
_TEXT: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": VALUE_CHARACTERS_MAX,
    "pattern": r"\S",
}
ADDRESS: Final[Schema] = {
    "type": "object",
    "properties": {"address": _TEXT},
    "required": ["address"],
}
_ONE_KEY: Final[Schema] = {
    "type": "object",
    "properties": {"nik": _TEXT, "number": _TEXT, "address": _TEXT},
    "oneOf": [{"required": [key]} for key in ("nik", "number", "address")],
}


def record_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    queries, country = desk.queries, desk.campaign.country

    async def search(call: Call) -> Answer:
        ((key, value),) = call.body.items()
        asked = {key: _read(key, value.strip(), country)}
        return _records(await queries.search(limit=ITEMS_MAX, **asked), whole=call.reveal)

    async def get(call: Call) -> Answer:
        record = await queries.get(read_number(call.path["number"]))
        if record is None:
            raise ProblemError(404, "no registration has this number")
        return Answer(value=shown(record, whole=call.reveal), numbers=(record.number,))

    async def outbox(call: Call) -> Answer:
        address = parse_address(call.body["address"].strip(), country).value
        found = await queries.messages(address, limit=ITEMS_MAX)
        linked = await queries.search(limit=ITEMS_MAX, address=address)
        items = [_in_words(message, desk.wording) for message in found]
        return Answer(value={"items": items}, numbers=tuple(one.number for one in linked))

    return (
        Act(
            name="search_registrations",
            method="POST",
            path="/api/v1/registrations/search",
            scope=Scope.SEARCH,
            audit="search",
            says="Find registrations by exactly one of NIK, number and address.",
            run=search,
            body=_ONE_KEY,
            reveals=True,
        ),
        Act(
            name="get_registration",
            method="GET",
            path="/api/v1/registrations/{number}",
            scope=Scope.SEARCH,
            audit="look",
            says="Show one registration.",
            run=get,
            reveals=True,
        ),
        Act(
            name="search_outbox",
            method="POST",
            path="/api/v1/outbox/search",
            scope=Scope.MESSAGES,
            audit="messages",
            says="Show the messages to an address, queued and sent, as text.",
            run=outbox,
            body=ADDRESS,
        ),
    )


def shown(record: RecordView, *, whole: bool) -> dict[str, Any]:
    """Return a record as JSON; unless `whole`, without what its NIK tells."""
    value = record.model_dump(mode="json")
    return value if whole else {**value, **masked(record.nik)}


def masked(nik: str) -> dict[str, str | None]:
    """Return what replaces a NIK, and the birth date and sex that can be read from it."""
    return {"nik": mask(nik), "birth_date": None, "sex": None}


def _records(found: Sequence[RecordView], *, whole: bool) -> Answer:
    items = [shown(record, whole=whole) for record in found]
    return Answer(value={"items": items}, numbers=tuple(record.number for record in found))


def _read(key: str, value: str, country: str) -> str:
    match key:
        case "nik":
            return parse_nik_loosely(value)
        case "number":
            return read_number(value)
        case _:
            return parse_address(value, country).value


def _in_words(message: MessageView, wording: Wording) -> dict[str, Any]:
    style: Style = "long" if message.channel in _LONG else "short"
    value = message.model_dump(mode="json", exclude={"reply"})
    return {**value, "text": wording.text(message.reply, style)}
