"""Acts that change one registration: correct, link, withdraw, merge, erase."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from core.cases.changes import Actor, Changed, Refused
from core.cases.changes.correct import correct
from core.cases.changes.links import link, move_phone, unlink
from core.cases.changes.merge import TAKEN_OVER, merge
from core.cases.changes.nik import move_nik
from core.cases.changes.withdraw import withdraw
from core.cases.messages import CHANNELS
from core.cases.plans import Words
from core.cases.tell import erase_and_tell
from core.database.audit import Noted, note
from core.database.statements import Connection, Statement
from core.fields.nik_slips import meeting_keys
from core.messages import Address, AddressKind
from core.operators.roles import Scope
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.changing import Change, Tells, actor_of, change_record, find, refuse
from gateway.operators.desk import Desk
from gateway.operators.fields import LANGUAGE, NIK, PHONE, PROFESSION_TEXT, TEXT, read_fields
from gateway.operators.requests import VALUE_CHARACTERS_MAX, parse_address, read_number
from gateway.operators.schema import Schema

_HERE: Final = "/api/v1/registrations/{number}"
_CORRECTION: Final[Schema] = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("full_name", "profession", "nik", "language"), TEXT),
        "phone": {**TEXT, "type": ["string", "null"]},
    },
}
_LINK: Final[Schema] = {
    "type": "object",
    "properties": {
        "address": {**TEXT, "maxLength": VALUE_CHARACTERS_MAX},
        "do": {"type": "string", "enum": ["link", "unlink", "replace_phone"]},
    },
    "required": ["address"],
}
_MERGE: Final[Schema] = {
    "type": "object",
    "properties": {
        "gone": TEXT,
        "take": {"type": "array", "items": {"type": "string", "enum": sorted(TAKEN_OVER)}},
    },
    "required": ["gone"],
}
_GONE = Statement("SELECT id FROM records WHERE number = :number")


def change_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""

    def row(name: str, path: str, says: str, **more: Any) -> Act:
        given = {"method": "POST", "scope": Scope.DECIDE, "audit": name, "writes": True}
        return Act(name=name, path=f"{_HERE}/{path}", says=says, **{**given, **more})

    two: Mapping[str, Any] = {"two": True, "scope": Scope.ERASE}
    return (
        row(
            "correct",
            "corrections",
            "Correct name, profession, phone, language or NIK; the person is told.",
            body=_CORRECTION,
            run=partial(_correct, desk),
        ),
        row(
            "link",
            "links",
            "Link an address as proven, unlink one, or put a new phone in the place of the old.",
            body=_LINK,
            run=partial(_link, desk),
        ),
        row(
            "withdraw",
            "withdrawal",
            "Close a registration: its NIK and its seat are free, and nobody writes about it.",
            run=partial(_withdraw, desk),
        ),
        row(
            "merge",
            "merge",
            "Let this registration go on for the one that is `gone`, too; both numbers work.",
            body=_MERGE,
            run=partial(_merge, desk),
            **two,
        ),
        row(
            "erase",
            "erasure",
            "Erase everything of the person; the answer has a receipt.",
            run=partial(_erase, desk),
            **two,
        ),
    )


async def _correct(desk: Desk, call: Call) -> Answer:
    fields = read_fields(desk, call.body, call.at)
    fields.pop(PROFESSION_TEXT, None)
    nik = fields.pop(NIK, "")
    values: dict[str, str | None] = dict(fields)
    if PHONE in call.body and call.body[PHONE] is None:
        values[PHONE] = None
    if not values and not nik:
        raise ProblemError(422, "there is nothing to correct")

    def run(connection: Connection, record_id: int, actor: Actor) -> Changed | Refused:
        moved = move_nik(connection, record_id, nik, actor) if nik else None
        if isinstance(moved, Refused) or not values:
            assert moved is not None, "one of the two is asked for"
            return moved
        fields_actor = Actor(
            name=actor.name, key=f"{actor.key}/fields", at=actor.at, reason=actor.reason
        )
        corrected = correct(connection, record_id, values, fields_actor)
        if isinstance(corrected, Refused) or moved is None:
            return corrected
        return Changed(number=corrected.number, old={**moved.old, **corrected.old})

    tells = Tells(Words.NIK_MOVED, {"nik_end": nik[-4:]}) if nik else Tells(Words.CORRECTED, {})
    keys = tuple(meeting_keys(desk.campaign.id, nik, fields.get(PHONE))) if nik else ()
    silent = not nik and values.keys() <= {LANGUAGE}
    change = Change(word="correct", run=run, tells=() if silent else (tells,), keys=keys)
    return await change_record(desk, call, change)


async def _link(desk: Desk, call: Call) -> Answer:
    address = parse_address(call.body["address"].strip(), desk.campaign.country)
    what = call.body.get("do", "link")
    if what == "replace_phone" and address.kind is not AddressKind.PHONE:
        raise ProblemError(422, "only a phone takes the place of a phone")

    def run(connection: Connection, record_id: int, actor: Actor) -> Changed | Refused:
        match what:
            case "unlink":
                return unlink(connection, record_id, address, actor)
            case "replace_phone":
                return move_phone(connection, record_id, address.value, actor)
            case _:
                return link(connection, record_id, address, CHANNELS[address.kind], actor)

    return await change_record(
        desk, call, Change(word=what, run=run, tells=_told_of_link(what, address))
    )


def _told_of_link(what: str, address: Address) -> tuple[Tells, ...]:
    """Return what a phone that is linked is told; other addresses are not."""
    if what == "unlink" or address.kind is not AddressKind.PHONE:
        return ()
    return (Tells(Words.LINKED, {"to": address.value}),)


async def _withdraw(desk: Desk, call: Call) -> Answer:
    tells = (Tells(Words.WITHDRAWN, {}),)
    return await change_record(desk, call, Change(word="withdraw", run=withdraw, tells=tells))


async def _merge(desk: Desk, call: Call) -> Answer:
    gone = read_number(call.body["gone"])

    def run(connection: Connection, record_id: int, actor: Actor) -> Changed | Refused:
        row = connection.one(_GONE, number=gone)
        gone_id = row[0] if row else 0
        return merge(connection, record_id, gone_id, call.body.get("take", ()), actor)

    tells = (Tells(Words.MERGED, {"gone": gone}),)
    return await change_record(desk, call, Change(word="merge", run=run, tells=tells))


async def _erase(desk: Desk, call: Call) -> Answer:
    """Erase the person, then what Redis has; the audit notes the receipt alone."""
    number = read_number(call.path["number"])
    countries = desk.countries

    def run(connection: Connection) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        actor = actor_of(call)
        erased = erase_and_tell(connection, find(connection, number, call), actor, countries)
        if isinstance(erased, Refused):
            raise refuse(erased)
        note(connection, Noted(call.at, f"erase {erased.receipt}", call.operator.name))
        return erased.receipt, erased.conversations, erased.others

    receipt, conversations, others = await desk.database.write(run, alone=True)
    for conversation in conversations:
        await desk.sessions.forget(conversation)
    value = {"receipt": receipt, "others": list(others)}
    return Answer(value=value, what=receipt, noted=True)
