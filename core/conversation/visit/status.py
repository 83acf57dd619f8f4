"""Say what is on file for a person, and what may be booked next."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from msgspec.structs import replace

from core.appointments.requests import LookUp, Purpose, StatusReport
from core.appointments.views import Appointment, StatusEntry
from core.campaign import Campaign
from core.cases.number import case_number
from core.conversation.context import Step, TurnContext, drop_visit, idle
from core.conversation.options import PersonOption
from core.conversation.session import Session, Visit
from core.conversation.visit.appointment import ask_about
from core.conversation.visit.proof import ask_number, send_code
from core.conversation.visit.screening import begin_booking
from core.conversation.visit.steps import (
    appointment_facts,
    ask,
    end,
    look_up_again,
    offered,
    pick,
    ticket_fact,
    today,
    visit_of,
)
from core.fields.timezones import moment
from core.messages import Prompt

Tell = Callable[[Campaign, Session, Visit, StatusEntry, LookUp], Step]
_DROPPED = {"dropped": Prompt("cancelled"), "nothing_dropped": Prompt("nothing_dropped")}
_MORE = Prompt("status_more")
_BY_LETTER = {
    "status": Prompt("letter_status"),
    "correct": Prompt("letter_change"),
    "leave": Prompt("letter_change"),
}
_NOT_VERIFIED = {
    status: f"unverified_{status}"
    for status in ("not_listed", "in_review", "superseded", "withdrawn", "merged")
}
_NEXT = {status: f"next_{status}" for status in ("received", "not_listed", "withdrawn")}


def after_look_up(
    campaign: Campaign,
    session: Session,
    request: LookUp,
    report: StatusReport,
    tells: Mapping[Purpose, Tell],
) -> Step:
    """Say what the person asked for, or ask which registration is theirs."""
    registrations, named = report.registrations, _named_number(session, request)
    if (dropped := _DROPPED.get(request.purpose)) is not None:
        return Step(session, (dropped, *_still_registered(report)), ends=True)
    if named and named not in [one.number for one in registrations]:
        return send_code(campaign, session, request, named)
    if not registrations:
        return _nothing_shown(session, request, _review(report))
    if request.purpose == "status":
        return _tell_status(session, report)
    visit = replace(visit_of(session), several=len(registrations) > 1)
    found = [one for one in registrations if one.number == visit.number]
    if not found and visit.several:
        return _ask_person(session, visit, report)
    one = (found or registrations)[0]
    visit = replace(visit, number=one.number)
    return tells[request.purpose](campaign, session, visit, one, request)


def _nothing_shown(session: Session, request: LookUp, review: tuple[Prompt, ...]) -> Step:
    """Say that nothing is on file here; or, to a mailbox, how to see what may be.

    What a letter registers is not shown to whoever writes in the mailbox's name.
    """
    if request.address.forgeable and (how := _BY_LETTER.get(request.purpose)) is not None:
        return ask_number(session, request.purpose, *review, how)
    if review:
        return end(session, *review)
    none = (Prompt("status_none"),) if request.purpose == "status" else ()
    return ask_number(session, request.purpose, *none)


def _named_number(session: Session, request: LookUp) -> str:
    """Return the number that the person named: no other registration may be shown instead."""
    visit = visit_of(session)
    return visit.number if visit.purpose == request.purpose and not visit.proven_until else ""


def _still_registered(report: StatusReport) -> tuple[Prompt, ...]:
    """Say what is still registered after a form was dropped."""
    match report.registrations:
        case ():
            return _review(report)
        case (one,):
            return (Prompt("still_registered", {"number": one.number}),)
        case _:
            return (Prompt("all_still_registered"),)


def _tell_status(session: Session, report: StatusReport) -> Step:
    prompts: list[Prompt] = []
    for one in report.registrations:
        args = {"number": one.number, "full_name": f"@text:{one.full_name}"}
        prompts.append(Prompt("status_one", {**args, "status": f"@status_{one.status}"}))
        prompts += _next(one)
        live, last = live_appointment(one.appointment, session.at), _booked(one.appointment)
        if live is not None:
            prompts.append(Prompt("status_appointment", _live_facts(one.number, live)))
        elif last is not None:  # past, and nobody has recorded whether it was attended
            prompts.append(Prompt("status_past", appointment_facts(last, "date")))
        elif one.status == "verified":
            prompts += _outlook(one, today(session.at))
    prompts += _review(report)
    if report.more:
        prompts.append(_MORE)
    over = session.visit is not None and session.visit.purpose == "status"
    return Step(idle(drop_visit(session) if over else session), tuple(prompts), ends=True)


def _live_facts(number: str, live: Appointment) -> dict[str, str]:
    return {**appointment_facts(live), **ticket_fact(number, live)}


def _review(report: StatusReport) -> tuple[Prompt, ...]:
    """Say that what came from here waits for an official, with the number of the case."""
    if report.case:
        return (Prompt("review_case", {"case": case_number(report.case)}),)
    return (Prompt("status_review"),) if report.in_review else ()


def _next(one: StatusEntry) -> tuple[Prompt, ...]:
    """Say what happens next to a registration, and by when."""
    if one.erased_on is not None:
        return (Prompt("next_erased", {"date": f"@date:{one.erased_on.isoformat()}"}),)
    if one.kept:
        return (Prompt("next_merged", {"number": one.kept}),)
    if one.case and one.decided_by is not None:
        by = f"@date:{one.decided_by.isoformat()}"
        return (Prompt("next_case", {"case": case_number(one.case), "date": by}),)
    key = _NEXT.get(one.status)
    return (Prompt(key),) if key else ()


def _outlook(one: StatusEntry, now: date) -> tuple[Prompt, ...]:
    """Say what is due next for a person without an appointment, unless it is the first dose."""
    if not one.next_dose:
        return (Prompt("doses_complete"),)
    if one.postponed is not None and one.postponed > now:
        return (_postponed(one.postponed),)
    if one.asks_site:
        return (Prompt("screening_waits"),)
    if one.since is None or one.next_dose == 1:
        return ()
    args = {"dose": str(one.next_dose), "date": f"@date:{one.since.isoformat()}"}
    return (Prompt("status_next_dose", args),)


def _postponed(until: date) -> Prompt:
    return Prompt("postponed", {"date": f"@date:{until.isoformat()}"})


def _ask_person(session: Session, visit: Visit, report: StatusReport) -> Step:
    persons = (PersonOption(one.number, one.full_name) for one in report.registrations)
    step = ask(session, visit, "choosing_person", persons)
    return step._replace(prompts=(_MORE, *step.prompts)) if report.more else step


def choose_person(context: TurnContext, session: Session, text: str) -> Step:
    """Take a person by number or name."""
    persons = offered(visit_of(session), PersonOption)
    index = pick(text, [one.name for one in persons])
    return look_up_again(context, session, number=persons[index].number)


def _tell_appointment(
    campaign: Campaign, session: Session, visit: Visit, one: StatusEntry, _: LookUp
) -> Step:
    now, last = today(session.at), _booked(one.appointment)
    visit = replace(visit, screened=one.screened, waits=one.asks_site, sex=one.sex)
    if (live := live_appointment(last, session.at)) is not None:
        since = one.since if one.next_dose == live.dose else None
        due = _due(visit, live.dose, max(since or now, now))
        return ask_about(session, due, live, "appointed")
    if one.status != "verified":
        return end(session, Prompt(_NOT_VERIFIED.get(one.status, "unverified_received")))
    if last is not None:
        return ask_about(session, visit, last, "telling_attendance")
    if not 1 <= one.next_dose <= campaign.doses.count:
        return end(session, Prompt("doses_complete"))
    if one.postponed is not None and one.postponed > now:
        return end(session, _postponed(one.postponed))
    due = _due(visit, one.next_dose, max(one.since or now, now))
    return begin_booking(campaign, session, due, session.at)


def _due(visit: Visit, dose: int, since: date) -> Visit:
    return replace(visit, dose=dose, since=since.isoformat())


def _booked(appointment: Appointment | None) -> Appointment | None:
    booked = appointment is not None and appointment.status == "booked"
    return appointment if booked else None


def live_appointment(appointment: Appointment | None, seconds: int) -> Appointment | None:
    """Return the appointment if it is booked and yet to come."""
    booked = _booked(appointment)
    return booked if booked is not None and booked.start > moment(seconds) else None


TELLS: Final[Mapping[Purpose, Tell]] = {"appointment": _tell_appointment}
