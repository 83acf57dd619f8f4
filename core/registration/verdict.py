"""The roster's word on a NIK, as a registration needs it."""

from typing import NamedTuple

from core.campaign import Limits
from core.database.statements import Connection, iso_utc
from core.registration.intent import RegistrationIntent
from core.registration.standing import RecordStanding
from core.registration.terms import Terms
from core.roster.listing import Listing, judge_listing
from core.roster.lookup import UnfinishedImportError, find_listing


class RosterWord(NamedTuple):
    """What the roster says of the NIK, None if nothing; or when it is to be asked (again)."""

    listing: Listing | None = None
    due_at: str | None = None

    @property
    def facility_code(self) -> str | None:
        """Return where the person works."""
        return (self.listing.facility_code or None) if self.listing else None


def ask_roster(connection: Connection, intent: RegistrationIntent, terms: Terms) -> RosterWord:
    """Return the roster's word, or when to ask where another system or an import keeps it."""
    later = RosterWord(due_at=iso_utc(intent.received_at))
    if terms.asks_registry:
        return later
    try:
        return RosterWord(find_listing(connection, campaign=intent.campaign, nik=intent.nik))
    except UnfinishedImportError:
        return later


def status_of(
    intent: RegistrationIntent, makes: RecordStanding, word: RosterWord, limits: Limits
) -> str:
    """Return the status of a new record: the roster's verdict, if it has one."""
    if makes is RecordStanding.CONTESTED:
        return "in_review"
    if word.listing is None:
        return "received"
    return judge_listing(intent.full_name, word.listing, name_match_min=limits.name_match_min)
