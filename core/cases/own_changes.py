"""What a person puts right in her own record, in SQL; what goes too far is a case.

Idempotent by the key of the request, as the changes are; write each `alone`.
"""

from typing import Final

from core.cases.case import WISH
from core.cases.changes import PERSON, Actor, Refused
from core.cases.changes.correct import correct
from core.cases.changes.links import move_phone
from core.cases.changes.nik import move_nik
from core.cases.kinds import CaseKind
from core.cases.number import case_number
from core.cases.own_record import Claim, OwnRecord, own_record
from core.cases.queue import NewCase
from core.cases.requests import Correct, Corrected
from core.cases.waiting import open_once
from core.database.statements import Connection, Statement, iso_utc
from core.fields.name_matching import same_name
from core.fields.nik_slips import one_slip_apart
from core.fields.timezones import moment
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.rate_limits import count
from core.outbox.sms_bounds import Bound
from core.outbox.withholding import enqueue_unasked
from core.registration.likeness import lists
from core.registration.terms import Terms
from core.roster.lookup import UnfinishedImportError, find_listing

CORRECTIONS_A_DAY_MAX: Final = 5  # of one record, by its person

# The question of the registration has its answer.
_SETTLE = Statement("""
    UPDATE cases
    SET status = 'decided',
        decision = 'move_nik',
        decided_by = :name,
        decided_at = :at,
        updated_at = :at,
        version = version + 1
    WHERE nik = :nik
        AND kind = 'twin_nik'
        AND address_kind = :kind
        AND value = :value
        AND status <> 'decided'
""")


def correct_own(connection: Connection, *, request: Correct, terms: Terms) -> Corrected:
    """Put one field right, if it is the person's own; or open a case, or say why neither.

    Raises `LostRaceError` as the changes do: run it again.
    """
    record = own_record(connection, Claim.of(request))
    if record is None:
        return Corrected(verdict="gone")
    bound = Bound(f"corrections:{record.campaign}:{record.number}", CORRECTIONS_A_DAY_MAX)
    if count(connection, [bound], at=moment(request.at), key=request.key):
        return Corrected(verdict="too_many")
    actor = Actor(name=PERSON, key=request.key, at=moment(request.at))
    return _CHANGES[request.field](connection, record, request, terms, actor)


def _full_name(
    connection: Connection, record: OwnRecord, request: Correct, terms: Terms, actor: Actor
) -> Corrected:
    """Take a name that is like the old one, or the roster's; any, while nothing was verified."""
    alike = same_name(request.value, record.full_name, terms.limits.name_match_min)
    if (
        record.status == "verified"
        and not alike
        and not _lists(connection, record, record.nik, request.value, terms)
    ):
        return _review(connection, record, request)
    return _field(connection, record, request, terms, actor)


def _field(
    connection: Connection, record: OwnRecord, request: Correct, _: Terms, actor: Actor
) -> Corrected:
    done = correct(connection, record.id, {request.field: request.value}, actor)
    return Corrected(verdict="gone" if isinstance(done, Refused) else "changed")


def _nik(
    connection: Connection, record: OwnRecord, request: Correct, terms: Terms, actor: Actor
) -> Corrected:
    """Take a NIK one slip away, or the one that the roster lists under her name."""
    if record.booked:
        return Corrected(verdict="booked")
    slip = record.nik == request.value or one_slip_apart(record.nik, request.value)
    if not slip and not _lists(connection, record, request.value, record.full_name, terms):
        return _review(connection, record, request)
    done = move_nik(connection, record.id, request.value, actor)
    if isinstance(done, Refused):
        taken = done.why == "nik_taken"
        return _review(connection, record, request) if taken else Corrected(verdict="gone")
    place = {"kind": request.address.kind.value, "value": request.address.value}
    settled = {"nik": request.value, "name": PERSON, "at": iso_utc(actor.at)}
    connection.run(_SETTLE, **place, **settled)
    return Corrected(verdict="changed")


def _phone(
    connection: Connection, record: OwnRecord, request: Correct, terms: Terms, actor: Actor
) -> Corrected:
    """Let the phone that asks take the place of the one on file, which is told once."""
    if request.address != Address(AddressKind.PHONE, request.value):
        return Corrected(verdict="gone")
    done = move_phone(connection, record.id, request.value, actor)
    if isinstance(done, Refused):
        return Corrected(verdict="gone")
    if old := done.old.get("phone"):
        told = _farewell(record, old, request)
        enqueue_unasked(connection, told, record_id=record.id, countries=terms.countries)
    return Corrected(verdict="changed")


def _farewell(record: OwnRecord, phone: str, request: Correct) -> Outgoing:
    return Outgoing(
        key=f"{request.key}/told",
        channel=Channel.SMS,
        address=Address(AddressKind.PHONE, phone),
        reply=Reply((Prompt("phone_moved_away", {"number": record.number}),), record.language),
        created_at=moment(request.at),
        answers_request=False,
    )


def _lists(
    connection: Connection, record: OwnRecord, nik: str, full_name: str, terms: Terms
) -> bool:
    """Return whether the roster lists the NIK under this name; False while it is being read."""
    try:
        listing = find_listing(connection, campaign=record.campaign, nik=nik)
    except UnfinishedImportError:
        return False
    return lists(listing, full_name, terms.limits)


def _review(connection: Connection, record: OwnRecord, request: Correct) -> Corrected:
    """Let an official decide: it is as if somebody had registered with the other name or NIK."""
    new = NewCase(
        kind=CaseKind.TWIN_NIK if request.field == "nik" else CaseKind.NAME_CONFLICT,
        key=f"{WISH}{record.id}:{request.field}",
        campaign=record.campaign,
        nik=record.nik,
        record_id=record.id,
        address=request.address,
        detail={"field": request.field, "value": request.value},
    )
    opened = open_once(connection, new, moment(request.at), asked=request.key)
    return Corrected(verdict="review", case=case_number(opened.id))


_CHANGES: Final = {
    "full_name": _full_name,
    "profession": _field,
    "phone": _phone,
    "nik": _nik,
}
