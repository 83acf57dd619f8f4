"""The evidence of a case as it stands now, in SQL: nothing of it is kept with the case."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from core.cases.case import Case, kind_of
from core.cases.columns import (
    current_record,
    listed,
    read_intent,
    record_of_id,
    record_of_number,
    records_one_slip_away,
)
from core.cases.evidence import Column, Evidence, compare, of_intent
from core.cases.kinds import CaseKind
from core.cases.plans import Params
from core.database.statements import Connection
from core.fields.name_matching import fold_name
from core.messages import Voucher
from core.registration.intent import RegistrationIntent
from core.registration.number import NUMBER_BITS, make_number

SPARES_MAX: Final = 8  # numbers tried; each is taken once in thousands
_NOTHING: Final[Params] = {}


def read_evidence(
    connection: Connection, case: Case, *, name_match_min: int, params: Params | None = _NOTHING
) -> Evidence:
    """Return the columns of the case, what they share, and what the decision's `params` name.

    With None for these, as a queue is shown, it has no `target` and no `spare`.
    """
    of_record = case.record_id is not None and not case.intent_id
    own = record_of_id(connection, case.record_id or 0) if of_record else None
    kind = kind_of(case, own.standing if own else None)
    intent = read_intent(connection, case.intent_id)
    on_file, incoming = _READ[_shape(case, kind)](connection, case, own, intent)
    nik = incoming.nik if incoming and incoming.nik else on_file.nik if on_file else ""
    evidence = Evidence(
        kind=kind,
        number=case.number,
        on_file=on_file,
        incoming=incoming,
        roster=listed(connection, case.campaign, nik) if nik else None,
        target=_target(connection, case, params) if params else None,
        intent=intent,
        spare=_spare(connection, case) if intent and params is not None else "",
        tries=case.tries,
        version=case.version + sum(one.version for one in (on_file, incoming) if one),
    )
    return compare(evidence, name_match_min=name_match_min)


def _shape(case: Case, kind: CaseKind) -> str:
    """Return what the columns of the case are made of."""
    if kind is CaseKind.TWIN_NIK:
        return "lookalike"
    if case.intent_id:
        return "intent"
    if case.is_of_record and kind is CaseKind.NAME_CONFLICT:
        return "aside"
    return "record"


_Columns = tuple[Column | None, Column | None]
_Read = Callable[[Connection, Case, Column | None, RegistrationIntent | None], _Columns]


def _of_intent(
    connection: Connection, case: Case, own: Column | None, intent: RegistrationIntent | None
) -> _Columns:
    """Return the record of the NIK, and what came."""
    if intent is None:
        own = record_of_id(connection, case.record_id) if case.record_id else own
        return own, None
    return current_record(connection, case.campaign, intent.nik), of_intent(intent)


def _of_lookalike(
    connection: Connection, case: Case, own: Column | None, intent: RegistrationIntent | None
) -> _Columns:
    """Return the record of the NIK if there is one by now, else its look-alike; and what came."""
    if intent is None:
        return own, None
    mine = current_record(connection, case.campaign, intent.nik)
    return mine or _lookalike(connection, case.campaign, intent), of_intent(intent)


def _of_aside(
    connection: Connection, case: Case, own: Column | None, _: RegistrationIntent | None
) -> _Columns:
    """Return the current record of the NIK, and the one that stands aside."""
    return (current_record(connection, case.campaign, own.nik) if own else None), own


def _of_record(
    _: Connection, case: Case, own: Column | None, __: RegistrationIntent | None
) -> _Columns:
    """Return the record, and the address that asked, if one did."""
    address = case.address
    if address is None:
        return own, None
    voucher = Voucher.NETWORK if address.by_network else Voucher.NOBODY
    phone = address.value if address.by_network else ""
    language = own.language if own else ""
    return own, Column(address=address, phone=phone, voucher=voucher, language=language)


_READ: Final[dict[str, _Read]] = {
    "lookalike": _of_lookalike,
    "intent": _of_intent,
    "aside": _of_aside,
    "record": _of_record,
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
        return current_record(connection, case.campaign, nik)
    return None


def _spare(connection: Connection, case: Case) -> str:
    """Return the number of the record that a decision would make: the same each time it is asked.

    So a preview shows the very words that are sent.
    """
    for attempt in range(SPARES_MAX):
        name = f"{case.id}/{case.opened_at}/{case.intent_id}/{attempt}".encode()
        bits = int.from_bytes(blake2b(name, digest_size=8).digest(), "big")
        number = make_number(bits % (1 << NUMBER_BITS))
        if record_of_number(connection, number) is None:
            return number
    return ""
