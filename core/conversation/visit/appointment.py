"""A person's appointment: show it, change it, cancel it, ask whether it was attended."""

from typing import Literal

from msgspec.structs import replace

from core.appointments.requests import Attend, Cancel, Cancelled
from core.appointments.views import Appointment
from core.conversation.context import Step, TurnContext, request_effect
from core.conversation.session import Session, Visit
from core.conversation.visit.screening import begin_booking
from core.conversation.visit.steps import (
    appointment_facts,
    ask,
    effect_key,
    end,
    iso,
    look_up_again,
    site_of,
    visit_of,
)
from core.conversation.visit_questions import TEXT_CHARACTERS_MAX
from core.fields.choice import parse_choice
from core.messages import Prompt


def ask_about(
    session: Session,
    visit: Visit,
    appointment: Appointment,
    stage: Literal["appointed", "telling_attendance"],
) -> Step:
    """Offer to change or cancel a coming appointment, or ask whether a past one was attended."""
    place = site_of(appointment.place, TEXT_CHARACTERS_MAX)
    found = replace(visit, place=place, start=iso(appointment.start), ticket=appointment.code)
    return ask(session, found, stage)


def change_or_cancel(context: TurnContext, session: Session, text: str) -> Step:
    """Choose another appointment, or ask to confirm the cancellation."""
    visit = visit_of(session)
    chosen = parse_choice(text, context.keywords.appointed)
    if chosen == "change":
        return begin_booking(context.campaign, session, replace(visit, changes=True), context.at)
    return ask(session, visit, "confirming_cancel")


def confirm_cancel(context: TurnContext, session: Session, text: str) -> Step:
    """Cancel the appointment on "yes"; on "no" show it again."""
    chosen = parse_choice(text, context.keywords.yes_no)
    if chosen == "no":
        return look_up_again(context, session)
    inbound = context.inbound
    request = Cancel(
        key=effect_key(context, "cancel"),
        number=visit_of(session).number,
        at=context.at,
        address=inbound.address,
        channel=inbound.channel,
        provider=inbound.provider,
        language=context.language(session),
        thread=dict(inbound.thread),
    )
    return request_effect(session, request)


def say_cancelled(session: Session, result: Cancelled) -> Step:
    """Say which appointment was cancelled."""
    if result.appointment is None:
        return end(session, Prompt("appointment_gone"))
    args = appointment_facts(result.appointment, "place", "date", "time")
    return end(session, Prompt("appointment_cancelled", args))


def answer_attendance(context: TurnContext, session: Session, text: str) -> Step:
    """Record whether the appointment was attended."""
    attended = parse_choice(text, context.keywords.attended) == "yes"
    key, number = effect_key(context, "attend"), visit_of(session).number
    return request_effect(
        session, Attend(key, number, attended, context.inbound.address, context.at)
    )
