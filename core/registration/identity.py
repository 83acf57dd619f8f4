"""Which record an intent belongs to, and what it may change there.

The NIK identifies a person; an address does not. Knowing another person's NIK must neither reveal
nor change anything: the name must match too, and only a proven address may change a record. What
nobody vouches for (`Voucher.NOBODY`) may start a record, and never spends, ends, shows or blocks
anything of another's: such a record is claimed, and yields. The table is in
docs/adr/0013.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from core.campaign import Limits
from core.fields.name_matching import fold_name
from core.messages import Voucher
from core.registration.bounds import has_room, is_one_too_many
from core.registration.decision import Decision, OnFile, RecordOnFile
from core.registration.intent import OutcomeKind, RegistrationIntent
from core.registration.likeness import has_name, is_likely_same, lists, lists_another
from core.registration.standing import RecordStanding
from core.roster.listing import Listing

_REVIEW: Final = Decision(kind=OutcomeKind.IN_REVIEW)
_CONTESTED: Final = Decision(kind=OutcomeKind.RECEIVED, link=True, makes=RecordStanding.CONTESTED)


def asks_roster(intent: RegistrationIntent, on_file: OnFile, limits: Limits) -> bool:
    """Return whether the roster's word can matter: not where the same name is held already."""
    record = on_file.record
    return record is None or not (record.held and has_name(intent, record, limits))


def decide(
    intent: RegistrationIntent, on_file: OnFile, limits: Limits, listing: Listing | None = None
) -> Decision:
    """Return what this intent does to the record of its NIK (DESIGN: the canonical record).

    `listing` is the roster's word on the NIK; None where it has none, or none yet.
    """
    record = on_file.record
    if is_one_too_many(intent, on_file, limits):
        return Decision(kind=OutcomeKind.REFUSED)
    if record is None:
        return _decide_new(intent, on_file, limits, listing)
    if not has_name(intent, record, limits):
        return _decide_other_name(intent, record, on_file, limits, listing)
    return _decide_same_name(intent, record, limits, listing)


def _decide_new(
    intent: RegistrationIntent, on_file: OnFile, limits: Limits, listing: Listing | None
) -> Decision:
    alike = [other for other in on_file.lookalikes if is_likely_same(intent, other, limits)]
    if own := _own_twins(intent, alike):
        return replace(_REVIEW, number=own[0].number if len(own) == 1 else None)
    if lists(listing, intent.full_name, limits):  # so hers is no mistyped NIK
        return _hold_new(intent, alike)
    if intent.vouched:
        return _REVIEW if any(other.held for other in alike) else _hold_new(intent, alike)
    if alike or lists_another(listing, intent.full_name, limits):
        return _CONTESTED
    return replace(_CONTESTED, makes=RecordStanding.CLAIMED)


def _own_twins(
    intent: RegistrationIntent, alike: Iterable[RecordOnFile]
) -> Sequence[RecordOnFile]:
    """Return the sender's own records, whose NIK may be this one mistyped: that can be asked."""
    if intent.voucher is not Voucher.NETWORK:
        return ()
    return [other for other in alike if other.held and other.addresses.get(intent.address)]


def _hold_new(intent: RegistrationIntent, alike: Iterable[RecordOnFile]) -> Decision:
    return Decision(
        kind=OutcomeKind.REGISTERED,
        link=True,
        verified=intent.proves_address,
        makes=RecordStanding.HELD,
        alike=tuple(other.number for other in alike),
    )


def _decide_other_name(
    intent: RegistrationIntent,
    record: RecordOnFile,
    on_file: OnFile,
    limits: Limits,
    listing: Listing | None,
) -> Decision:
    """Let a claimed record yield; a held one only to the roster's name, from a vouched sender."""
    named = lists(listing, intent.full_name, limits)
    was_named = lists(listing, record.full_name, limits)
    if record.held:
        yields = intent.vouched and named and not was_named
    else:
        yields = named or (intent.vouched and not was_named)
    if not yields:
        return _REVIEW if intent.vouched else _CONTESTED
    new = _decide_new(intent, on_file, limits, listing)
    return replace(new, supersedes=new.makes is RecordStanding.HELD)


def _decide_same_name(
    intent: RegistrationIntent, record: RecordOnFile, limits: Limits, listing: Listing | None
) -> Decision:
    unproven = not any(record.addresses.values())
    if intent.proves_address and unproven:
        return _take_over(intent, record, limits)
    if record.held:
        return _decide_known(intent, record, limits)
    if intent.vouched:
        return _take_over(intent, record, limits)
    if lists(listing, intent.full_name, limits):
        return replace(_decide_known(intent, record, limits), holds=True)
    return _CONTESTED


def _take_over(intent: RegistrationIntent, record: RecordOnFile, limits: Limits) -> Decision:
    """Give a record that no address has proven to the person of its name.

    What stands there may be nobody's word, so all of it gives way to what a vouched sender says;
    its phone above all, which may be a stranger's.
    """
    changes = _corrections(intent, record)
    kind = OutcomeKind.UPDATED if changes else OutcomeKind.ALREADY_REGISTERED
    phone = {"phone": intent.phone} if intent.phone != record.phone else {}
    known = intent.address in record.addresses
    return Decision(
        kind=kind,
        number=record.number,
        changes={**changes, **phone},
        link=True,
        verified=intent.proves_address,
        displaces=not known and len(record.addresses) >= limits.addresses_per_record_max,
        holds=not record.held,
    )


def _decide_known(intent: RegistrationIntent, record: RecordOnFile, limits: Limits) -> Decision:
    forgeable = intent.address.forgeable  # even when it was proven once
    if forgeable or not record.addresses.get(intent.address, False):
        link = intent.address in record.addresses or has_room(record, limits)
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
