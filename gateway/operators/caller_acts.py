"""Acts for somebody who calls: a code read back proves them, then book, change, cancel."""

from functools import partial
from typing import Any, Final

from core.appointments.requests import Book, Booked, Cancel, Cancelled
from core.database.statements import Plain, Statement, iso_utc
from core.messages import Address, AddressKind, Channel
from core.operators.roles import Scope
from core.registration.requests import CheckCode, CodeChecked, CodeSent, SendCode
from core.registration.statements import OF_NUMBER
from gateway.http.booking import (
    NONE,
    Visits,
    booked_or_problem,
    find_slot,
    read_status,
    screen,
    shown,
)
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.changing import DESK, UNKNOWN, actor_of
from gateway.operators.deeds import noting
from gateway.operators.desk import Desk
from gateway.operators.fields import TEXT
from gateway.operators.requests import read_number
from gateway.operators.schema import Schema

_HERE: Final = "/api/v1/registrations/{number}"
_CODE: Final[Schema] = {"type": "string", "pattern": "^[0-9]{6}$", "title": "read_back"}
_CANCEL: Final[Schema] = {"type": "object", "properties": {"code": _CODE}}
_PHONE = Statement(
    "SELECT number, phone, language FROM records WHERE id = {of_number}", of_number=OF_NUMBER
)
# Whether the caller has read a code back to this official, while it would still be valid.
_PROVEN = Statement("""
    SELECT 1
    FROM proofs
    JOIN records ON records.id = proofs.record_id
    WHERE records.number = :number
        AND proofs.kind = :kind
        AND proofs.value = :value
        AND proofs.proven_by IS NOT NULL
        AND proofs.expires_at > :now
""")


def caller_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""

    def row(name: str, path: str, says: str, **more: Any) -> Act:
        given = {"method": "POST", "scope": Scope.BOOK, "audit": name, "writes": True}
        return Act(name=name, path=path, says=says, **{**given, **more})

    return (
        row(
            "send_code",
            f"{_HERE}/codes",
            "Send a code to the phone on file, for the caller to read back.",
            run=partial(_send_code, desk),
        ),
        row(
            "book",
            f"{_HERE}/appointment",
            "Book the seat that the caller wants, or change the appointment to it.",
            body=_book_schema(desk),
            run=partial(_book, desk),
        ),
        row(
            "cancel",
            f"{_HERE}/appointment/cancellation",
            "Cancel the appointment that is booked.",
            body=_CANCEL,
            run=partial(_cancel, desk),
        ),
    )


def _book_schema(desk: Desk) -> Schema:
    codes = [one.code for one in desk.campaign.screening.questions]
    answers = {"type": "array", "items": {"type": "string", "enum": [NONE, *codes]}}
    properties = {"code": _CODE, "facility": TEXT, "start": TEXT, "answers": answers}
    return {"type": "object", "properties": properties, "required": ["facility", "start"]}


async def _send_code(desk: Desk, call: Call) -> Answer:
    number, _, language = await _find(desk, call)
    request = SendCode(
        key=actor_of(call).key,
        number=number,
        campaign=desk.campaign.id,
        address=_desk_of(call),
        language=language,
        at=int(call.at.timestamp()),
    )
    row = call.noted(call.word, number)
    sent = await noting(desk, row, lambda sent: not sent.too_many).run(request)
    assert isinstance(sent, CodeSent), "a code was asked for"
    if sent.too_many:
        wait = {"retry-after": str(max(1, sent.again_at - request.at))}
        raise ProblemError(429, "too many codes were sent; try again later", wait)
    return Answer(value={"number": number}, noted=True)


async def _book(desk: Desk, call: Call) -> Answer:
    number, phone, language = await _proven(desk, call)
    visits, key = Visits(desk.effects, desk.campaign, "the caller"), actor_of(call).key
    [entry] = await read_status(visits, phone, call.at, proven=number)
    asking = visits._replace(effects=noting(desk, call.noted("screen", number)))
    await screen(asking, entry, call.body.get("answers"), key=key, at=call.at)
    slot = await find_slot(visits, call.body["facility"], call.body["start"], entry.next_dose)
    request = Book(
        key=key,
        number=number,
        slot=slot,
        dose=entry.next_dose,
        changes=entry.appointment is not None,
        at=int(call.at.timestamp()),
        address=phone,
        channel=Channel.SMS,
        provider=DESK,
        language=language,
    )
    row = call.noted(call.word, number)
    done = await noting(desk, row, lambda booked: isinstance(booked, Booked)).run(request)
    booked = booked_or_problem(done)
    value = {"appointment": shown(booked.appointment), "changed": booked.changed}
    return Answer(value=value, noted=True)


async def _cancel(desk: Desk, call: Call) -> Answer:
    number, phone, language = await _proven(desk, call)
    request = Cancel(
        key=actor_of(call).key,
        number=number,
        at=int(call.at.timestamp()),
        address=phone,
        channel=Channel.SMS,
        provider=DESK,
        language=language,
    )
    row = call.noted(call.word, number)
    ended = await noting(desk, row, lambda ended: ended.appointment is not None).run(request)
    assert isinstance(ended, Cancelled), "a cancellation has a result"
    if ended.appointment is None:
        raise ProblemError(409, "no appointment is booked")
    return Answer(value={"appointment": shown(ended.appointment)}, noted=True)


async def _find(desk: Desk, call: Call) -> tuple[str, Address, str]:
    """Return number, phone on file and language; raise `ProblemError` (404, 409) without."""
    number = read_number(call.path["number"])
    row = await desk.database.read(lambda connection: connection.one(_PHONE, number=number))
    if row is None:
        raise ProblemError(404, UNKNOWN)
    if not row[1]:
        raise ProblemError(409, "no phone is on file: link one first")
    return str(row[0]), Address(AddressKind.PHONE, row[1]), str(row[2])


async def _proven(desk: Desk, call: Call) -> tuple[str, Address, str]:
    """Return the same of a caller who has read a code back; raise `ProblemError` (403) for others.

    For as long as the code would be valid, one is enough for all that the caller wants.
    """
    found = await _find(desk, call)
    here = _desk_of(call)
    if "code" not in call.body:
        where: dict[str, Plain] = {"number": found[0], "kind": here.kind, "value": here.value}
        where["now"] = iso_utc(call.at)
        if await desk.database.read(lambda connection: connection.one(_PROVEN, **where)):
            return found
        raise ProblemError(403, "this needs the code that was sent to the caller")
    check = CheckCode(
        number=found[0],
        campaign=desk.campaign.id,
        address=here,
        channel=Channel.WEB,
        code=call.body["code"],
        key=actor_of(call).key,
        at=int(call.at.timestamp()),
    )
    checked = await noting(desk, call.noted("check_code", found[0])).run(check)
    assert isinstance(checked, CodeChecked), "a code has a verdict"
    if checked.verdict != "right":
        raise ProblemError(403, f"the code is {checked.verdict}")
    return found


def _desk_of(call: Call) -> Address:
    """Return the asker of a code: each official has a code of their own for a caller."""
    return Address(AddressKind.WEB, f"{DESK}:{call.operator.name}")
