"""Ask the campaign's questions about health, one by one, before anything is booked."""

from datetime import timedelta

from msgspec.structs import replace

from core.appointments.requests import Screen
from core.appointments.screening import judge_answers
from core.campaign import Campaign, ScreeningQuestion
from core.conversation.context import Step, TurnContext, request_effect
from core.conversation.options import Site
from core.conversation.session import Session, Visit
from core.conversation.visit.steps import (
    ask,
    effect_key,
    end,
    find_facilities,
    today,
    visit_of,
)
from core.fields.choice import parse_choice
from core.messages import Prompt


def begin_booking(campaign: Campaign, session: Session, visit: Visit, seconds: int) -> Step:
    """Ask the first question; if earlier answers still hold, ask for a facility."""
    fresh = replace(visit, screening={}, name="", place=Site(), start="")
    first = _next_question(campaign, fresh)
    if visit.screened or first is None:
        return find_facilities(replace(session, visit=fresh), seconds)
    return _ask(session, fresh, first)


def answer_screening(context: TurnContext, session: Session, text: str) -> Step:
    """Take one answer; after the last, request that all are recorded."""
    visit = visit_of(session)
    asked = _next_question(context.campaign, visit)
    if asked is None or asked.code != visit.question:  # the campaign has changed its questions
        return ask_next(context, session)
    answer = parse_choice(text, context.keywords.yes_no)
    answered = replace(visit, screening={**visit.screening, asked.code: answer})
    following = _next_question(context.campaign, answered)
    if following is not None:
        return _ask(session, answered, following)
    return request_effect(replace(session, visit=answered), _screen(context, answered))


def ask_next(context: TurnContext, session: Session) -> Step:
    """Ask the first question without an answer; if there is none, begin again."""
    visit = visit_of(session)
    following = _next_question(context.campaign, visit)
    if following is None:
        return begin_booking(context.campaign, session, visit, context.at)
    return _ask(session, visit, following)


def ask_before(session: Session, campaign: Campaign) -> Step | None:
    """Ask the last answered question again; None if no question was answered."""
    visit = visit_of(session)
    questions = campaign.screening.questions
    answered = [question for question in questions if question.code in visit.screening]
    if not answered:
        return None
    kept = {question.code: visit.screening[question.code] for question in answered[:-1]}
    return _ask(session, replace(visit, screening=kept), answered[-1])


def after_screening(session: Session, request: Screen) -> Step:
    """Ask for a facility, or say why nothing can be booked yet."""
    if request.outcome == "proceed":
        return find_facilities(session, request.at)
    prompts = [Prompt("screening_ask_site")] if request.outcome == "ask_site" else []
    if request.until:
        prompts.append(Prompt("screening_postpone", {"date": f"@date:{request.until}"}))
    return end(session, *prompts)


def _ask(session: Session, visit: Visit, question: ScreeningQuestion) -> Step:
    return ask(session, replace(visit, question=question.code), "screening")


def _next_question(campaign: Campaign, visit: Visit) -> ScreeningQuestion | None:
    """Return the first question without an answer, skipping those for the other sex."""
    left = (one for one in campaign.screening.questions if one.code not in visit.screening)
    return next((one for one in left if not visit.sex or one.sex in (None, visit.sex)), None)


def _screen(context: TurnContext, visit: Visit) -> Screen:
    screening = context.campaign.screening
    outcome, days = judge_answers(screening, visit.screening)
    until = today(context.at) + timedelta(days=days)
    return Screen(
        key=effect_key(context, "screen"),
        number=visit.number,
        version=screening.version,
        answers=visit.screening,
        outcome=outcome,
        until=until.isoformat() if days else "",
        at=context.at,
    )
