"""A person's own registration withdrawn, or to be erased after a cooling time, in SQL.

The wish to be erased is a case that waits for the person: until it is due they may stop it, and
nothing has changed. Then `erase_due` carries it out, unless an official has refused it meanwhile.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from core.cases.changes import PERSON, Actor, Refused
from core.cases.changes.erase import Erased, receipt_of
from core.cases.changes.withdraw import withdraw
from core.cases.kinds import CaseKind
from core.cases.own_record import Claim, OwnRecord, own_record
from core.cases.queue import NewCase
from core.cases.requests import COOLING_HOURS, ErasureStopped, Leave, Left, StopErasure
from core.cases.tell import erase_and_tell
from core.cases.waiting import find_waiting, open_once
from core.database.audit import Noted, note
from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import moment
from core.messages import Address, AddressKind

ERASER: Final = "rule"  # in the audit: nobody decides what the person has

_COOL = Statement("""
    UPDATE cases
    SET status = 'waiting_for_person'
    WHERE id = :row_id AND status = 'open'
""")
_STOP = Statement("""
    UPDATE cases
    SET status = 'decided',
        decision = 'refuse',
        detail = :detail,
        decided_by = :name,
        decided_at = :at,
        updated_at = :at,
        version = version + 1
    WHERE id = :row_id
""")
_STOPPED = Statement("""
    SELECT detail
    FROM cases
    WHERE record_id = :record_id AND key = :key
""")
_DUE = Statement("""
    SELECT id, record_id, address_kind, value, detail
    FROM cases
    WHERE kind = 'erase_request'
        AND status <> 'decided'
        AND opened_at <= :before
    ORDER BY opened_at, id
    LIMIT 1
    FOR UPDATE
""")
_FORGET = Statement("DELETE FROM cases WHERE id = :row_id")


def leave(connection: Connection, *, request: Leave) -> Left:
    """Withdraw the registration, or open the case that will erase it."""
    record = own_record(connection, Claim.of(request))
    if record is None:
        return Left(verdict="gone")
    end = _ask_erasure if request.erases else _withdraw
    return end(connection, record, request)


def _withdraw(connection: Connection, record: OwnRecord, request: Leave) -> Left:
    actor = Actor(name=PERSON, key=request.key, at=moment(request.at))
    done = withdraw(connection, record.id, actor)
    return Left(verdict="gone" if isinstance(done, Refused) else "withdrawn")


def _ask_erasure(connection: Connection, record: OwnRecord, request: Leave) -> Left:
    at = moment(request.at)
    new = NewCase(
        kind=CaseKind.ERASE_REQUEST,
        key=_key(record),
        campaign=record.campaign,
        nik=record.nik,
        record_id=record.id,
        address=request.address,
        detail={"key": f"{request.key}/erase"},
    )
    opened = open_once(connection, new, at, asked=request.key)
    connection.run(_COOL, row_id=opened.id)
    due = opened.opened_at + timedelta(hours=COOLING_HOURS)
    receipt = receipt_of(opened.detail["key"])
    return Left(verdict="erasing", receipt=receipt, due=int(due.timestamp()))


def stop_erasures(connection: Connection, *, request: StopErasure) -> ErasureStopped:
    """Stop those of the erasures that the address may; return the numbers that stay."""
    claims = (Claim(one, request.campaign, request.address) for one in request.numbers)
    found = [own_record(connection, claim) for claim in claims]
    stopped = [one.number for one in found if one and _stop(connection, one, request)]
    return ErasureStopped(numbers=tuple(stopped))


def _stop(connection: Connection, record: OwnRecord, request: StopErasure) -> bool:
    key, by = _key(record), {"name": PERSON, "at": iso_utc(moment(request.at))}
    asked = connection.all(_STOPPED, record_id=record.id, key=key)
    if any(msgspec.json.decode(one).get("stopped") == request.key for (one,) in asked):
        return True  # this very wish: a newer erasure is none of its business
    waiting = find_waiting(connection, key)
    if waiting is None:
        return False
    detail = msgspec.json.encode({**waiting.detail, "stopped": request.key}).decode()
    connection.run(_STOP, row_id=waiting.id, detail=detail, **by)
    return True


def erase_due(
    connection: Connection, *, now: datetime, countries: frozenset[str]
) -> Erased | None:
    """Erase the person whose wish is the oldest that has come due; None if there is none.

    They are told that it is done, by the address that asked. Write it `alone`: the audit is noted
    last.
    """
    before = iso_utc(now - timedelta(hours=COOLING_HOURS))
    row = connection.one(_DUE, before=before)
    if row is None:
        return None
    case_id, record_id, kind, value, detail = row
    key = msgspec.json.decode(detail)["key"]
    actor, door = Actor(name=ERASER, key=key, at=now), Address(AddressKind(kind), value)
    done = erase_and_tell(connection, record_id, actor, countries, door)
    connection.run(_FORGET, row_id=case_id)
    note(connection, Noted(now, f"erase {receipt_of(key)}", ERASER))
    return done if isinstance(done, Erased) else Erased(receipt=receipt_of(key))


def _key(record: OwnRecord) -> str:
    return f"erase:{record.id}"
