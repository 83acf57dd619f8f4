"""Carry out what the conversation decided on: one effect, one row, one operation on the database.

An operation is a plain function of a `Connection` and of the effect. It is idempotent: a second
run writes nothing more. `alone=True` is for operations that lock rows which many want, so they
neither wait for a batch nor deadlock with one.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from core.appointments.booking import attend, cancel, screen
from core.appointments.requests import (
    Attend,
    Book,
    Cancel,
    FindDates,
    FindFacilities,
    FindSeat,
    FindTimes,
    LookUp,
    Screen,
)
from core.appointments.search import find_facilities
from core.appointments.seat import find_seat
from core.appointments.slots import find_dates, find_times
from core.appointments.standby import wait
from core.appointments.standby_answers import answer_offer
from core.appointments.standby_requests import (
    AnswerInvitation,
    AnswerOffer,
    OfferEnded,
    OfferTaken,
    Wait,
)
from core.cases.leaving import leave, stop_erasures
from core.cases.looks import read_looks
from core.cases.own_changes import correct_own
from core.cases.own_status import read_own_status
from core.cases.reports import appeal, report_lost_phone
from core.cases.requests import (
    Appeal,
    Correct,
    Corrected,
    Leave,
    ReadLooks,
    ReportLostPhone,
    StopErasure,
)
from core.conversation.effects import Effect, Result
from core.database.database import Database
from core.fields.nik_slips import meeting_keys
from core.fields.timezones import moment
from core.handovers.aliases import end_links
from core.handovers.codes import hide_code, read_code
from core.handovers.requests import EndLinks, GiveLink, HideCode, ReadCode, ShowCode, TakeForm
from core.registration.addresses import retry_lost_races
from core.registration.intent import Outcome
from core.registration.notice_answers import answer_notice
from core.registration.number import NUMBER_BITS, TICKET_CODE_BITS, make_number, make_ticket_code
from core.registration.otp_rules import CODES
from core.registration.proofs import check_code, send_code
from core.registration.requests import (
    AnswerNotice,
    CheckCode,
    CodeSent,
    Opt,
    Register,
    SendCode,
)
from core.registration.store import opt, record
from core.registration.terms import Terms
from core.roster.lookup import find_profession
from core.roster.requests import FindProfession
from core.turns.accept import answer_invitation, book_seat
from core.turns.hand_over import give_link, show_code, take_form

T = TypeVar("T")
Operation = Callable[["EffectRunner", Any], Awaitable[Result | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRunner:
    """Carries out effects on `database` by `terms`.

    `draw_below(n)` returns a random integer in [0, n), for registration numbers and codes.
    """

    database: Database
    terms: Terms
    draw_below: Callable[[int], int]

    async def run(self, effect: Effect) -> Result | None:
        """Return the result; None for an effect without one."""
        return await OPERATIONS[type(effect)](self, effect)


async def _register(on: EffectRunner, request: Register) -> Outcome:
    """Record the intent; draw another number for each attempt."""
    intent = request.intent

    async def write() -> Outcome:
        number = make_number(on.draw_below(1 << NUMBER_BITS))
        operation = partial(record, intent=intent, terms=on.terms, number=number)
        keys = meeting_keys(intent.campaign, intent.nik, intent.phone)
        return await on.database.write(operation, keys=keys)

    return await retry_lost_races(write)


async def _send_code(on: EffectRunner, request: SendCode) -> CodeSent:
    code = f"{on.draw_below(CODES):06d}"
    operation = partial(send_code, request=request, terms=on.terms, code=code)
    return await on.database.write(operation, alone=True)


async def _prove(prove: Callable[..., T], on: EffectRunner, request: Effect) -> T:
    """Prove an address, or not: by a code or by the answer to a notice."""
    operation = partial(prove, request=request, terms=on.terms)
    return await retry_lost_races(partial(on.database.write, operation, alone=True))


async def _answer_offer(on: EffectRunner, request: AnswerOffer) -> OfferTaken | OfferEnded | None:
    """Book the seat that is offered, or give it up."""
    code = make_ticket_code(on.draw_below(1 << TICKET_CODE_BITS))
    operation = partial(answer_offer, request=request, terms=on.terms, code=code)
    return await on.database.write(operation, alone=True)


async def _correct(on: EffectRunner, request: Correct) -> Corrected:
    """Put one's own record right; a NIK that is new there meets its look-alikes."""
    operation = partial(correct_own, request=request, terms=on.terms)
    new = [request.value] if request.field == "nik" else []
    keys = [key for nik in new for key in meeting_keys(request.campaign, nik, None)]
    return await retry_lost_races(partial(on.database.write, operation, alone=True, keys=keys))


def _drawing(carry_out: Callable[..., Awaitable[Result | None]]) -> Operation:
    """Return the operation that takes transactions and draws of its own."""
    return lambda on, request: carry_out(on.database, on.terms, on.draw_below, request)


def _alone(write: Callable[..., Result | None]) -> Operation:
    """Return the operation that writes alone, and needs nothing but the request."""
    return lambda on, request: on.database.write(partial(write, request=request), alone=True)


OPERATIONS: Final[Mapping[type[Effect], Operation]] = {
    Register: _register,
    FindProfession: lambda on, request: on.database.read(
        partial(find_profession, request=request, name_match_min=on.terms.limits.name_match_min)
    ),
    Opt: lambda on, request: on.database.write(
        partial(opt, address=request.address, out=request.out, at=moment(request.at))
    ),
    SendCode: _send_code,
    CheckCode: partial(_prove, check_code),
    AnswerNotice: partial(_prove, answer_notice),
    ShowCode: _drawing(show_code),
    HideCode: _alone(hide_code),
    ReadCode: _alone(read_code),
    TakeForm: _drawing(take_form),
    GiveLink: _drawing(give_link),
    EndLinks: _alone(end_links),
    Correct: _correct,
    Leave: _alone(leave),
    StopErasure: _alone(stop_erasures),
    ReadLooks: lambda on, request: on.database.read(partial(read_looks, request=request)),
    ReportLostPhone: _alone(report_lost_phone),
    Appeal: _alone(appeal),
    LookUp: lambda on, request: on.database.read(
        partial(read_own_status, request=request, doses=on.terms.doses)
    ),
    Screen: lambda on, request: on.database.write(partial(screen, request=request)),
    FindFacilities: lambda on, request: on.database.read(
        partial(find_facilities, request=request, radius_km=on.terms.places.radius_km)
    ),
    FindSeat: lambda on, request: on.database.read(
        partial(find_seat, request=request, radius_km=on.terms.places.radius_km)
    ),
    FindDates: lambda on, request: on.database.read(partial(find_dates, request=request)),
    FindTimes: lambda on, request: on.database.read(partial(find_times, request=request)),
    Book: _drawing(book_seat),
    Cancel: lambda on, request: on.database.write(
        partial(cancel, request=request, terms=on.terms), alone=True
    ),
    Wait: lambda on, request: on.database.write(
        partial(wait, request=request, terms=on.terms), alone=True
    ),
    AnswerOffer: _answer_offer,
    AnswerInvitation: _drawing(answer_invitation),
    Attend: lambda on, request: on.database.write(partial(attend, request=request), alone=True),
}
