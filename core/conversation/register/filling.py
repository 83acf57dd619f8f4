"""Fill the form with several answers at once: those of one line, or of a block in a chat."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from core.conversation.context import Step, TurnContext, drop_form, idle
from core.conversation.form_questions import (
    CONSENT,
    FULL_NAME,
    NIK,
    PROFESSION,
    parse_answers,
)
from core.conversation.register.form import ask_next
from core.conversation.register.listed_profession import look_up_profession
from core.conversation.session import Session
from core.messages import Prompt

ONE_LINE: Final = (NIK, FULL_NAME, PROFESSION)  # in the order of the form


def fill_from_line(context: TurnContext, session: Session, parts: tuple[str, ...]) -> Step:
    """Fill the form anew from `nik#name#profession`."""
    return fill(context, drop_form(session), dict(zip(ONE_LINE, parts, strict=False)))


def fill(context: TurnContext, session: Session, given: Mapping[str, str]) -> Step:
    """Fill the form with these raw answers; say what is wrong with the others, and ask for them.

    Another NIK, while no question of the form is open, is another person: a form of its own.
    """
    questions = [(one, given[one.key]) for one in context.form.questions if one.key in given]
    answers, errors = parse_answers(questions, context.today)
    kept, nik = session.answers, answers.get(NIK)
    if session.stage in ("start", "menu") and nik and kept.get(NIK, nik) != nik:
        kept = {}
    # The confirmation will give consent, if nothing has.
    filled = replace(idle(session), answers={CONSENT: "", **kept, **answers})
    step = ask_next(context, filled)
    if not errors:
        return look_up_profession(context, step)
    complaints = [Prompt(error.code, error.facts) for error in errors.values()]
    return step._replace(prompts=(*complaints, *step.prompts))
