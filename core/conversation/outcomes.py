"""Say what came of an effect: a registration, a look at the status, a booking, a code."""

from msgspec.structs import replace

from core.appointments.requests import (
    Attend,
    Book,
    Booked,
    Cancel,
    Cancelled,
    FindDates,
    FindFacilities,
    FindTimes,
    FoundDates,
    FoundFacilities,
    FoundTimes,
    LookUp,
    NotBookable,
    Screen,
    StatusReport,
    Taken,
)
from core.campaign import Campaign
from core.conversation.context import Step, drop_form, rest
from core.conversation.effects import Result
from core.conversation.session import Session
from core.conversation.visit import appointment as changing
from core.conversation.visit import booking, screening
from core.conversation.visit import proof as proving
from core.conversation.visit import status as telling
from core.conversation.visit.steps import look_up
from core.fields.name_matching import without_links
from core.messages import Prompt
from core.registration.intent import Outcome, OutcomeKind
from core.registration.requests import CheckCode, CodeChecked, CodeSent, Opt, Register, SendCode

_AT_ONCE = {status: f"registered_{status}" for status in ("verified", "not_listed", "in_review")}

_Found = FoundFacilities | FoundDates | FoundTimes


def say_outcome(campaign: Campaign, session: Session, result: Outcome | Result | None) -> Step:
    """Return the session after its pending effect, and what to say of it.

    The step's session may have another effect pending: then nothing is said before that is done.
    """
    effect, settled = session.pending, replace(session, pending=None)
    assert effect is not None, "nothing was pending"
    match effect:
        case Register():
            assert isinstance(result, Outcome)
            said = (_registration(result), *_whose(settled, effect.intent.full_name))
            return Step(drop_form(settled), said, ends=True)
        case Opt(out=out):
            return Step(rest(settled), (Prompt("opted_out" if out else "opted_in"),), ends=True)
        case SendCode():
            assert isinstance(result, CodeSent)
            return proving.ask_code(settled, effect, result)
        case CheckCode():
            assert isinstance(result, CodeChecked)
            return proving.take_verdict(campaign, settled, effect, result)
        case LookUp():
            assert isinstance(result, StatusReport)
            return telling.tell(campaign, settled, effect, result)
        case _:
            return _visit(campaign, settled, effect, result)


def _visit(
    campaign: Campaign,
    session: Session,
    effect: Screen | FindFacilities | FindDates | FindTimes | Book | Cancel | Attend,
    result: Outcome | Result | None,
) -> Step:
    match effect:
        case Screen():
            return screening.take_screening(session, effect)
        case Attend():
            return look_up(campaign, session, effect.address, "appointment", effect.at)
        case Book():
            assert isinstance(result, Booked | Taken | NotBookable)
            return booking.say_booking(session, effect, result)
        case Cancel():
            assert isinstance(result, Cancelled)
            return changing.say_cancelled(session, result)
        case _:
            assert isinstance(result, _Found)
            return _list(campaign, session, effect, result)


def _list(
    campaign: Campaign,
    session: Session,
    effect: FindFacilities | FindDates | FindTimes,
    result: _Found,
) -> Step:
    match effect, result:
        case FindFacilities(), FoundFacilities():
            return booking.show_facilities(session, effect, result)
        case FindDates(), FoundDates():
            return booking.show_dates(session, effect.at, result)
        case FindTimes(), FoundTimes():
            return booking.show_times(campaign, session, effect, result)
        case _:
            raise AssertionError("this is not what was looked for")


def _whose(session: Session, name: str) -> tuple[Prompt, ...]:
    """Return whom an answer to a letter is about: a clinic writes for many of its staff."""
    if not session.signed:
        return ()
    return (Prompt("letter_person", {"full_name": f"@text:{without_links(name)}"}),)


def _registration(outcome: Outcome) -> Prompt:
    key = outcome.kind.value
    if outcome.kind is OutcomeKind.REGISTERED:
        key = _AT_ONCE.get(outcome.status, key)
    return Prompt(key, {"number": outcome.number} if outcome.number else {})
