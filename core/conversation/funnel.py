"""The funnel: how far people come, each counted once a form at each step. Pure."""

from typing import Final

from core.appointments.requests import Booked
from core.appointments.standby_requests import InvitationAnswered, OfferTaken
from core.conversation.effects import Result
from core.conversation.form_questions import CONSENT, FULL_NAME, NIK, PROFESSION
from core.conversation.session import Session
from core.registration.intent import Outcome, OutcomeKind
from core.registration.requests import Register
from core.roster.requests import FoundProfession

OPENED, RECORDED, VERIFIED, BOOKED, CAME = "opened", "recorded", "verified", "booked", "came"
FORM_STEPS: Final = ("consented", "nik", "name", "profession", "confirmed")  # in their order
REFUSED: Final = "refused:"  # before the key of the reason why an answer was of no use
STEPS: Final = (OPENED, *FORM_STEPS, RECORDED, VERIFIED, BOOKED, CAME)
_ANSWERS: Final = (CONSENT, NIK, FULL_NAME, PROFESSION)  # the last of them that is given counts
_LAST_FIRST: Final = tuple(enumerate(_ANSWERS, 1))[::-1]
_RECORDED: Final = frozenset({OutcomeKind.REGISTERED, OutcomeKind.RECEIVED})


def furthest(session: Session) -> int:
    """Return how many of `FORM_STEPS` the form has passed; those before an answer count, too.

    It follows from the answers, unless one was taken back since (`Session.reached`).
    """
    if isinstance(session.pending, Register):
        return len(FORM_STEPS)
    for place, key in _LAST_FIRST:
        if key in session.answers:
            return max(session.reached, place)
    return session.reached


def passed(before: Session, after: Session, *, new: bool) -> tuple[str, ...]:
    """Return the steps that one turn passed first; `new` if it begins a conversation."""
    return (*((OPENED,) if new else ()), *FORM_STEPS[furthest(before) : furthest(after)])


def refused(before: Session, after: Session) -> tuple[str, ...]:
    """Return, as `REFUSED` and a phrase's key, why this turn's answer was of no use, if so."""
    if after.wrong <= before.wrong or after.pending is not None:
        return ()
    return (f"{REFUSED}{after.replies[-1].reply.prompts[0].key}",)


def came_of(result: Result | None) -> tuple[str, ...]:
    """Return the steps that the result of an effect is."""
    match result:
        case Outcome() if result.kind in _RECORDED:
            return (RECORDED, VERIFIED) if result.status == VERIFIED else (RECORDED,)
        case Booked():
            return (BOOKED,)
        case OfferTaken():
            return (BOOKED,)
        case FoundProfession() if result.written:
            return (FORM_STEPS[_ANSWERS.index(PROFESSION)],)
        case InvitationAnswered():
            return (*came_of(result.outcome), *came_of(result.seat))
        case _:
            return ()
