"""The evidence of cases as it stands now, in SQL: nothing of it is kept with a case.

A page of cases is read in a few statements, whatever their number; only look-alikes take one each.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

import msgspec

from core.cases.case import Case, kind_of
from core.cases.columns import (
    OfCampaign,
    current_records,
    listed,
    read_intents,
    record_of_number,
    records_of_ids,
    records_one_slip_away,
)
from core.cases.evidence import Column, Evidence, compare, of_intent
from core.cases.kinds import CaseKind
from core.cases.messages import CHANNELS
from core.cases.plans import Params
from core.database.statements import Connection
from core.fields.name_matching import fold_name
from core.messages import Voucher
from core.registration.intent import RegistrationIntent
from core.registration.number import NUMBER_BITS, NumberOf, make_number
from core.registration.numbering import NUMBERS_MAX

SPARES_MAX: Final = NUMBERS_MAX  # numbers tried
_NOTHING: Final[Params] = {}


class _Wish(msgspec.Struct):
    """The detail of a wish: `full_name` or `nik`, and what it should be."""

    field: Literal["full_name", "nik"]
    value: str


class Found(NamedTuple):
    """What the evidence of some cases is made of: records by id, and by campaign and NIK."""

    intents: Mapping[str, RegistrationIntent]
    records: Mapping[int, Column]
    current: Mapping[OfCampaign, Column]
    roster: Mapping[OfCampaign, Column]
    lookalikes: Mapping[int, Column | None]  # by the id of the case


def read_evidence(
    connection: Connection,
    case: Case,
    *,
    name_match_min: int,
    params: Params = _NOTHING,
    number_of: NumberOf | None = None,
) -> Evidence:
    """Return the columns of the case, what they share, and what the decision's `params` name."""
    found = _find(connection, [case])
    evidence = _evidence(case, found)
    named = replace(
        evidence,
        target=_target(connection, case, params) if params else None,
        spare=_spare(connection, case, evidence.intent, number_of) if evidence.intent else "",
    )
    return compare(named, name_match_min=name_match_min)


def read_page(
    connection: Connection, cases: Sequence[Case], *, name_match_min: int
) -> list[Evidence]:
    """Return the evidence of each case, as a queue shows it: without `target` and `spare`."""
    found = _find(connection, cases)
    return [compare(_evidence(case, found), name_match_min=name_match_min) for case in cases]


def _find(connection: Connection, cases: Sequence[Case]) -> Found:
    intents = read_intents(connection, (case.intent_id for case in cases if case.intent_id))
    alone = [case for case in cases if case.intent_id not in intents]
    records = records_of_ids(connection, (case.record_id for case in alone if case.record_id))
    niks = [one.nik for one in intents.values()] + [one.nik for one in records.values()]
    niks += [wish.value for wish in _wishes(cases) if wish.field == "nik"]
    current = current_records(connection, niks)
    lookalikes = {
        case.id: _lookalike(connection, case.campaign, intent)
        for case in cases
        if case.kind == CaseKind.TWIN_NIK
        and (intent := intents.get(case.intent_id))
        and (case.campaign, intent.nik) not in current
    }
    return Found(intents, records, current, listed(connection, niks), lookalikes)


def _wishes(cases: Sequence[Case]) -> list[_Wish]:
    return [msgspec.json.decode(case.detail, type=_Wish) for case in cases if case.is_wish]


def _evidence(case: Case, found: Found) -> Evidence:
    own = None if case.intent_id else found.records.get(case.record_id or 0)
    kind = kind_of(case, own.standing if own else None)
    intent = found.intents.get(case.intent_id)
    on_file, incoming = _READ[_shape(case, kind)](found, case, own, intent)
    nik = incoming.nik if incoming and incoming.nik else on_file.nik if on_file else ""
    return Evidence(
        kind=kind,
        number=case.number,
        on_file=on_file,
        incoming=incoming,
        roster=found.roster.get((case.campaign, nik)),
        intent=intent,
        wish=case.is_wish,
        tries=case.tries,
        version=case.version + sum(one.version for one in (on_file, incoming) if one),
    )


