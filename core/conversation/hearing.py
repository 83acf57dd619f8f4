"""Hear what people write in their own words: first words, wishes, a NIK in a sentence, thanks.

The engine first tries a text as the answer to the question. Only what is no answer comes here.
Nothing is dropped silently: a person whom we do not understand is told so.
"""

from msgspec.structs import replace

from core.conversation.context import (
    Step,
    TurnContext,
    ask_current,
    asks_name,
    drop_form,
    request_effect,
)
from core.conversation.form_questions import NIK, PROFESSION, parse_answers
from core.conversation.handover.taking import read_code
from core.conversation.menu import open_conversation, run_command
from core.conversation.register import form
from core.conversation.register.filling import fill, fill_from_line
from core.conversation.register.person import read_person
from core.conversation.session import Session, Stage
from core.conversation.visit import flow
from core.messages import Prompt
from core.roster.requests import FindProfession

_REST: frozenset[Stage] = frozenset(("start", "menu"))
_FORM: frozenset[Stage] = frozenset(
    (*_REST, "asking", "confirming", "choosing_answer", "resuming")
)
# Whatever is written there may be the answer: of a sentence that comes late it is not taken.
_FREE: frozenset[Stage] = frozenset(("choosing_facility", "giving_change"))


def greet(step: Step, greeting: str) -> Step:
    """Return the step with a greeting for a greeting; the menu itself says hello."""
    if greeting in ("", "hello"):
        return step
    hello, pending = Prompt(f"greet_{greeting}"), step.session.pending
    if isinstance(pending, FindProfession):
        asking = replace(pending, otherwise=(hello, *pending.otherwise))
        return request_effect(step.session, asking)
    return step._replace(prompts=(hello, *step.prompts)) if step.prompts else step


def hear_command(context: TurnContext, session: Session, text: str) -> Step | None:
    """Carry out a command, which is heard at any time; None if the text is none."""
    keywords = context.keywords
    if (code := keywords.handover_code(text)) is not None and context.inbound.address.by_network:
        return read_code(context, session, code)
    names = asks_name(session)
    if not names and (rest := keywords.wishes.registering(text)):
        parts = keywords.one_line(text)
        given = {} if "#" in text else read_person(keywords, rest, registers=True)
        if given:
            return fill(context, drop_form(session), given)
        if parts is not None:
            return fill_from_line(context, session, parts)
    wish = keywords.wishes.named(text) if names else text
    if (word := keywords.command_at(session.stage, wish)) is not None:
        field = keywords.correction(wish) if word == "correct" else None
        if session.stage == "asking" and field in session.answers:
            return form.change(context, session, field)
        return run_command(context, session, word)
    if (asked := keywords.inquiry(text)) is not None:
        return flow.begin(context, session, asked.purpose, asked.number)
    return None


def hear_first(context: TurnContext, session: Session, text: str) -> Step:
    """Answer a text that opens the conversation: by what it tells, or with the menu."""
    if (step := hear_answers(context, session, text)) is not None:
        return step
    if (step := hear_number(context, session, text)) is not None:
        return step
    if session.stage == "start" and session.replies and context.keywords.is_thanks(text):
        return Step(session, (Prompt("welcome"),), ends=True)
    if (word := context.keywords.wishes.mentioned(text)) is not None:
        return run_command(context, session, word)
    opened = open_conversation(context, session)
    keywords = context.keywords
    known = keywords.wishes.is_nudge(text) and keywords.offer_answer(text) is None
    if known or opened.session.stage != "menu":
        return opened
    return opened._replace(prompts=(Prompt("not_understood"), *opened.prompts))


def hear_answers(context: TurnContext, session: Session, text: str) -> Step | None:
    """Fill the form with what the text tells of a person; None if it tells nothing new."""
    if session.stage not in _FORM:
        return None
    given = read_person(context.keywords, text)
    if not given:
        return None
    questions = [(one, given[one.key]) for one in context.form.questions if one.key in given]
    answers, errors = parse_answers(questions, context.today)
    if session.stage == "asking" and session.question in errors:
        raise errors[session.question]
    known = session.answers.items()
    if not answers.items() - known and (session.stage not in _REST or NIK not in given):
        return None
    return fill(context, session, given)


def hear_number(context: TurnContext, session: Session, text: str) -> Step | None:
    """Tell the status of a registration whose number is all that is said; None without one."""
    number = context.keywords.names_number(text) if session.stage in _REST else None
    return flow.begin(context, session, "status", number) if number else None


def hear_beside(context: TurnContext, session: Session, text: str) -> Step | None:
    """Answer a text beside the question: thanks, or a word on what is wrong in the form."""
    if session.stage == "confirming" and (field := context.keywords.correction(text)):
        return form.change(context, session, field)
    if session.stage == "confirming" and context.keywords.names_profession(text):
        return form.answer(context, form.change(context, session, PROFESSION).session, text)
    if (step := hear_answers(context, session, text)) is not None:
        return step
    if (step := hear_number(context, session, text)) is not None:
        return step
    if (
        session.stage not in _REST
        and not asks_name(session)
        and context.keywords.courtesies.is_polite(text)
    ):
        return ask_current(context, session)
    return None


def may_be_late(context: TurnContext, session: Session, text: str) -> bool:
    """Return True if the text may be the late answer to the last question of this thread."""
    inbound = context.inbound
    if inbound.opens is not None or session.channel != inbound.channel.value:
        return False
    if session.stage in ("start", "resuming"):
        return False
    free = session.stage in _FREE or asks_name(session)
    return not (free and context.keywords.wishes.talks(text))
