"""The menu and the commands: everything that a person can ask for besides answering."""

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
    show_menu,
    visit_in_progress,
)
from core.conversation.keywords import choices
from core.conversation.register.form import offer_resume
from core.conversation.register.letter import begin_registration
from core.conversation.session import Session
from core.conversation.visit import flow
from core.conversation.visit.steps import visit_of
from core.fields.choice import parse_choice
from core.messages import Prompt
from core.registration.requests import Opt


def open_conversation(context: TurnContext, session: Session) -> Step:
    """Answer a first message, whatever it says: the menu, or what was left half done."""
    if (visit := flow.offer_resume(context, session)) is not None:
        return visit
    idle = drop_visit(session)
    return offer_resume(context, idle) if idle.answers else show_menu(context, idle)


def choose(context: TurnContext, session: Session, text: str) -> Step:
    """Take a choice from the menu."""
    return run_command(context, session, parse_choice(text, context.keywords.menu))


def run_command(context: TurnContext, session: Session, command: str) -> Step:
    """Do what was asked for, by its number in the menu or by its word."""
    name, _, language = command.partition(":")
    return (
        switch_language(context, session, language)
        if language
        else _COMMANDS[name](context, session)
    )


def switch_language(context: TurnContext, session: Session, language: str) -> Step:
    """Change the language, and say again what was said last."""
    spoken = replace(session, language=language if language in context.languages else "")
    if spoken.stage in ("start", "menu", "choosing_language"):
        return show_menu(context, spoken)
    return ask_current(context, spoken)


def choose_language(context: TurnContext, session: Session, text: str) -> Step:
    """Take a choice from the list of languages."""
    chosen = parse_choice(text, choices(*((code,) for code in context.languages)))
    return switch_language(context, session, chosen)


def _help(context: TurnContext, session: Session) -> Step:
    return Step(session, (Prompt("help"), *current_question(context, session)))


def _cancel(context: TurnContext, session: Session) -> Step:
    if visit_in_progress(session) and visit_of(session).purpose == "appointment":
        dropped = replace(idle(session), visit=None)
        return Step(dropped, (Prompt("visit_dropped"),), ends=True)
    return flow.cancel_form(context, session)


def _opt(context: TurnContext, session: Session, *, out: bool) -> Step:
    request = Opt(context.inbound.address, out=out, at=context.at)
    return Step(replace(idle(session), pending=request))


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
    "help": _help,
    "cancel": _cancel,
    "stop": partial(_opt, out=True),
    "start": partial(_opt, out=False),
    "language": _other_language,
}
