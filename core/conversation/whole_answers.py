"""Handle a message that carries labelled answers, or consent and confirmation, too."""

from msgspec.structs import replace

from core.conversation.context import Step, TurnContext, read_answer
from core.conversation.own.appeal import hear_letter
from core.conversation.own.stages import STAGES as VISIT_STAGES
from core.conversation.register.filled import take_filled, take_page
from core.conversation.register.letter import rejection
from core.conversation.session import Session
from core.conversation.stages import respond, take_text
from core.conversation.visit import flow


def handle_labelled(context: TurnContext, session: Session) -> Step:
    """Handle answers with labels: the new value of what is changed, a page, or a whole form."""
    answers, visit = context.inbound.answers, session.visit
    if session.stage == "giving_change" and visit is not None and visit.field in answers:
        return respond(context, session, answers[visit.field])
    whole = context.inbound.opens is not False
    return take_filled(context, session) if whole else take_page(context, session)


def with_language_hint(context: TurnContext, session: Session) -> Session:
    """Return the session in the language of the message, unless the person has chosen one."""
    hint = context.inbound.language
    if session.language or hint not in context.languages:
        return session
    return replace(session, language=hint)


def handle_confirming(context: TurnContext, session: Session) -> Step:
    """Handle a letter or a page: a command, an inquiry, an answer, or a whole registration."""
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
