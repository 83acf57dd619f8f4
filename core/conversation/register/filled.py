"""Take labelled answers: of a form that was filled in a chat, whole; or of a page of our form."""

from msgspec.structs import replace

from core.conversation.consent import ASKED, SHOWN, mark
from core.conversation.context import (
    Step,
    TurnContext,
    ask_current,
    consent_to,
    drop_form,
    drop_visit,
    misunderstand,
)
from core.conversation.form_questions import CONSENT, parse_answers
from core.conversation.register.form import answer, ask_next, register
from core.conversation.session import Session
from core.fields.invalid import InvalidError
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


def take_page(context: TurnContext, session: Session) -> Step:
    """Put the answers of a page into the form that is being filled, whatever was asked since.

    So a page that was opened before, or again, puts right what it shows. A person whose form is
    over is told so; one whose form was forgotten begins it with this answer.
    """
    filling = bool(session.answers) or session.stage == "asking"
    if session.replies and not filling:
        return ask_current(context, session, Prompt("tapped_earlier"))
    given = context.inbound.answers
    step = Step(session)
    for question in (one for one in context.form.questions if one.key in given):
        asking = replace(step.session, stage="asking", question=question.key)
        try:
            step = answer(context, asking, given[question.key])
        except InvalidError as error:
            return misunderstand(context, asking, error)
        if step.ends or step.session.pending is not None:
            break
    return step if step.prompts or step.session.pending else ask_current(context, session)
