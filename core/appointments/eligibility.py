"""Which dose a person may book next, and from which day on. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from core.campaign import Doses


class Visit(NamedTuple):
    """An appointment as it counts for the next; `start` bears the facility's own offset."""

    start: datetime
    dose: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The dose that may be booked, 0 when none is left, and the first day on which it may be."""

    dose: int
    since: date | None = None


def next_due(
    visits: Iterable[Visit],
    doses: Doses,
    *,
    at: datetime,
    postponed: date | None = None,
    missed: bool = False,
) -> Due:
    """Return what is due next after these visits.

    One whose time has passed counts as kept until somebody knows better; `missed` says so.
    """
    had = [visit for visit in visits if _was_had(visit, at, missed=missed)]
    dose = max((visit.dose for visit in had), default=0) + 1
    if dose > doses.count:
        return Due(dose=0)
    interval = timedelta(days=doses.interval_days)
    days = [visit.start.date() + interval for visit in had]
    return Due(dose=dose, since=max([*days, *([postponed] if postponed else [])], default=None))


def _was_had(visit: Visit, at: datetime, *, missed: bool) -> bool:
    if visit.status == "booked":
        return visit.start <= at and not missed
    return visit.status == "attended"
