"""The menu and the commands: everything that a person can ask for besides answering."""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from core.conversation.context import (
    Step,
    Talk,
    ask_current,
    begun,
    current,
    let_go,
    misunderstand,
    rest,
    show_menu,
)
from core.conversation.keywords import choices
from core.conversation.register.form import offer
from core.conversation.register.letter import begin_here
from core.conversation.session import Session
from core.conversation.visit import flow as visiting
from core.conversation.visit.steps import visit_of
from core.fields.choice import parse_choice
from core.fields.invalid import InvalidError
from core.messages import Prompt
from core.registration.requests import Opt


def open_(talk: Talk, session: Session) -> Step:
    """Answer a first message, whatever it says: the menu, or what was left half done."""
    if (visit := visiting.offer(talk, session)) is not None:
        return visit
    idle = let_go(session)
    return offer(talk, idle) if idle.answers else show_menu(talk, idle)


def choose(talk: Talk, session: Session, text: str) -> Step:
    """Take a choice from the menu."""
    try:
        return obey(talk, session, parse_choice(text, talk.keywords.menu))
    except InvalidError as error:
        return misunderstand(talk, session, error)


def obey(talk: Talk, session: Session, command: str) -> Step:
    """Do what was asked for, by its number in the menu or by its word."""
    name, _, language = command.partition(":")
    return speak(talk, session, language) if language else _COMMANDS[name](talk, session)


def speak(talk: Talk, session: Session, language: str) -> Step:
    """Change the language, and say again what was said last."""
    spoken = replace(session, language=language if language in talk.languages else "")
    if spoken.stage in ("start", "menu", "choosing_language"):
        return show_menu(talk, spoken)
    return ask_current(talk, spoken)


def choose_language(talk: Talk, session: Session, text: str) -> Step:
    """Take a choice from the list of languages."""
    try:
        chosen = parse_choice(text, choices(*((code,) for code in talk.languages)))
    except InvalidError as error:
        return misunderstand(talk, session, error)
    return speak(talk, session, chosen)


def _help(talk: Talk, session: Session) -> Step:
    return Step(session, (Prompt("help"), *current(talk, session)))


def _cancel(talk: Talk, session: Session) -> Step:
    if begun(session) and visit_of(session).purpose == "appointment":
        dropped = replace(rest(session), visit=None)
        return Step(dropped, (Prompt("visit_dropped"),), ends=True)
    return visiting.drop(talk, session)


def _opt(talk: Talk, session: Session, *, out: bool) -> Step:
    wish = Opt(talk.inbound.address, out=out, at=talk.at)
    return Step(replace(rest(session), pending=wish))


def _other_language(talk: Talk, session: Session) -> Step:
    others = [code for code in talk.languages if code != talk.language(session)]
    if len(others) == 1:
        return speak(talk, session, others[0])
    choosing = replace(session, stage="choosing_language", question="", wrong=0)
    return Step(choosing, current(talk, choosing))


_COMMANDS: dict[str, Callable[[Talk, Session], Step]] = {
    "menu": show_menu,
    "register": begin_here,
    "status": visiting.look,
    "appointment": partial(visiting.begin, purpose="appointment"),
    "help": _help,
    "cancel": _cancel,
    "stop": partial(_opt, out=True),
    "start": partial(_opt, out=False),
    "language": _other_language,
}
