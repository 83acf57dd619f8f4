"""Take a form that was filled in a chat, whole: it registers, or the chat goes on from it."""

from msgspec.structs import replace

from core.conversation.consent import ASKED, SHOWN, mark
from core.conversation.context import Step, TurnContext, consent_to, drop_form, drop_visit
from core.conversation.form_questions import CONSENT, parse_answers
from core.conversation.register.form import ask_next, register
from core.conversation.session import Session
from core.messages import Prompt


def take_filled(context: TurnContext, session: Session) -> Step:
    """Register by a form that was filled in a chat, or ask for what is missing or wrong.

    Only a form that we gave this person, and that has registered nobody yet, needs no further yes.
    """
    inbound = context.inbound
    questions = [one for one in context.form.questions if one.key in inbound.answers]
    given = [(one, inbound.answers[one.key]) for one in questions]
    answers, errors = parse_answers(given, context.today)
    counts = bool(inbound.form) and inbound.form != session.form
    if answers.pop(CONSENT, "") == "agree":
        shown = mark(consent_to(context, session, ASKED))
        answers |= {CONSENT: str(context.at), SHOWN: shown} if counts else {CONSENT: ""}
    filled = replace(drop_form(drop_visit(session)), answers=answers)
    if counts and not errors and not context.form.missing(answers):
        return register(context, replace(filled, form=inbound.form))
    step = ask_next(context, filled)
    complaints = [Prompt(error.code, error.facts) for error in errors.values()]
    return step._replace(prompts=(*complaints, *step.prompts))
