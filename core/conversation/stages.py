"""What each stage of the conversation does with what was typed."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from core.conversation import menu
from core.conversation.context import (
    Step,
    TurnContext,
    ask_current,
    asks_name,
    idle,
    misunderstand,
    read_answer,
    show_menu,
    visit_in_progress,
)
from core.conversation.hearing import (
    greet,
    hear_beside,
    hear_command,
    hear_first,
    may_be_late,
)
from core.conversation.keywords import BACK, MENU, NEXT, TEXT_LENGTH_MAX, find_code
from core.conversation.own.appeal import hear_letter
from core.conversation.own.stages import STAGES as VISIT_STAGES
from core.conversation.register import form
from core.conversation.register.filled import take_filled, take_page
from core.conversation.register.letter import rejection
from core.conversation.register.notice import hear_notice
from core.conversation.session import Session, Stage
from core.conversation.visit import flow
from core.conversation.visit.standby import hear_offer
from core.fields.choice import plain
from core.fields.invalid import InvalidError


class _Stage(NamedTuple):
    """One row: `answer` takes what was typed, or raises InvalidError; `back` answers "0"."""

    answer: Callable[[TurnContext, Session, str], Step]
    back: Callable[[TurnContext, Session], Step]


def take_text(context: TurnContext, session: Session, text: str, *, opens: bool) -> Step:
    """Take what was typed: a key, a command, the answer to a question, or words beside it."""
    greeting, text = context.keywords.greet(plain(text), of_name=asks_name(session))
    text = read_answer(context, session, text) if text else text
    if text.strip() == NEXT and session.channel == context.inbound.channel.value:
        return _next_page(context, session)  # of an answer that ended, too
    if len(text) > TEXT_LENGTH_MAX:
        return misunderstand(context, session, InvalidError("text_too_long"))
    if greeting and not text:
        opened = menu.open_conversation if opens else ask_current
        return greet(opened(context, session), greeting)
    command = None if text.isdecimal() else hear_command(context, session, text)
    if command is not None:
        return greet(command, greeting)
    is_code = session.stage == "proving_code" and find_code(text)
    answer = _open if opens and not is_code else respond
    step = answer(context, session, text)
    # What was left long ago is at rest, unless the text is a late answer to its question.
    left = idle(session) if opens and step.session.stage in ("menu", "resuming") else session
    heard = hear_notice(context, left, text, step)
    return greet(hear_offer(context, left, text, heard), greeting)


def take_labelled(context: TurnContext, session: Session) -> Step:
    """Take the new value of what is being changed, a page of our form, or a whole form."""
    answers, visit = context.inbound.answers, session.visit
    if session.stage == "giving_change" and visit is not None and visit.field in answers:
        return respond(context, session, answers[visit.field])
    whole = context.inbound.opens is not False
    return take_filled(context, session) if whole else take_page(context, session)


def take_confirming(context: TurnContext, session: Session) -> Step:
    """Take a letter or a page: a command, an inquiry, an answer, or a whole registration."""
    inbound = context.inbound
    if (reason := rejection(inbound)) is not None:
        return Step(session, (reason,))
    text = read_answer(context, session, inbound.text)
    if text and (context.keywords.command(text) or context.keywords.inquiry(text)):
        return take_text(context, session, inbound.text, opens=False)
    if session.stage in VISIT_STAGES and not inbound.answers:  # letters may be days apart
        return respond(context, session, text)
    if not inbound.answers and context.keywords.asks_status(text):
        return flow.show_status(context, session)
    return hear_letter(context, session)


def _open(context: TurnContext, session: Session, text: str) -> Step:
    """Take a late answer to the last question; anything else opens the conversation."""
    if may_be_late(context, session, text) and text.strip() not in _KEYS:
        with suppress(InvalidError):
            return _answer(context, session, text)
    return hear_first(context, session, text)


def respond(context: TurnContext, session: Session, text: str) -> Step:
    """Take a key, or the answer to what was asked; say what was wrong with any other text."""
    if (press := _KEYS.get(text.strip())) is not None:
        return press(context, session)
    try:
        return _answer(context, session, text)
    except InvalidError as error:
        return misunderstand(context, session, error)


def _answer(context: TurnContext, session: Session, text: str) -> Step:
    """Take the answer to what was asked, or what is said beside it; or raise InvalidError."""
    try:
        return _STAGES[session.stage].answer(context, session, text)
    except InvalidError:
        if (step := hear_beside(context, session, text)) is None:
            raise
        return step


def _next_page(context: TurnContext, session: Session) -> Step:
    said = [one.reply for one in session.replies if one.message == session.message]
    if not said:
        return menu.open_conversation(context, session)
    return Step(session, said[-1].prompts, said[-1].ends, said[-1].page + 1)


def _go_back(context: TurnContext, session: Session) -> Step:
    return _STAGES[session.stage].back(context, session)


def _resume(context: TurnContext, session: Session, text: str) -> Step:
    if visit_in_progress(session):
        return flow.resume(context, session, text)
    return form.resume(context, session, text)


_KEYS: dict[str, Callable[[TurnContext, Session], Step]] = {
    NEXT: _next_page,
    MENU: show_menu,
    BACK: _go_back,
}
_STAGES: dict[Stage, _Stage] = {
    "start": _Stage(
        lambda context, session, _: menu.open_conversation(context, session), show_menu
    ),
    "menu": _Stage(menu.choose, show_menu),
    "asking": _Stage(form.answer, form.go_back),
    "confirming": _Stage(form.confirm, form.go_back),
    "choosing_answer": _Stage(form.choose_answer, form.keep_answers),
    "resuming": _Stage(_resume, show_menu),
    "choosing_language": _Stage(menu.choose_language, show_menu),
    **{stage: _Stage(partial(flow.answer, row), row.back) for stage, row in VISIT_STAGES.items()},
}
