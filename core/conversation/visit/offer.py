"""Offer, unasked, to choose a seat right after registering; and the nearest free seat."""

from msgspec.structs import replace

from core.appointments.requests import FindSeat, FoundSeat
from core.conversation.context import Step, TurnContext
from core.conversation.session import Session, Visit
from core.conversation.visit.booking import place_option, request_booking, say_none
from core.conversation.visit.steps import (
    ask,
    end,
    find_dates,
    find_facilities,
    find_first,
    iso,
    look_up_again,
    visit_of,
)
from core.fields.choice import parse_choice
from core.messages import Prompt


def offer_booking(session: Session, number: str, *said: Prompt) -> Step:
    """Say that the person is registered, and offer to choose a seat now."""
    step = ask(session, Visit(number=number), "offered_booking")
    return step._replace(prompts=(*said, *step.prompts))


def choose_booking(context: TurnContext, session: Session, text: str) -> Step:
    """Look up what may be booked, or leave it for later."""
    if parse_choice(text, context.keywords.booking) == "later":
        return end(session, Prompt("booking_later"))
    return look_up_again(context, session)


def offer_seat(session: Session, request: FindSeat, found: FoundSeat) -> Step:
    """Offer the seat; if there is none, say why."""
    if found.place is None or found.slot is None:
        return say_none(session, request, found)
    option = place_option(found.place)
    visit = replace(
        visit_of(session),
        name="",
        place=option.place,
        day=found.slot.start.date().isoformat(),
        start=iso(found.slot.start),
        slot=found.slot.id,
    )
    return ask(session, visit, "offered_seat", [option])


def take_seat(context: TurnContext, session: Session, text: str) -> Step:
    """Book the seat, which the screen has named in full; or list other times, or other places."""
    match parse_choice(text, context.keywords.seat):
        case "take":
            return request_booking(context, session)
        case "time":
            return find_dates(context.campaign, session, context.at)
        case _:
            return find_facilities(session, context.at)


def offer_again(context: TurnContext, session: Session) -> Step:
    """Search again for the seat to offer."""
    return find_first(session, context.at)
