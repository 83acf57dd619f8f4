"""A visit about a status or an appointment: begin, answer, go back, resume.

Only the newer of a visit and a half-filled form continues: returning to the form drops the visit,
and a visit leaves the form for later. A visit holds no seat. Whatever it shows is looked up again,
except the answers to its last questions.
"""

from msgspec.structs import replace

from core.appointments.requests import Purpose
from core.conversation.context import (
    VISIT_RESUMPTION,
    Step,
    TurnContext,
    ask_current,
    drop_form,
    drop_visit,
    enter,
    idle,
    proof_of,
    visit_in_progress,
)
from core.conversation.session import Session, Visit
from core.conversation.visit.stages import STAGES, VisitStage
from core.conversation.visit.steps import (
    ask_again,
    find_facilities,
    find_first,
    look_up,
    visit_of,
)
from core.conversation.visit_questions import visit_question
from core.fields.choice import parse_choice
from core.messages import Location, Prompt

PLACE_DIGITS = 4  # decimals of a degree that are stored: about ten metres


def begin(context: TurnContext, session: Session, purpose: Purpose, number: str = "") -> Step:
    """Look up what is on file. A proof stays valid, but not for another number than its own."""
    before = visit_of(session)
    visit = Visit(purpose=purpose, number=number)
    if before.proven_until > context.at and number in ("", before.number):
        visit = replace(proof_of(before), purpose=purpose)
    session = replace(idle(session), visit=visit)
    return look_up(context.campaign, session, context.inbound.address, purpose, context.at)


def show_status(context: TurnContext, session: Session) -> Step:
    """Look up the status; a visit and a form stay."""
    return look_up(context.campaign, idle(session), context.inbound.address, "status", context.at)


def cancel_form(context: TurnContext, session: Session) -> Step:
    """Drop the form, and look up what stays registered: only an officer ends a registration."""
    filling = bool(session.answers) or session.stage == "asking"
    purpose: Purpose = "dropped" if filling else "nothing_dropped"
    session = drop_form(drop_visit(session))
    return look_up(context.campaign, session, context.inbound.address, purpose, context.at)


def answer(stage: VisitStage, context: TurnContext, session: Session, text: str) -> Step:
    """Take an answer at `stage`; if the person's proof has expired meanwhile, begin again instead.

    If another release asked the question, and it cannot be made here, it is asked anew.
    """
    visit = visit_of(session)
    if visit.proven_until and visit.proven_until <= context.at:
        return begin(context, session, visit.purpose, visit.number)
    if not visit_question(visit):
        return stage.refresh(context, session)
    return stage.answer(context, session, text)


def use_location(context: TurnContext, session: Session, place: Location) -> Step:
    """Store the location; where a facility is being chosen, search near it."""
    near = Location(round(place.latitude, PLACE_DIGITS), round(place.longitude, PLACE_DIGITS))
    session = replace(session, near=near)
    if session.stage == "offered_seat":
        return find_first(session, context.at)
    if session.stage in ("choosing_facility", "choosing_slot", "choosing_standby"):
        return find_facilities(session, context.at)
    return ask_current(context, session, Prompt("location_kept"))


def offer_resume(context: TurnContext, session: Session) -> Step | None:
    """Offer to resume the visit; None if there is none worth resuming."""
    if not visit_in_progress(session):
        return None
    visit, limits = visit_of(session), context.campaign.limits
    if visit.stage == "proving_code" and context.at - session.at <= limits.resume_after_seconds:
        return ask_again(replace(session, wrong=0))  # to read it, they had to hang up
    unanswered = visit.stage == "screening" and not visit.screening
    if unanswered or visit.stage not in STAGES or not STAGES[visit.stage].resumable:
        return None
    return Step(enter(session, "resuming"), (VISIT_RESUMPTION,))


def resume(context: TurnContext, session: Session, text: str) -> Step:
    """Continue the visit, or begin it again."""
    chosen = parse_choice(text, context.keywords.resume)
    visit = visit_of(session)
    if 0 < visit.proven_until <= context.at:
        return begin(context, session, visit.purpose, visit.number)
    if chosen != "continue":
        return begin(context, session, visit.purpose)
    return STAGES[visit.stage].refresh(context, replace(session, wrong=0))
