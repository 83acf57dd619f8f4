"""The port to a registry of entitled people, and the verdict on its answer. Pure."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple, Protocol

from core.fields.name_matching import same_name

Verdict = Literal["verified", "not_listed", "in_review"]


class Listing(NamedTuple):
    """A registry's answer about one NIK; `full_name` and `facility_code` are "" if not given."""

    listed: bool
    full_name: str = ""
    facility_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """The person a registry is asked about; the same question always has the same `key`."""

    key: str
    campaign: str
    nik: str = field(repr=False)
    full_name: str = field(repr=False)
    birth_date: date = field(repr=False)
    profession: str


class Registry(Protocol):
    """Knows the people who are entitled."""

    async def look_up(self, applicant: Applicant) -> Listing | None:
        """Return what is listed under the NIK; None if the registry can judge nobody (no data).

        Raises `UnavailableError` if it cannot be reached, which says nothing about the person.
        """
        ...


def judge_listing(full_name: str, listing: Listing, *, name_match_min: int) -> Verdict:
    """Return the record's new status: "verified" takes both NIK and name."""
    if not listing.listed:
        return "not_listed"
    if same_name(full_name, listing.full_name, name_match_min):
        return "verified"
    return "in_review"
