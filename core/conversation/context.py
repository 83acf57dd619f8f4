"""What every function of the conversation takes and returns, and the steps that they share."""

from collections.abc import Mapping
from datetime import UTC, date
from functools import cache
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from core.campaign import Campaign
from core.conversation.consent import Consents
from core.conversation.effects import Effect
from core.conversation.form_questions import (
    CONSENT,
    FULL_NAME,
    NIK,
    PHONE,
    PROFESSION,
    Form,
    changeable,
)
from core.conversation.keywords import Keywords
from core.conversation.session import Session, Stage, Visit
from core.conversation.visit_questions import visit_question
from core.fields.choice import fold
from core.fields.invalid import InvalidError
from core.fields.nik import parse_nik
from core.messages import Inbound, Prompt
from core.registration.intent import Consent

WRONG_MAX = 3  # useless answers in a row; from this one on, each is followed by an offer of help

VISIT_RESUMPTION = Prompt("resume_visit", choices=("continue", "start_again"))


class Step(NamedTuple):
    """The new session and what to say: page `page` of it. A USSD session `ends` with it."""

    session: Session
    prompts: tuple[Prompt, ...] = ()
    ends: bool = False
    page: int = 0


class TurnContext(msgspec.Struct, frozen=True):
    """One message, and what it is read with. `at` is in seconds since 1970."""

    campaign: Campaign
    languages: tuple[str, ...]
    keywords: Keywords
    form: Form
    inbound: Inbound
    at: int
    consents: Consents = Consents()

    @property
    def today(self) -> date:
        """The UTC date on which the message came; no birth date may be later."""
        return self.inbound.received_at.astimezone(UTC).date()

    def language(self, session: Session) -> str:
        """Return the language that the person chose, or the campaign's."""
        return session.language if session.language in self.languages else self.campaign.language


def consent_to(context: TurnContext, session: Session, key: str) -> Consent:
    """Return the consent that this message gives to what the prompt `key` says."""
    shown = (key, context.inbound.channel, context.language(session))
    return context.consents.shown.get(shown) or Consent()


def idle(session: Session) -> Session:
    """Return the session at rest: the next message opens the conversation, the form stays."""
    return enter(session, "start")


def enter(session: Session, stage: Stage) -> Session:
    """Return the session at the beginning of a stage that asks no question of the form."""
    return replace(session, stage=stage, question="", wrong=0)


def visit_in_progress(session: Session) -> bool:
    """Return True while a visit is going on; it is always newer than a half-filled form."""
    return session.visit is not None and session.visit.stage != "start"


def read_answer(context: TurnContext, session: Session, text: str) -> str:
    """Return an answer without the words around it; a name stays as it is written."""
    as_is = text.isdecimal() or (asks_name(session) and (text.isascii() or fold(text) != ""))
    return text if as_is else context.keywords.without_courtesies(text)


def asks_name(session: Session) -> bool:
    """Return True while a name is asked for: whatever is written may be one."""
    if session.stage == "asking":
        return session.question == FULL_NAME
    visit = session.visit if session.stage == "giving_change" else None
    return visit is not None and visit.field == FULL_NAME


def request_effect(session: Session, effect: Effect) -> Step:
    """Make the effect pending; what to say depends on its result."""
    return Step(replace(session, pending=effect))


def drop_visit(session: Session) -> Session:
    """Return the session without its visit; what a code has proven stays."""
    visit = session.visit
    if visit is None:
        return session
    return replace(session, visit=proof_of(visit) if visit.proven_until else None)


def proof_of(visit: Visit) -> Visit:
    """Return a visit of which nothing is left but what a code has proven."""
    return Visit(number=visit.number, proven_until=visit.proven_until, token=visit.token)


def drop_form(session: Session) -> Session:
    """Return the session at rest, with no form."""
    return replace(idle(session), answers={}, reached=0)


def show_menu(context: TurnContext, session: Session) -> Step:
    """Show the menu; a half-filled form stays."""
    return Step(enter(session, "menu"), (menu(context, session),))


def menu(context: TurnContext, session: Session) -> Prompt:
    """Return the menu. With two languages it names the other one; with more it offers a list."""
    return _menu(context.languages, context.language(session))


@cache
def _menu(languages: tuple[str, ...], language: str) -> Prompt:
    others = [code for code in languages if code != language]
    last = f"language:{others[0]}" if len(others) == 1 else "menu_languages"
    return Prompt("menu", choices=("menu_register", "menu_status", "menu_appointment", last))


def misunderstand(context: TurnContext, session: Session, error: InvalidError) -> Step:
    """Say why the answer cannot be used, and ask again."""
    again, reasons = count_wrong(session, Prompt(error.code, error.facts))
    return Step(again, (*reasons, *current_question(context, again)))


def count_wrong(session: Session, reason: Prompt) -> tuple[Session, tuple[Prompt, ...]]:
    """Return the session with one more useless answer; and the reason, then help if it is due."""
    wrong = session.wrong + 1
    help_ = (Prompt("help_hotline"),) if wrong >= WRONG_MAX else ()
    return replace(session, wrong=wrong), (reason, *help_)


def current_question(context: TurnContext, session: Session) -> tuple[Prompt, ...]:
    """Return the question that awaits an answer; nothing at the start."""
    match session.stage:
        case "asking":
            question = context.form.find(session.question)
            return (question.prompt,) if question else ()
        case "confirming":
            return confirmation_question(context, session)
        case "resuming":
            return (
                VISIT_RESUMPTION if visit_in_progress(session) else resumption(context, session),
            )
        case "choosing_language":
            choices = tuple(f"language:{code}" for code in context.languages)
            return (Prompt("choose_language", choices=choices),)
        case "menu":
            return (menu(context, session),)
        case "choosing_answer":
            choices = tuple(f"step_{key}" for key in changeable(context.form))
            return (Prompt("ask_which", choices=choices),)
        case "start":
            return ()
        case _:
            visit = session.visit
            return visit_question(visit, session.near) if visit is not None else ()


def ask_current(context: TurnContext, session: Session, *reasons: Prompt) -> Step:
    """Give the reasons and ask the current question again, or show the menu if there is none."""
    asked = Step(session, current_question(context, session))
    step = asked if asked.prompts else show_menu(context, session)
    return step._replace(prompts=(*reasons, *step.prompts))


def confirmation_question(context: TurnContext, session: Session) -> tuple[Prompt, ...]:
    """Return the filled form to confirm, after a warning if the NIK's region is unknown."""
    return confirmation(session.answers, context.today)


def confirmation(answers: Mapping[str, str], today: date) -> tuple[Prompt, ...]:
    """Return the same of these answers."""
    nik = parse_nik(answers[NIK], today=today)
    facts = {
        "nik": nik.value,
        "full_name": answers[FULL_NAME],
        "profession": f"@profession:{answers[PROFESSION]}",
    }
    consents = "" if answers[CONSENT] else "_consent"
    phone = {"phone": answers[PHONE]} if PHONE in answers else {}
    key = f"confirm{consents}{'_phone' if phone else ''}"
    warning = () if nik.region_known else (Prompt("nik_region_unknown"),)
    return (*warning, Prompt(key, facts | phone, ("yes", "change")))


def resumption(context: TurnContext, session: Session) -> Prompt:
    """Return the offer to continue a half-filled form, or to start again."""
    missing = context.form.missing(session.answers)
    step = missing[0].key if missing else "confirm"
    return Prompt("resume", {"step": f"@step_{step}"}, ("continue", "start_again"))
