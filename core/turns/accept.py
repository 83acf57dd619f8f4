"""Carry out a booking, and the yes to an invitation; find other seats where that one is gone.

All take more than one transaction, so that they search without the locks of the first.
"""

from collections.abc import Callable
from functools import partial

from core.appointments.booking import book
from core.appointments.invitation_answers import (
    Accepted,
    Drawn,
    accept,
    booking_of,
    find_invitation,
    was_invited,
)
from core.appointments.others import find_others
from core.appointments.requests import Book, Booked, NotBookable, Taken
from core.appointments.rules import SlotUnavailable
from core.appointments.standby_requests import AnswerInvitation, InvitationAnswered
from core.database.database import Database
from core.fields.nik_slips import meeting_keys
from core.registration.addresses import retry_lost_races
from core.registration.number import NUMBER_BITS, TICKET_CODE_BITS, make_number, make_ticket_code
from core.registration.terms import Terms


async def answer_invitation(
    database: Database,
    terms: Terms,
    draw_below: Callable[[int], int],
    request: AnswerInvitation,
) -> InvitationAnswered | None:
    """Register whoever says yes, and book the seat; None if no invitation is open."""

    async def attempt() -> Accepted | InvitationAnswered | None:
        found = await database.read(partial(find_invitation, request=request))
        if found is None or not request.takes:
            return InvitationAnswered() if found else await _beginning(database, request)
        number = make_number(draw_below(1 << NUMBER_BITS))
        code = make_ticket_code(draw_below(1 << TICKET_CODE_BITS))
        yes = partial(accept, request=request, invitation=found, terms=terms)
        keys = meeting_keys(request.campaign, found.nik, request.address.value)
        drawn = Drawn(number, code)
        return await database.write(partial(yes, drawn=drawn), alone=True, keys=keys)

    done = await retry_lost_races(attempt)
    if not isinstance(done, Accepted):
        return done
    answered = partial(InvitationAnswered, intent=done.intent, outcome=done.outcome)
    if not isinstance(done.seat, SlotUnavailable):
        return answered(seat=done.seat)
    wanted = booking_of(request, done.outcome.number or "", slot=0)
    return answered(seat=await find_others_near(database, terms, wanted, done.seat))


async def _beginning(database: Database, request: AnswerInvitation) -> InvitationAnswered | None:
    """Begin the form on the yes to an invitation that proposed nothing; None without one."""
    invited = request.takes and await database.read(partial(was_invited, request=request))
    return InvitationAnswered(begins=True) if invited else None


async def book_seat(
    database: Database, terms: Terms, draw_below: Callable[[int], int], request: Book
) -> Booked | Taken | NotBookable:
    """Take the seat; if it is gone, look for others once the locks are released."""
    code = make_ticket_code(draw_below(1 << TICKET_CODE_BITS))
    operation = partial(book, request=request, terms=terms, code=code)
    booked = await database.write(operation, alone=True)
    if not isinstance(booked, SlotUnavailable):
        return booked
    return await find_others_near(database, terms, request, booked)


async def find_others_near(
    database: Database, terms: Terms, request: Book, taken: SlotUnavailable
) -> Taken:
    """Return the seats to offer instead of one that is taken, none beyond the radius."""
    radius_km = terms.places.radius_km
    find = partial(find_others, request=request, unavailable=taken, radius_km=radius_km)
    return await database.read(find)
