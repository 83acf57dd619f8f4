"""Which record an intent belongs to, and what it may change there.

The NIK identifies a person; an address does not. Knowing another person's NIK must neither reveal
nor change anything: the name must match too, and only a proven address may change a record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from core.campaign import Limits
from core.fields.name_matching import fold_name, names_match, same_name
from core.messages import Address, AddressKind
from core.registration.intent import OutcomeKind, RegistrationIntent

_VOUCHED = frozenset({AddressKind.PHONE, AddressKind.WHATSAPP})  # the network vouches for them


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOnFile:
    """A record as it stands. `addresses` are the linked ones, each with whether it is proven."""

    nik: str = field(repr=False)
    number: str
    full_name: str = field(repr=False)
    birth_date: date = field(repr=False)
    profession: str
    phone: str | None = field(repr=False)
    language: str
    addresses: Mapping[Address, bool] = field(default_factory=dict[Address, bool], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """Everything on file that bears on one new intent.

    `lookalikes` are records whose NIK is one slip away. `niks_from_address` counts the other NIKs
    that this address has sent.
    """

    record: RecordOnFile | None = None
    lookalikes: tuple[RecordOnFile, ...] = ()
    niks_from_address: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do. `number` is set where it may be shown; `changes` maps fields to new values."""

    kind: OutcomeKind
    number: str | None = None
    changes: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    link: bool = False
    verified: bool = False


def decide(intent: RegistrationIntent, on_file: OnFile, limits: Limits) -> Decision:
    """Return what this intent does to the record of its NIK (DESIGN: the canonical record)."""
    record = on_file.record
    known = record is not None and intent.address in record.addresses
    if not known and on_file.niks_from_address >= _niks_max(intent, limits):
        return Decision(kind=OutcomeKind.REFUSED)
    if record is not None:
        return _decide_known(intent, record, limits)
    if any(_is_likely_same(intent, other, limits) for other in on_file.lookalikes):
        return Decision(kind=OutcomeKind.IN_REVIEW)
    verified = intent.address.kind in _VOUCHED
    return Decision(kind=OutcomeKind.REGISTERED, link=True, verified=verified)


def _niks_max(intent: RegistrationIntent, limits: Limits) -> int:
    by_mail = intent.address.kind is AddressKind.EMAIL
    return limits.max_per_mailbox if by_mail else limits.max_per_address


def _decide_known(intent: RegistrationIntent, record: RecordOnFile, limits: Limits) -> Decision:
    if not same_name(intent.full_name, record.full_name, limits.name_match_min):
        return Decision(kind=OutcomeKind.IN_REVIEW)
    forgeable = intent.address.forgeable  # even when it was proven once
    if forgeable or not record.addresses.get(intent.address, False):
        room = len(record.addresses) < limits.addresses_per_record_max
        link = room or intent.address in record.addresses
        return Decision(kind=OutcomeKind.ALREADY_REGISTERED, number=record.number, link=link)
    changes = _corrections(intent, record)
    kind = OutcomeKind.UPDATED if changes else OutcomeKind.ALREADY_REGISTERED
    return Decision(kind=kind, number=record.number, changes=changes, link=True, verified=True)


def _corrections(intent: RegistrationIntent, record: RecordOnFile) -> dict[str, str]:
    changes = {}
    if fold_name(intent.full_name) != fold_name(record.full_name):
        changes["full_name"] = intent.full_name
    if intent.profession != record.profession:
        changes["profession"] = intent.profession
    return changes


def _is_likely_same(intent: RegistrationIntent, other: RecordOnFile, limits: Limits) -> bool:
    """Return whether `other`, one slip away, is probably the same person with a mistyped NIK.

    With the same birth date the name must be equal, not just similar: twins have similar names,
    neighbouring NIKs and often one phone.
    """
    if intent.birth_date == other.birth_date:
        return fold_name(intent.full_name) == fold_name(other.full_name)
    same_phone = intent.phone is not None and intent.phone == other.phone
    alike = names_match(intent.full_name, other.full_name, match_min=limits.name_match_min)
    return same_phone and alike
