"""Ask the campaign's questions about health, at once or one by one, before anything is booked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from core.appointments.requests import Screen
from core.appointments.screening import judge_answers
from core.campaign import Campaign, Screening, ScreeningQuestion
from core.conversation.context import Step, TurnContext, request_effect
from core.conversation.options import PhraseOption, Site
from core.conversation.session import Session, Visit
from core.conversation.visit.steps import (
    ask,
    effect_key,
    end,
    find_first,
    offered,
    today,
    visit_of,
)
from core.fields.choice import parse_choice
from core.messages import Prompt
from core.wording.gsm7 import SEGMENT_SEPTETS, septets, to_gsm7

HEAD_SEPTETS_MAX: Final = 30  # of the heading and "1 none of these" above the lines of one screen
NONE: Final = PhraseOption("none_of_these")
_OF_LIST: Final = "health:"


def begin_booking(campaign: Campaign, session: Session, visit: Visit, seconds: int) -> Step:
    """Ask about health; if earlier answers still hold, offer a seat, or say what they wait for."""
    if visit.waits:
        return end(session, Prompt("screening_waits"))
    fresh = replace(visit, screening={}, name="", place=Site(), start="")
    if visit.screened or not _questions(campaign, fresh):
        return find_first(replace(session, visit=fresh), seconds)
    return _ask_first(campaign, session, fresh)


def answer_screening(context: TurnContext, session: Session, text: str) -> Step:
    """Take one answer, or all at once; after the last, request that all are recorded."""
    visit = visit_of(session)
    if not visit.question:
        return _answer_all(context, session, text)
    asked = _next_question(context.campaign, visit)
    if asked is None or asked.code != visit.question:  # the campaign has changed its questions
        return ask_next(context, session)
    answer = parse_choice(text, context.keywords.health)
    answered = replace(visit, screening={**visit.screening, asked.code: answer})
    following = _next_question(context.campaign, answered)
    if following is not None:
        return _ask(session, answered, following)
    return _record(context, session, answered)


def _answer_all(context: TurnContext, session: Session, text: str) -> Step:
    visit = visit_of(session)
    codes = [one.key.removeprefix(_OF_LIST) for one in offered(visit, PhraseOption)[1:]]
    if codes != [one.code for one in _questions(context.campaign, visit)]:
        return ask_next(context, session)  # the campaign has changed its questions
    named = context.keywords.conditions(text, codes)
    answers = {code: "yes" if code in named else "no" for code in codes}
    return _record(context, session, replace(visit, screening=answers))


def ask_next(context: TurnContext, session: Session) -> Step:
    """Ask what has no answer yet; if nothing is left, begin again."""
    visit = visit_of(session)
    following = _next_question(context.campaign, visit)
    if following is None:
        return begin_booking(context.campaign, session, visit, context.at)
    if not visit.screening:
        return _ask_first(context.campaign, session, visit)
    return _ask(session, visit, following)


def ask_before(session: Session, campaign: Campaign) -> Step | None:
    """Ask the last answered question again, or all at once; None if no question was answered."""
    visit = visit_of(session)
    answered = [one for one in campaign.screening.questions if one.code in visit.screening]
    if not answered:
        return None
    if not visit.question:
        return _ask_first(campaign, session, replace(visit, screening={}))
    kept = {question.code: visit.screening[question.code] for question in answered[:-1]}
    return _ask(session, replace(visit, screening=kept), answered[-1])


def after_screening(session: Session, request: Screen) -> Step:
    """Offer a seat, or say why nothing can be booked yet."""
    if request.outcome == "proceed":
        return find_first(session, request.at)
    prompts = [Prompt("screening_ask_site")] if request.outcome == "ask_site" else []
    if request.until:
        prompts.append(Prompt("screening_postpone", {"date": f"@date:{request.until}"}))
    return end(session, *prompts)


def asked_of(screening: Screening, sex: str) -> Sequence[ScreeningQuestion]:
    """Return the questions without those for the other sex; "" is unknown."""
    return [one for one in screening.questions if not sex or one.sex in (None, sex)]


def is_one_screen(questions: Sequence[ScreeningQuestion], language: str) -> bool:
    """Return True if the questions can be asked at once: their lines fit the short form."""
    lines = [one.short.get(language, "") for one in questions]
    if len(lines) <= 1 or not all(lines):
        return False
    numbered = (f"\n{number} {line}" for number, line in enumerate(lines, 2))
    return HEAD_SEPTETS_MAX + septets(to_gsm7("".join(numbered))) <= SEGMENT_SEPTETS


def _ask_first(campaign: Campaign, session: Session, visit: Visit) -> Step:
    questions = _questions(campaign, visit)
    if not is_one_screen(questions, session.language or campaign.language):
        return _ask(session, visit, questions[0])
    lines = (PhraseOption(f"{_OF_LIST}{one.code}") for one in questions)
    return ask(session, replace(visit, question=""), "screening", (NONE, *lines))


def _ask(session: Session, visit: Visit, question: ScreeningQuestion) -> Step:
    return ask(session, replace(visit, question=question.code), "screening")


def _questions(campaign: Campaign, visit: Visit) -> Sequence[ScreeningQuestion]:
    return asked_of(campaign.screening, visit.sex)


def _next_question(campaign: Campaign, visit: Visit) -> ScreeningQuestion | None:
    """Return the first question without an answer."""
    left = (one for one in _questions(campaign, visit) if one.code not in visit.screening)
    return next(left, None)


def _record(context: TurnContext, session: Session, answered: Visit) -> Step:
    """Request that the answers are recorded, with what they come to."""
    screening = context.campaign.screening
    outcome, days = judge_answers(screening, answered.screening)
    until = today(context.at) + timedelta(days=days)
    request = Screen(
        key=effect_key(context, "screen"),
        number=answered.number,
        version=screening.version,
        answers=answered.screening,
        outcome=outcome,
        until=until.isoformat() if days else "",
        at=context.at,
    )
    return request_effect(replace(session, visit=answered), request)
