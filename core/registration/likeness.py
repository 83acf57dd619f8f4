"""Whether an intent, a record and the roster are about one person. Pure."""

from core.campaign import Limits
from core.fields.name_matching import fold_name, names_match, same_name
from core.registration.decision import RecordOnFile
from core.registration.intent import RegistrationIntent
from core.roster.listing import Listing


def has_name(intent: RegistrationIntent, record: RecordOnFile, limits: Limits) -> bool:
    """Return whether the record is in the name of the intent."""
    return same_name(intent.full_name, record.full_name, limits.name_match_min)


def lists(listing: Listing | None, full_name: str, limits: Limits) -> bool:
    """Return whether the roster has the NIK under this name."""
    if listing is None or not listing.listed:
        return False
    return same_name(full_name, listing.full_name, limits.name_match_min)


def lists_another(listing: Listing | None, full_name: str, limits: Limits) -> bool:
    """Return whether the roster has the NIK under another name."""
    return listing is not None and listing.listed and not lists(listing, full_name, limits)


def is_likely_same(intent: RegistrationIntent, other: RecordOnFile, limits: Limits) -> bool:
    """Return whether `other`, one slip away, is probably the same person with a mistyped NIK.

    With the same birth date the name must be equal, not just similar: twins have similar names,
    neighbouring NIKs and often one phone.
    """
    if intent.birth_date == other.birth_date:
        return fold_name(intent.full_name) == fold_name(other.full_name)
    same_phone = intent.phone is not None and intent.phone == other.phone
    alike = names_match(intent.full_name, other.full_name, match_min=limits.name_match_min)
    return same_phone and alike
