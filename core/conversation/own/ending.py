"""End one's own registration: withdraw it now, or have all data erased after a cooling time."""

from msgspec.structs import replace

from core.appointments.requests import LookUp, StatusReport
from core.appointments.views import StatusEntry
from core.campaign import Campaign
from core.cases.requests import ErasureStopped, Leave, Left, StopErasure
from core.conversation.context import Step, TurnContext, request_effect
from core.conversation.message_ids import intent_id
from core.conversation.session import Session, Visit
from core.conversation.visit.status import live_appointment
from core.conversation.visit.steps import ask, effect_key, end, iso, visit_of
from core.conversation.visit_questions import ENDS
from core.fields.choice import parse_choice
from core.fields.timezones import WIB, local, moment
from core.messages import Prompt

_CLOSED = frozenset({"withdrawn", "merged"})


def begin_ending(
    _: Campaign, session: Session, visit: Visit, one: StatusEntry, __: LookUp
) -> Step:
    """Ask how the registration is to end; of one that has ended, whether to erase it."""
    if one.erased_on is not None:
        when = {"date": f"@date:{one.erased_on.isoformat()}"}
        return end(session, Prompt("next_erased", when))
    if one.status in _CLOSED:
        return ask(session, replace(visit, field=ENDS[-1]), "confirming_end")
    live = live_appointment(one.appointment, session.at)
    return ask(session, replace(visit, start=iso(live.start) if live else ""), "choosing_end")


def choose_end(context: TurnContext, session: Session, text: str) -> Step:
    """Ask whether that end is meant."""
    chosen = parse_choice(text, context.keywords.ends)
    return ask(session, replace(visit_of(session), field=chosen), "confirming_end")


def which_end(_: TurnContext, session: Session) -> Step:
    """Ask again how it is to end."""
    return ask(session, visit_of(session), "choosing_end")


def confirm_end(context: TurnContext, session: Session, text: str) -> Step:
    """End the registration on "yes"; on "no" it stays."""
    visit = visit_of(session)
    if parse_choice(text, context.keywords.yes_no) == "no":
        return end(session, Prompt("still_registered", {"number": visit.number}))
    request = Leave(
        key=effect_key(context, "leave"),
        number=visit.number,
        campaign=context.campaign.id,
        address=context.inbound.address,
        erases=visit.field == "erase",
        at=context.at,
        proven=visit.proven_until > context.at,
    )
    return request_effect(session, request)


def say_left(session: Session, request: Leave, result: Left) -> Step:
    """Say that the registration has ended, or when it will have been erased."""
    match result.verdict:
        case "withdrawn":
            key = "withdrawn_seat" if visit_of(session).start else "withdrawn"
            return end(session, Prompt(key, {"number": request.number}))
        case "erasing":
            due = local(moment(result.due), WIB)
            when = {"date": f"@date:{due.date().isoformat()}", "time": f"@time:{iso(due)}"}
            return end(session, Prompt("erasing", {"receipt": result.receipt, **when}))
        case "gone":
            return end(session, Prompt("own_gone"))


def stop_erasures(session: Session, request: LookUp, report: StatusReport) -> Step | None:
    """Request to stop what is to be erased of those who say BATAL here; None if nothing is."""
    numbers = tuple(one.number for one in report.registrations if one.erased_on is not None)
    if not numbers:
        return None
    key = f"{intent_id(request.address.conversation, session.message)}/stop"
    stop = StopErasure(key, request.campaign, request.address, numbers, request.at)
    return request_effect(session, stop)


def say_stopped(session: Session, result: ErasureStopped) -> Step:
    """Say what stays."""
    match result.numbers:
        case ():
            return end(session, Prompt("own_gone"))
        case (number,):
            return end(session, Prompt("erasure_stopped", {"number": number}))
        case _:
            return end(session, Prompt("erasures_stopped"))
