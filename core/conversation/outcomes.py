"""Say what came of an effect: a registration, a look at the status, a booking, a code."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from core.appointments.requests import (
    Attend,
    Book,
    Cancel,
    FindDates,
    FindFacilities,
    FindTimes,
    LookUp,
    Screen,
)
from core.campaign import Campaign
from core.conversation.context import Step, drop_form, idle
from core.conversation.effects import Effect, Result
from core.conversation.session import Session
from core.conversation.visit import appointment as changing
from core.conversation.visit import booking, screening
from core.conversation.visit import proof as proving
from core.conversation.visit import status as telling
from core.conversation.visit.steps import look_up
from core.fields.name_matching import without_links
from core.messages import Prompt
from core.registration.intent import Outcome, OutcomeKind
from core.registration.requests import CheckCode, Opt, Register, SendCode

_AT_ONCE = {status: f"registered_{status}" for status in ("verified", "not_listed", "in_review")}


class Done(NamedTuple):
    """An effect that was carried out: in a session with nothing pending, `result` came of `wish`.

    What is `Any` here is of the types that the row's request and its operation have.
    """

    campaign: Campaign
    session: Session
    request: Any
    result: Any


def say_outcome(campaign: Campaign, session: Session, result: Result | None) -> Step:
    """Return the session after its pending effect, and what to say of it.

    The step's session may have another effect pending: then nothing is said before that is done.
    """
    effect, settled = session.pending, replace(session, pending=None)
    assert effect is not None, "nothing was pending"
    return OUTCOMES[type(effect)](Done(campaign, settled, effect, result))


def _say_registered(done: Done) -> Step:
    said = (_registration(done.result), *_whose(done.session, done.request.intent.full_name))
    return Step(drop_form(done.session), said, ends=True)


def _say_opted(done: Done) -> Step:
    said = Prompt("opted_out" if done.request.out else "opted_in")
    return Step(idle(done.session), (said,), ends=True)


def _whose(session: Session, name: str) -> tuple[Prompt, ...]:
    """Return whom an answer to a letter is about: a clinic writes for many of its staff."""
    if not session.by_letter:
        return ()
    return (Prompt("letter_person", {"full_name": f"@text:{without_links(name)}"}),)


def _registration(outcome: Outcome) -> Prompt:
    key = outcome.kind.value
    if outcome.kind is OutcomeKind.REGISTERED:
        key = _AT_ONCE.get(outcome.status, key)
    return Prompt(key, {"number": outcome.number} if outcome.number else {})


OUTCOMES: Final[Mapping[type[Effect], Callable[[Done], Step]]] = {
    Register: _say_registered,
    Opt: _say_opted,
    SendCode: lambda it: proving.ask_code(it.session, it.request, it.result),
    CheckCode: lambda it: proving.take_verdict(it.campaign, it.session, it.request, it.result),
    LookUp: lambda it: telling.tell(it.campaign, it.session, it.request, it.result),
    Screen: lambda it: screening.take_screening(it.session, it.request),
    FindFacilities: lambda it: booking.show_facilities(it.session, it.request, it.result),
    FindDates: lambda it: booking.show_dates(it.session, it.request.at, it.result),
    FindTimes: lambda it: booking.show_times(it.campaign, it.session, it.request, it.result),
    Book: lambda it: booking.say_booking(it.session, it.request, it.result),
    Cancel: lambda it: changing.say_cancelled(it.session, it.result),
    Attend: lambda it: look_up(
        it.campaign, it.session, it.request.address, "appointment", it.request.at
    ),
}
