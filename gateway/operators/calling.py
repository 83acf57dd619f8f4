"""What a booking for a caller needs: how the person stands, the answers, and the slot."""

from datetime import datetime, timedelta
from typing import Any, Final

from core.appointments.requests import LookUp, Screen, StatusReport, Taken
from core.appointments.screening import judge_answers
from core.appointments.views import Appointment, StatusEntry
from core.database.statements import Statement, iso_utc
from core.fields.timezones import WIB, local
from core.messages import Address
from gateway.http.problems import ProblemError
from gateway.operators.acts import Call
from gateway.operators.changing import actor_of
from gateway.operators.deeds import noting
from gateway.operators.desk import Desk

NONE: Final = "none"  # an answer of its own: the caller was asked, and said no each time
_SLOT = Statement("""
    SELECT id
    FROM slots
    WHERE campaign = :campaign AND facility_code = :facility AND dose = :dose AND start = :start
""")


async def read_status(desk: Desk, call: Call, number: str, phone: Address) -> StatusEntry:
    """Return how the registration stands, as its person is shown it."""
    screening = desk.campaign.screening
    request = LookUp(
        phone,
        desk.campaign.id,
        purpose="appointment",
        proven=number,
        version=screening.version,
        valid_days=screening.valid_days,
        at=int(call.at.timestamp()),
    )
    report = await desk.effects.run(request)
    assert isinstance(report, StatusReport), "a look-up has a report"
    return report.registrations[0]


async def screen(desk: Desk, call: Call, entry: StatusEntry) -> None:
    """Note the answers that the caller gave; raise `ProblemError` where they say no, or lack.

    `answers` are the codes of the questions that were answered with yes; all others with no. A
    form cannot send an empty list, so `NONE` says the same.
    """
    screening = desk.campaign.screening
    codes = {one.code for one in screening.questions if one.sex in (None, entry.sex or one.sex)}
    if "answers" not in call.body:
        if entry.screened or not codes:
            return
        more = {"questions": sorted(codes)}
        raise ProblemError(409, "ask the caller the questions about health first", more=more)
    given = set(call.body["answers"])
    if NONE in given and len(given) > 1:
        raise ProblemError(422, f"answers: {NONE} contradicts the others")
    if unknown := given - codes - {NONE}:
        raise ProblemError(422, f"answers: {len(unknown)} are no code of a question")
    answers = {code: "yes" if code in given else "no" for code in sorted(codes)}
    outcome, days = judge_answers(screening, answers)
    until = (local(call.at, WIB) + timedelta(days=days)).date()
    await noting(desk, call.noted("screen", entry.number)).run(
        Screen(
            key=f"{actor_of(call).key}/screen",
            number=entry.number,
            version=screening.version,
            answers=answers,
            outcome=outcome,
            until=until.isoformat() if days else "",
            at=int(call.at.timestamp()),
        )
    )
    if outcome != "proceed":
        raise ProblemError(409, f"the answers say: {outcome}", more={"outcome": outcome})


async def find_slot(desk: Desk, call: Call, dose: int) -> int:
    """Return the id of the slot that the body names; raise `ProblemError` (409, 422) for none."""
    try:
        start = datetime.fromisoformat(call.body["start"])
    except ValueError:
        start = None
    if start is None or start.tzinfo is None:
        raise ProblemError(422, "start should be a time with an offset, as in the list of slots")
    where = {"campaign": desk.campaign.id, "facility": call.body["facility"], "dose": dose}
    row = await desk.database.read(
        lambda connection: connection.one(_SLOT, **where, start=iso_utc(start))
    )
    if row is None:
        raise ProblemError(409, f"there is no slot for dose {dose} at that time")
    return int(row[0])


def shown(appointment: Appointment) -> dict[str, Any]:
    """Return an appointment as JSON."""
    return {
        "facility_code": appointment.place.code,
        "facility_name": appointment.place.name,
        "start": appointment.start.isoformat(),
        "dose": appointment.dose,
        "status": appointment.status,
    }


def others(taken: Taken) -> list[dict[str, str]]:
    """Return the nearest seats beside one that is taken, as JSON."""
    return [
        {"facility_code": place.code, "facility_name": place.name, "start": slot.start.isoformat()}
        for place, slot in taken.others
    ]
