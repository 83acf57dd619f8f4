"""The menu and the commands: everything that a person can ask for at any time."""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from core.conversation.context import (
    Step,
    TurnContext,
    ask_current,
    current_question,
    drop_visit,
    enter,
    idle,
    request_effect,
    show_menu,
    visit_in_progress,
)
from core.conversation.handover.commands import end_links, hear_code, hear_web
from core.conversation.handover.taking import refuse
from core.conversation.keywords import choices
from core.conversation.register import form
from core.conversation.register.letter import begin_registration
from core.conversation.session import Session
from core.conversation.visit import flow
from core.conversation.visit.steps import visit_of
from core.fields.choice import parse_choice
from core.messages import Prompt
from core.registration.requests import Opt


def open_conversation(context: TurnContext, session: Session) -> Step:
    """Answer a first message, whatever it says: resume what is half done, or show the menu."""
    if (visit := flow.offer_resume(context, session)) is not None:
        return visit
    session = drop_visit(session)
    return form.offer_resume(context, session) if session.answers else show_menu(context, session)


def choose(context: TurnContext, session: Session, text: str) -> Step:
    """Take a choice from the menu."""
    return run_command(context, session, parse_choice(text, context.keywords.menu))


def run_command(context: TurnContext, session: Session, command: str) -> Step:
    """Carry out a command of the menu or of a word: a key of `_COMMANDS`, or `language:en`."""
    name, _, language = command.partition(":")
    if language:
        return switch_language(context, session, language)
    return _COMMANDS[name](context, session)


def switch_language(context: TurnContext, session: Session, language: str) -> Step:
    """Change the language, and repeat the current question in it."""
    session = replace(session, language=language if language in context.languages else "")
    if session.stage in ("start", "menu", "choosing_language"):
        return show_menu(context, session)
    return ask_current(context, session)


def choose_language(context: TurnContext, session: Session, text: str) -> Step:
    """Take a choice from the list of languages."""
    chosen = parse_choice(text, choices(*((code,) for code in context.languages)))
    return switch_language(context, session, chosen)


def _help(context: TurnContext, session: Session) -> Step:
    return Step(session, (Prompt("help"), *current_question(context, session)))


def _cancel(context: TurnContext, session: Session) -> Step:
    if session.stage == "confirming_handover":
        return refuse(session)
    if visit_in_progress(session) and visit_of(session).purpose == "appointment":
        return Step(replace(idle(session), visit=None), (Prompt("visit_dropped"),), ends=True)
    return flow.cancel_form(context, session)


def _opt(context: TurnContext, session: Session, *, out: bool) -> Step:
    """Opt out, or back in; by a letter only once its writer answers one of ours."""
    if context.inbound.address.forgeable and not session.vouched:
        confirm = Prompt("letter_confirm_stop" if out else "letter_confirm_start")
        return Step(idle(session), (confirm,), ends=True)
    return request_effect(idle(session), Opt(context.inbound.address, out=out, at=context.at))


def _other_language(context: TurnContext, session: Session) -> Step:
    others = [code for code in context.languages if code != context.language(session)]
    if len(others) == 1:
        return switch_language(context, session, others[0])
    choosing = enter(session, "choosing_language")
    return Step(choosing, current_question(context, choosing))


_COMMANDS: dict[str, Callable[[TurnContext, Session], Step]] = {
    "menu": show_menu,
    "register": begin_registration,
    "status": flow.show_status,
    "appointment": partial(flow.begin, purpose="appointment"),
    "correct": partial(flow.begin, purpose="correct"),
    "leave": partial(flow.begin, purpose="leave"),
    "looks": partial(flow.begin, purpose="looks"),
    "code": hear_code,
    "web": hear_web,
    "unlink": end_links,
    "help": _help,
    "cancel": _cancel,
    "stop": partial(_opt, out=True),
    "start": partial(_opt, out=False),
    "language": _other_language,
}
