"""The phone on file is lost: a case for an official, whoever asks, whatever the number."""

from core.cases.requests import CaseOpened, ReportLostPhone
from core.conversation.context import Step, TurnContext, request_effect
from core.conversation.session import Session
from core.conversation.visit.steps import effect_key, end, visit_of
from core.messages import Prompt


def report_lost_phone(context: TurnContext, session: Session) -> Step:
    """Report that the phone on file of the number is lost."""
    inbound = context.inbound
    request = ReportLostPhone(
        key=effect_key(context, "lost"),
        number=visit_of(session).number,
        campaign=context.campaign.id,
        address=inbound.address,
        channel=inbound.channel,
        at=context.at,
    )
    return request_effect(session, request)


def say_lost_phone(session: Session, result: CaseOpened) -> Step:
    """Give the number of the case."""
    if result.by is None:
        return end(session, Prompt("case_too_many"))
    return end(session, Prompt("lost_phone_case", case_facts(result)))


def case_facts(result: CaseOpened) -> dict[str, str]:
    """Return the number of the case, and by when it is decided, as the values of a prompt."""
    assert result.by is not None, "a case was opened"
    return {"case": result.number, "date": f"@date:{result.by.isoformat()}"}
