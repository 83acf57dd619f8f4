"""A visit about a status or an appointment: how it begins, goes on, goes back and is taken up.

Of a visit and a half-filled form only the newer one is gone on with: who goes back to the form
lets go of the visit, and a visit leaves the form for later. A visit holds no seat and, but for
the answers of its last questions, nothing that is not looked up again.
"""

from collections.abc import Callable

from msgspec.structs import replace

from core.appointments.requests import Purpose
from core.conversation.context import (
    VISIT_RESUMPTION,
    Step,
    Talk,
    begun,
    current,
    drop_form,
    let_go,
    misunderstand,
    rest,
    show_menu,
)
from core.conversation.keywords import RESUME_CHOICES
from core.conversation.session import Session, Stage, Visit
from core.conversation.visit import appointment as changing
from core.conversation.visit import booking, screening
from core.conversation.visit import proof as proving
from core.conversation.visit.steps import (
    ask_again,
    find_dates,
    find_facilities,
    find_times,
    look_up,
    look_up_again,
    pick,
    visit_of,
)
from core.fields.choice import parse_choice
from core.fields.invalid import InvalidError
from core.messages import Location, Prompt

PLACE_DIGITS = 4  # of a degree that are kept of a place: about ten metres

_WORTH_RESUMING = frozenset(
    {
        *("screening", "choosing_facility", "choosing_date", "choosing_time"),
        *("choosing_slot", "confirming_booking"),
    }
)


def begin(talk: Talk, session: Session, purpose: Purpose, number: str = "") -> Step:
    """Look up what is on file; a number of another registration must be proven first."""
    before = visit_of(session)
    proven = before.proven_until > talk.at and number in ("", before.number)
    visit = Visit(purpose=purpose, number=number)
    if proven:
        visit = replace(
            visit, number=before.number, proven_until=before.proven_until, token=before.token
        )
    fresh = replace(rest(session), visit=visit)
    return look_up(talk.campaign, fresh, talk.inbound.address, purpose, talk.at)


def look(talk: Talk, session: Session) -> Step:
    """Look up the status, in the midst of anything else."""
    return look_up(talk.campaign, rest(session), talk.inbound.address, "status", talk.at)


def drop(talk: Talk, session: Session) -> Step:
    """Drop the form, and look up what stays: only an officer ends a registration."""
    filling = bool(session.answers) or session.stage == "asking"
    purpose: Purpose = "dropped" if filling else "nothing_dropped"
    left = drop_form(let_go(session))
    return look_up(talk.campaign, left, talk.inbound.address, purpose, talk.at)


def take(talk: Talk, session: Session, text: str) -> Step:
    """Take an answer, unless the proof of who gives it has run out meanwhile."""
    visit = visit_of(session)
    if visit.proven_until and visit.proven_until <= talk.at:
        return begin(talk, session, visit.purpose, visit.number)
    return STAGES[session.stage](talk, session, text)


def take_location(talk: Talk, session: Session, place: Location) -> Step:
    """Keep the place; where a facility is asked for, it is an answer."""
    near = Location(round(place.latitude, PLACE_DIGITS), round(place.longitude, PLACE_DIGITS))
    kept = replace(session, near=near)
    if session.stage in ("choosing_facility", "choosing_slot"):
        return find_facilities(kept, talk.at)
    asked = Step(kept, current(talk, kept))
    shown = asked if asked.prompts else show_menu(talk, kept)
    return shown._replace(prompts=(Prompt("location_kept"), *shown.prompts))


def offer(talk: Talk, session: Session) -> Step | None:
    """Offer to go on with a visit; None where there is none that is worth it."""
    if not begun(session):
        return None
    visit, limits = visit_of(session), talk.campaign.limits
    if visit.step == "proving_code" and talk.at - session.at <= limits.resume_after_seconds:
        return proving.reask_code(session)  # they had to hang up to read it
    said_nothing = visit.step == "screening" and not visit.screening
    if visit.step not in _WORTH_RESUMING or said_nothing:
        return None
    resuming = replace(session, stage="resuming", question="", wrong=0)
    return Step(resuming, (VISIT_RESUMPTION,))


def resume(talk: Talk, session: Session, text: str) -> Step:
    """Go on with the visit, or begin it again."""
    try:
        chosen = parse_choice(text, RESUME_CHOICES)
    except InvalidError as error:
        return misunderstand(talk, session, error)
    visit = visit_of(session)
    if 0 < visit.proven_until <= talk.at:
        return begin(talk, session, visit.purpose, visit.number)
    if chosen != "continue":
        return begin(talk, session, visit.purpose)
    return _go_on(talk, replace(session, wrong=0))


def go_back(talk: Talk, session: Session) -> Step:
    """Ask what was asked before, with the list as it is now; before the first stands the menu."""
    visit = visit_of(session)
    match session.stage:
        case "proving_code":
            return proving.ask_number(session, visit.purpose)
        case "confirming_cancel":
            return look_up_again(talk, session)
        case "choosing_facility" if visit.name:
            return find_facilities(session, talk.at)
        case "choosing_facility" | "screening":
            before = screening.ask_before(session, talk.campaign)
            return before or _before_booking(talk, session)
        case "choosing_date" | "choosing_slot":
            return find_facilities(session, talk.at, visit.name)
        case "choosing_time":
            return find_dates(talk.campaign, session, talk.at)
        case "confirming_booking":
            return find_times(talk.campaign, session, visit.start[:10], talk.at)
        case _:
            return _before_booking(talk, session)


def _before_booking(talk: Talk, session: Session) -> Step:
    visit = visit_of(session)
    if visit.changes:
        return look_up_again(talk, session, changes=False)
    if visit.several and session.stage != "choosing_person":
        return look_up_again(talk, session, number="")
    return show_menu(talk, let_go(session))


def _go_on(talk: Talk, session: Session) -> Step:
    visit = visit_of(session)
    match visit.step:
        case "choosing_facility" | "choosing_slot":
            return find_facilities(session, talk.at, visit.name)
        case "choosing_date":
            return find_dates(talk.campaign, session, talk.at)
        case "choosing_time":
            day = visit.asked.args.get("date", "").removeprefix("@date:") if visit.asked else ""
            return find_times(talk.campaign, session, day, talk.at)
        case _:
            return ask_again(session)


def _choose_person(talk: Talk, session: Session, text: str) -> Step:
    visit = visit_of(session)
    names = visit.asked.choices if visit.asked is not None else ()
    try:
        index = pick(text, [name.removeprefix("text:") for name in names])
    except InvalidError as error:
        return misunderstand(talk, session, error)
    return look_up_again(talk, session, number=visit.options[index])


STAGES: dict[Stage, Callable[[Talk, Session, str], Step]] = {
    "choosing_person": _choose_person,
    "screening": screening.answer_screening,
    "choosing_facility": booking.choose_facility,
    "choosing_date": booking.choose_date,
    "choosing_time": booking.choose_time,
    "choosing_slot": booking.choose_slot,
    "confirming_booking": booking.confirm,
    "appointed": changing.change_or_cancel,
    "confirming_cancel": changing.confirm_cancel,
    "telling_attendance": changing.answer_attendance,
    "proving_number": proving.answer_number,
    "proving_code": proving.answer_code,
}
