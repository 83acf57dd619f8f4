"""Say what came of the yes to an invitation: registered, and a seat (docs/adr/0015)."""

from msgspec.structs import replace

from core.appointments.requests import Booked, FindSeat, FoundSeat, NotBookable, Taken
from core.appointments.standby_requests import AnswerInvitation, InvitationAnswered
from core.conversation.context import Step, idle
from core.conversation.session import Session, Visit
from core.conversation.visit.offer import offer_seat
from core.conversation.visit.steps import appointment_facts
from core.messages import Prompt
from core.registration.open_seats import FIRST_DOSE


def say_seat(
    session: Session, request: AnswerInvitation, result: InvitationAnswered
) -> Step | None:
    """Say that the person is registered, where and when; None if the person may have no seat.

    If the seat is gone, the nearest other one is offered.
    """
    seat, number = result.seat, (result.outcome and result.outcome.number) or ""
    if seat is None or isinstance(seat, NotBookable):
        return None
    if isinstance(seat, Taken):
        return _offer_other(session, request, number, seat)
    said = Prompt("invitation_waits", {"number": number})
    if isinstance(seat, Booked):
        facts = appointment_facts(seat.appointment, "place", "date", "time")
        said = Prompt("invitation_booked", {"number": number, **facts})
    return Step(idle(session), (said,), ends=True)


def _offer_other(session: Session, request: AnswerInvitation, number: str, seat: Taken) -> Step:
    place, slot = seat.others[0] if seat.others else (None, None)
    visiting = FindSeat(number=number, dose=FIRST_DOSE, since="", at=request.at)
    found = FoundSeat(place=place, slot=slot)
    visit = Visit(number=number, dose=FIRST_DOSE)
    step = offer_seat(replace(session, visit=visit), visiting, found)
    said = Prompt("invitation_taken", {"number": number})
    return step._replace(prompts=(said, *step.prompts))
