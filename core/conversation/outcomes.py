"""Answer a settled effect: a registration, a status, a booking, a code."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from core.appointments.requests import (
    Attend,
    Book,
    Cancel,
    FindDates,
    FindFacilities,
    FindSeat,
    FindTimes,
    LookUp,
    NotBookable,
    Screen,
)
from core.appointments.standby_requests import AnswerInvitation, AnswerOffer, Wait
from core.campaign import Campaign
from core.cases.requests import Appeal, Correct, Leave, ReadLooks, ReportLostPhone, StopErasure
from core.conversation.context import Step, drop_form, idle, request_effect
from core.conversation.effects import Effect, Result
from core.conversation.handover import commands as handover
from core.conversation.handover import showing, taking
from core.conversation.own import appeal, ending, looks
from core.conversation.own import look_up as own
from core.conversation.own.correct import ask_own_nik, say_corrected
from core.conversation.own.roads import ask_road
from core.conversation.register import form
from core.conversation.register.listed_profession import confirm_listed
from core.conversation.session import Session
from core.conversation.visit import appointment, booking, invited, offer, proof, screening, standby
from core.conversation.visit.lost_phone import say_lost_phone
from core.conversation.visit.steps import look_up
from core.fields.name_matching import without_links
from core.handovers.requests import EndLinks, GiveLink, HideCode, ReadCode, ShowCode, TakeForm
from core.messages import AddressKind, Prompt
from core.registration.intent import Outcome, OutcomeKind, RegistrationIntent
from core.registration.requests import (
    AnswerNotice,
    CheckCode,
    Opt,
    Register,
    SendCode,
)
from core.roster.requests import FindProfession

_REGISTERED_KEYS = {
    status: f"registered_{status}" for status in ("verified", "not_listed", "in_review")
}


_ON_FILE = frozenset({OutcomeKind.ALREADY_REGISTERED, OutcomeKind.UPDATED})


class SettledEffect(NamedTuple):
    """An effect that was carried out: `request` came to `result`; `session` has nothing pending.

    The types behind `Any` are those of the row's request and of its operation's result.
    """

    campaign: Campaign
    session: Session
    request: Any
    result: Any


def say_outcome(campaign: Campaign, session: Session, result: Result | None) -> Step:
    """Return the session after its pending effect, and what to say of the result.

    If that session has another effect pending, nothing is said before that one is settled, too.
    """
    effect, settled = session.pending, replace(session, pending=None)
    assert effect is not None, "nothing was pending"
    return OUTCOMES[type(effect)](SettledEffect(campaign, settled, effect, result))


def _say_registered(done: SettledEffect) -> Step:
    intent, outcome = done.request.intent, done.result
    if (question := _own_registration(drop_form(done.session), intent, outcome)) is not None:
        return question
    if intent.address.kind is AddressKind.WEB and outcome.kind is not OutcomeKind.REFUSED:
        return showing.show_code_of(drop_form(done.session), intent, _registration(outcome))
    person = _letter_person(done.session, intent.full_name)
    session = drop_form(done.session)
    if outcome.bookable and outcome.number is not None and not session.by_letter:
        said = Prompt("registered_bookable", {"number": outcome.number})
        return offer.offer_booking(session, outcome.number, said)
    if session.by_letter and outcome.status == "not_listed":
        session = appeal.await_appeal(session, outcome.number)
    return Step(
        session, (_registration(outcome), *person, *_unchanged(session, outcome)), ends=True
    )


def _own_registration(
    session: Session, intent: RegistrationIntent, outcome: Outcome
) -> Step | None:
    """Ask what becomes of the registration that she has; None where nothing is to be asked."""
    if outcome.number is None:
        return None
    if outcome.kind is OutcomeKind.IN_REVIEW:
        return ask_own_nik(session, intent, outcome.number)
    elsewhere = outcome.kind is OutcomeKind.ALREADY_REGISTERED and not outcome.proven
    return ask_road(session, outcome.number) if elsewhere and intent.address.by_network else None


def _say_opt(done: SettledEffect) -> Step:
    prompt = Prompt("opted_out" if done.request.out else "opted_in")
    return Step(idle(done.session), (prompt,), ends=True)


def _say_notice(done: SettledEffect) -> Step:
    """Thank for the answer; where no notice was open, say what the word means otherwise."""
    if done.result is None:
        return Step(done.session, done.request.otherwise)
    if done.request.mine:
        return Step(idle(done.session), (Prompt("notice_mine", {"number": done.result.number}),))
    return Step(idle(done.session), (Prompt("notice_not_mine"),))


def _say_invitation(done: SettledEffect) -> Step:
    """Say what a yes came to; where no invitation was open, what the word means otherwise."""
    request, result = done.request, done.result
    if result is not None and result.begins:
        return form.begin(done.session)
    if result is None and request.notice is not None:
        return request_effect(done.session, request.notice)
    if result is None:
        return Step(done.session, request.otherwise)
    if result.outcome is None:
        return Step(idle(done.session), (Prompt("invitation_no"),), ends=True)
    if result.seat == NotBookable(why="other_appointment"):
        session, address = idle(done.session), request.address
        return look_up(done.campaign, session, address, "status", request.at)
    if (step := invited.say_seat(done.session, request, result)) is not None:
        return step
    return _say_registered(done._replace(request=result, result=result.outcome))


def _say_taken(done: SettledEffect) -> Step:
    """Go on with a form that was handed over; with a confirmed one, say what came of it."""
    session, request, taken = done.session, done.request, done.result
    if taken.outcome is None:
        return taking.say_taken(done.campaign, session, request, taken)
    known = taken.outcome.kind in _ON_FILE and taken.outcome.proven
    if not known:
        step = _say_registered(done._replace(request=taken, result=taken.outcome))
        return step._replace(prompts=(Prompt("handover_done"), *step.prompts))
    number, session = taken.outcome.number or "", drop_form(session)
    said = Prompt("handover_registered", {"number": number})
    if taken.outcome.bookable:
        return offer.offer_booking(session, number, said)
    return Step(replace(session, visit=None), (said,), ends=True)


def _letter_person(session: Session, name: str) -> tuple[Prompt, ...]:
    """Return the name that a letter is about: a clinic writes for many of its staff."""
    if not session.by_letter:
        return ()
    return (Prompt("letter_person", {"full_name": f"@text:{without_links(name)}"}),)


def _unchanged(session: Session, outcome: Outcome) -> tuple[Prompt, ...]:
    """Say that a letter changes nothing on file, and what does."""
    if not session.by_letter or outcome.kind is not OutcomeKind.ALREADY_REGISTERED:
        return ()
    return (Prompt("letter_unchanged", {"number": outcome.number or ""}),)


def _registration(outcome: Outcome) -> Prompt:
    key = outcome.kind.value
    if outcome.kind is OutcomeKind.REGISTERED:
        key = _REGISTERED_KEYS.get(outcome.status, key)
    return Prompt(key, {"number": outcome.number} if outcome.number else {})


OUTCOMES: Final[Mapping[type[Effect], Callable[[SettledEffect], Step]]] = {
    Register: _say_registered,
    FindProfession: lambda done: confirm_listed(
        done.campaign, done.session, done.request, done.result
    ),
    Opt: _say_opt,
    SendCode: lambda done: proof.ask_code(done.session, done.request, done.result),
    AnswerNotice: _say_notice,
    ShowCode: lambda done: showing.say_code(done.session, done.request, done.result),
    HideCode: lambda done: showing.say_hidden(done.session, done.request, done.result),
    ReadCode: lambda done: taking.ask_whether(done.session, done.request, done.result),
    TakeForm: _say_taken,
    GiveLink: lambda done: handover.say_link(done.session, done.result),
    EndLinks: lambda done: Step(done.session, (Prompt("handover_ended"),), ends=True),
    CheckCode: lambda done: proof.after_code_check(
        done.campaign, done.session, done.request, done.result
    ),
    LookUp: lambda done: own.after_look_up(done.campaign, done.session, done.request, done.result),
    Screen: lambda done: screening.after_screening(done.session, done.request),
    FindFacilities: lambda done: booking.show_facilities(done.session, done.request, done.result),
    FindSeat: lambda done: offer.offer_seat(done.session, done.request, done.result),
    FindDates: lambda done: booking.show_dates(done.session, done.request.at, done.result),
    FindTimes: lambda done: booking.show_times(
        done.campaign, done.session, done.request, done.result
    ),
    Book: lambda done: booking.say_booking(done.session, done.request, done.result),
    Wait: lambda done: standby.say_waiting(done.session, done.result),
    AnswerInvitation: _say_invitation,
    AnswerOffer: lambda done: standby.say_answer(done.session, done.request, done.result),
    Correct: lambda done: say_corrected(done.session, done.request, done.result),
    Leave: lambda done: ending.say_left(done.session, done.request, done.result),
    StopErasure: lambda done: ending.say_stopped(done.session, done.result),
    ReadLooks: lambda done: looks.say_looks(done.session, done.request, done.result),
    ReportLostPhone: lambda done: say_lost_phone(done.session, done.result),
    Appeal: lambda done: appeal.say_appeal(done.session, done.request, done.result),
    Cancel: lambda done: appointment.say_cancelled(done.session, done.result),
    Attend: lambda done: look_up(
        done.campaign, done.session, done.request.address, "appointment", done.request.at
    ),
}
