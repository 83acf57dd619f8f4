"""Who looked at my data: which offices, when and why."""

from core.appointments.requests import LookUp
from core.appointments.views import StatusEntry
from core.campaign import Campaign
from core.cases.requests import Look, Looks, ReadLooks
from core.conversation.context import Step, request_effect
from core.conversation.session import Session, Visit
from core.conversation.visit.steps import end
from core.messages import Prompt


def read_looks(
    _: Campaign, session: Session, visit: Visit, one: StatusEntry, request: LookUp
) -> Step:
    """Read the looks; a mailbox, which anybody can write in the name of, is told none."""
    if request.address.forgeable:
        return end(session, Prompt("looks_by_phone"))
    proven = visit.proven_until > request.at
    looks = ReadLooks(one.number, request.campaign, request.address, request.at, proven)
    return request_effect(session, looks)


def say_looks(session: Session, request: ReadLooks, result: Looks) -> Step:
    """Say each look, the newest first."""
    if not result.looks:
        return end(session, Prompt("looks_none", {"number": request.number}))
    more = (Prompt("looks_more"),) if result.more else ()
    return end(session, *map(_look, result.looks), *more)


def _look(one: Look) -> Prompt:
    office = f"@text:{one.facility}" if one.facility else f"@office_{one.role}"
    on, why = f"@date:{one.on.isoformat()}", f"@text:{one.why or '-'}"
    return Prompt("look", {"date": on, "office": office, "why": why})
