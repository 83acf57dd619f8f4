"""Who a registry says is entitled, and what its word makes of a record. Pure."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple, Protocol

from core.fields.name_matching import same_name

Verdict = Literal["verified", "not_listed", "in_review"]


class Listing(NamedTuple):
    """What a registry has under one NIK. `full_name` and `facility_code` are "" where not told."""

    listed: bool
    full_name: str = ""
    facility_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Whom a registry is asked about. `key` is the same whenever the same is asked."""

    key: str
    campaign: str
    nik: str = field(repr=False)
    full_name: str = field(repr=False)
    birth_date: date = field(repr=False)
    profession: str


class Registry(Protocol):
    """Knows who is entitled."""

    async def look_up(self, applicant: Applicant) -> Listing | None:
        """Return what is listed under the NIK; None where the registry has no word on anybody.

        Raises `UnavailableError` where it cannot be reached: that is no fact about the person.
        """
        ...


def judge_listing(full_name: str, listing: Listing, *, name_match_min: int) -> Verdict:
    """Return the status that the record gets: NIK and name must both match."""
    if not listing.listed:
        return "not_listed"
    if same_name(full_name, listing.full_name, name_match_min):
        return "verified"
    return "in_review"
