"""A visit about a status or an appointment: how it begins, goes on, goes back and is taken up.

Of a visit and a half-filled form only the newer one is gone on with: who goes back to the form
lets go of the visit, and a visit leaves the form for later. A visit holds no seat and, but for
the answers of its last questions, nothing that is not looked up again.
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
    visit_in_progress,
)
from core.conversation.session import Session, Visit
from core.conversation.visit.stages import STAGES
from core.conversation.visit.steps import (
    ask_again,
    find_facilities,
    look_up,
    visit_of,
)
from core.conversation.visit_questions import question
from core.fields.choice import parse_choice
from core.messages import Location, Prompt

PLACE_DIGITS = 4  # of a degree that are kept of a place: about ten metres


def begin(context: TurnContext, session: Session, purpose: Purpose, number: str = "") -> Step:
    """Look up what is on file; a number of another registration must be proven first."""
    before = visit_of(session)
    proven = before.proven_until > context.at and number in ("", before.number)
    visit = Visit(purpose=purpose, number=number)
    if proven:
        visit = replace(
            visit, number=before.number, proven_until=before.proven_until, token=before.token
        )
    fresh = replace(idle(session), visit=visit)
    return look_up(context.campaign, fresh, context.inbound.address, purpose, context.at)


def show_status(context: TurnContext, session: Session) -> Step:
    """Look up the status, in the midst of anything else."""
    return look_up(context.campaign, idle(session), context.inbound.address, "status", context.at)


def cancel_form(context: TurnContext, session: Session) -> Step:
    """Drop the form, and look up what stays: only an officer ends a registration."""
    filling = bool(session.answers) or session.stage == "asking"
    purpose: Purpose = "dropped" if filling else "nothing_dropped"
    left = drop_form(drop_visit(session))
    return look_up(context.campaign, left, context.inbound.address, purpose, context.at)


def answer(context: TurnContext, session: Session, text: str) -> Step:
    """Take an answer, unless the proof of who gives it has run out meanwhile.

    An answer to what another release asked is not taken, where what it stands for is not known.
    """
    visit, stage = visit_of(session), STAGES[session.stage]
    if visit.proven_until and visit.proven_until <= context.at:
        return begin(context, session, visit.purpose, visit.number)
    return (
        stage.answer(context, session, text)
        if question(visit)
        else stage.refresh(context, session)
    )


def go_back(context: TurnContext, session: Session) -> Step:
    """Ask what was asked before, with the list as it is now; before the first stands the menu."""
    return STAGES[session.stage].back(context, session)


def use_location(context: TurnContext, session: Session, place: Location) -> Step:
    """Keep the place; where a facility is asked for, it is an answer."""
    near = Location(round(place.latitude, PLACE_DIGITS), round(place.longitude, PLACE_DIGITS))
    kept = replace(session, near=near)
    if session.stage in ("choosing_facility", "choosing_slot"):
        return find_facilities(kept, context.at)
    return ask_current(context, kept, Prompt("location_kept"))


def offer_resume(context: TurnContext, session: Session) -> Step | None:
    """Offer to go on with a visit; None where there is none that is worth it."""
    if not visit_in_progress(session):
        return None
    visit, limits = visit_of(session), context.campaign.limits
    if visit.stage == "proving_code" and context.at - session.at <= limits.resume_after_seconds:
        return ask_again(replace(session, wrong=0))  # they had to hang up to read it
    said_nothing = visit.stage == "screening" and not visit.screening
    if said_nothing or not STAGES[visit.stage].resumable:
        return None
    return Step(enter(session, "resuming"), (VISIT_RESUMPTION,))


def resume(context: TurnContext, session: Session, text: str) -> Step:
    """Go on with the visit, or begin it again."""
    chosen = parse_choice(text, context.keywords.resume)
    visit = visit_of(session)
    if 0 < visit.proven_until <= context.at:
        return begin(context, session, visit.purpose, visit.number)
    if chosen != "continue":
        return begin(context, session, visit.purpose)
    return STAGES[visit.stage].refresh(context, replace(session, wrong=0))
