"""Registered already, by another phone: a code to it, or the report that it is lost."""

from core.conversation.context import Step, TurnContext
from core.conversation.session import Session, Visit
from core.conversation.visit.lost_phone import report_lost_phone
from core.conversation.visit.proof import request_code
from core.conversation.visit.steps import ask, end, visit_of
from core.fields.choice import parse_choice
from core.messages import Prompt


def ask_road(session: Session, number: str) -> Step:
    """Ask how she comes back to her registration."""
    return ask(session, Visit(purpose="status", number=number), "choosing_road")


def choose_road(context: TurnContext, session: Session, text: str) -> Step:
    """Send a code to the phone on file, or report that it is lost."""
    number = visit_of(session).number
    match parse_choice(text, context.keywords.roads):
        case "code":
            return request_code(context, session, number)
        case "lost":
            return report_lost_phone(context, session)
        case _:
            return end(session, Prompt("already_registered", {"number": number}))