def _shape(case: Case, kind: CaseKind) -> str:
    """Return what the columns of the case are made of."""
    if case.is_wish:
        return "wish"
    if kind is CaseKind.TWIN_NIK:
        return "lookalike"
    if case.intent_id:
        return "intent"
    if case.is_of_record and kind is CaseKind.NAME_CONFLICT:
        return "aside"
    return "record"


_Columns = tuple[Column | None, Column | None]
_Read = Callable[[Found, Case, Column | None, RegistrationIntent | None], _Columns]


def _of_intent(
    found: Found, case: Case, own: Column | None, intent: RegistrationIntent | None
) -> _Columns:
    """Return the record of the NIK, and what came."""
    if intent is None:
        return found.records.get(case.record_id or 0, own), None
    return found.current.get((case.campaign, intent.nik)), of_intent(intent)


def _of_lookalike(
    found: Found, case: Case, own: Column | None, intent: RegistrationIntent | None
) -> _Columns:
    """Return the record of the NIK if there is one by now, else its look-alike; and what came."""
    if intent is None:
        return own, None
    mine = found.current.get((case.campaign, intent.nik))
    return mine or found.lookalikes.get(case.id), of_intent(intent)


def _of_aside(
    found: Found, case: Case, own: Column | None, _: RegistrationIntent | None
) -> _Columns:
    """Return the current record of the NIK, and the one that stands aside."""
    return (found.current.get((case.campaign, own.nik)) if own else None), own


def _of_record(
    _: Found, case: Case, own: Column | None, __: RegistrationIntent | None
) -> _Columns:
    """Return the record, and the address that asked, if one did."""
    address = case.address
    if address is None:
        return own, None
    voucher = Voucher.NETWORK if address.by_network else Voucher.NOBODY
    phone = address.value if address.by_network else ""
    language = own.language if own else ""
    return own, Column(address=address, phone=phone, voucher=voucher, language=language)


def _of_wish(_: Found, case: Case, own: Column | None, __: RegistrationIntent | None) -> _Columns:
    """Return the record, and what its own person wants in its place."""
    address = case.address
    if own is None or address is None:
        return own, None
    (wish,) = _wishes([case])
    wanted = {"nik": own.nik, "full_name": own.full_name, wish.field: wish.value}
    asked = Column(
        nik=wanted["nik"],
        full_name=wanted["full_name"],
        language=own.language,
        address=address,
        channel=CHANNELS.get(address.kind),
        voucher=Voucher.NETWORK if address.by_network else Voucher.CODE,
    )
    return own, asked


_READ: Final[dict[str, _Read]] = {
    "lookalike": _of_lookalike,
    "intent": _of_intent,
    "aside": _of_aside,
    "record": _of_record,
    "wish": _of_wish,
}


def _lookalike(connection: Connection, campaign: str, intent: RegistrationIntent) -> Column | None:
    """Return the record that the intent probably duplicates, if it still exists.

    By the rule of `registration.likeness`: the NIK one slip away, and the same name or phone.
    """
    near = records_one_slip_away(connection, campaign, intent.nik)
    name = fold_name(intent.full_name)
    same_name = [one for one in near if fold_name(one.full_name) == name]
    same_phone = [one for one in near if one.phone and one.phone == intent.phone]
    return next(iter([*same_name, *same_phone]), None)


def _target(connection: Connection, case: Case, params: Params) -> Column | None:
    if number := params.get("number"):
        return record_of_number(connection, number)
    if nik := params.get("nik"):
        return current_records(connection, [nik]).get((case.campaign, nik))
    return None


def _spare(
    connection: Connection, case: Case, intent: RegistrationIntent, number_of: NumberOf | None
) -> str:
    """Return the number of the record that a decision would make: the same each time it is asked.

    So a preview shows the very words that are sent.
    """
    for attempt in range(SPARES_MAX):
        if number_of is None:
            number = _number_of_case(case, attempt)
        else:
            number = number_of(intent.campaign, intent.nik, attempt)
        if record_of_number(connection, number) is None:
            return number
    return ""


def _number_of_case(case: Case, attempt: int) -> str:
    name = f"{case.id}/{case.opened_at}/{case.intent_id}/{attempt}".encode()
    bits = int.from_bytes(blake2b(name, digest_size=8).digest(), "big")
    return make_number(bits % (1 << NUMBER_BITS))
