"""What a booking needs where all is said at once: how the person stands, answers, the slot."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from core.appointments.requests import (
    Booked,
    LookUp,
    NotBookable,
    Screen,
    StatusReport,
    Taken,
)
from core.appointments.screening import judge_answers
from core.appointments.views import Appointment, StatusEntry
from core.campaign import Campaign
from core.database.statements import Plain, Statement, iso_utc
from core.fields.timezones import WIB, local
from core.messages import Address
from core.turns.perform import EffectRunner
from gateway.http.problems import ProblemError

NONE: Final = "none"  # an answer of its own: the caller was asked, and said no each time
_SLOT = Statement("""
    SELECT id
    FROM slots
    WHERE campaign = :campaign AND facility_code = :facility AND dose = :dose AND start = :start
""")


_WHY_NOT: Final = {
    "not_verified": "the registration is not verified",
    "waits": "a doctor's word on the answers about health is needed first",
    "too_early": "the dose is not due on that day, or none is left",
    "other_appointment": "another appointment was made meanwhile",
}


class Visits(NamedTuple):
    """What books, and for which campaign; `asking` is who answers questions, in a sentence."""

    effects: EffectRunner
    campaign: Campaign
    asking: str = "the person"


async def read_status(
    visits: Visits, phone: Address, at: datetime, *, proven: str = ""
) -> Sequence[StatusEntry]:
    """Return how the registrations of a phone stand, or the `proven` one, as a person sees it."""
    screening = visits.campaign.screening
    request = LookUp(
        phone,
        visits.campaign.id,
        purpose="appointment",
        proven=proven,
        version=screening.version,
        valid_days=screening.valid_days,
        at=int(at.timestamp()),
    )
    report = await visits.effects.run(request)
    assert isinstance(report, StatusReport), "a look-up has a report"
    return report.registrations


def questions_for(visits: Visits, entry: StatusEntry) -> set[str]:
    """Return the codes of the questions about health that this person is asked."""
    asked = visits.campaign.screening.questions
    return {one.code for one in asked if one.sex in (None, entry.sex or one.sex)}


async def screen(
    visits: Visits, entry: StatusEntry, answers: Sequence[str] | None, *, key: str, at: datetime
) -> None:
    """Note the answers that were given; raise `ProblemError` where they say no, or lack.

    `answers` are the codes of the questions that were answered with yes; all others with no. A
    form cannot send an empty list, so `NONE` says the same.
    """
    screening, codes = visits.campaign.screening, questions_for(visits, entry)
    if answers is None:
        if entry.screened or not codes:
            return
        more = {"questions": sorted(codes)}
        raise ProblemError(409, f"ask {visits.asking} the questions about health first", more=more)
    given = set(answers)
    if NONE in given and len(given) > 1:
        raise ProblemError(422, f"answers: {NONE} contradicts the others")
    if unknown := given - codes - {NONE}:
        raise ProblemError(422, f"answers: {len(unknown)} are no code of a question")
    said = {code: "yes" if code in given else "no" for code in sorted(codes)}
    outcome, days = judge_answers(screening, said)
    until = (local(at, WIB) + timedelta(days=days)).date()
    await visits.effects.run(
        Screen(
            key=f"{key}/screen",
            number=entry.number,
            version=screening.version,
            answers=said,
            outcome=outcome,
            until=until.isoformat() if days else "",
            at=int(at.timestamp()),
        )
    )
    if outcome != "proceed":
        raise ProblemError(409, f"the answers say: {outcome}", more={"outcome": outcome})


async def find_slot(visits: Visits, facility: str, begins: str, dose: int) -> int:
    """Return the id of the slot that begins then; raise `ProblemError` (409, 422) for none."""
    start = iso_utc(read_start(begins))
    where: dict[str, Plain] = {"campaign": visits.campaign.id, "facility": facility, "dose": dose}
    row = await visits.effects.database.read(
        lambda connection: connection.one(_SLOT, **where, start=start)
    )
    if row is None:
        raise ProblemError(409, f"there is no slot for dose {dose} at that time")
    return int(row[0])


def read_start(text: str) -> datetime:
    """Return when a slot starts, in UTC; raise `ProblemError` (422) for no such time."""
    try:
        read = datetime.fromisoformat(text)
        if read.utcoffset() is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ProblemError(422, "start should be a time with its zone, as 2021-01-22T08:00+07:00")


def shown(appointment: Appointment) -> dict[str, Any]:
    """Return an appointment as JSON."""
    return {
        "facility_code": appointment.place.code,
        "facility_name": appointment.place.name,
        "start": appointment.start.isoformat(),
        "dose": appointment.dose,
        "status": appointment.status,
    }


def booked_or_problem(result: object) -> Booked:
    """Return the booking; raise `ProblemError` (409) that says why there is none."""
    if isinstance(result, Taken):
        raise ProblemError(409, "no seat is left at that time", more={"others": _others(result)})
    if isinstance(result, NotBookable):
        raise ProblemError(409, _WHY_NOT[result.why])
    assert isinstance(result, Booked), "or it was refused"
    return result


def _others(taken: Taken) -> list[dict[str, str]]:
    """Return the nearest seats beside one that is taken, as JSON."""
    return [
        {"facility_code": place.code, "facility_name": place.name, "start": slot.start.isoformat()}
        for place, slot in taken.others
    ]
