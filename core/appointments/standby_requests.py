"""Requests about a wait for a seat, and answers to seats that we offer or propose."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from core.appointments.requests import Booked, NotBookable, Taken
from core.messages import Address, Channel, Location, Prompt
from core.registration.intent import Outcome, RegistrationIntent
from core.registration.requests import AnswerNotice


class Wait(msgspec.Struct, frozen=True, tag="wait"):
    """Wait for a free seat for this dose, near the shared location, else near home.

    It is offered to `address` by `channel`: after USSD by SMS, after the web to the phone that
    vouches for the browser, else to the one on file.
    """

    key: str
    number: str
    campaign: str
    dose: int
    address: Address
    channel: Channel
    at: int
    near: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The person waits, at the place in the queue that they took first."""


class AnswerInvitation(msgspec.Struct, frozen=True, tag="answer_invitation"):
    """A phone's answer by SMS to the last invitation sent there: yes (`takes`) or no.

    `consents` are the fields of the `Consent` to the words of each kind of invitation, by the key
    of its prompt. Where none is open, the same word may answer `notice`; else `otherwise` is said.
    """

    intent_id: str
    message_id: str
    address: Address
    provider: str
    language: str
    campaign: str
    takes: bool
    at: int
    consents: dict[str, dict[str, str]] = {}
    thread: dict[str, str] = {}
    notice: AnswerNotice | None = None
    otherwise: tuple[Prompt, ...] = ()

    @property
    def key(self) -> str:
        """The key of the booking, or of the wait."""
        return f"{self.intent_id}/invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAnswered:
    """The invitation was open. On no, `outcome` is None, and nothing was recorded.

    It proposed nothing where a yes only `begins` the registration.

    `seat` is what became of the proposed seat, or of the wish for one; None where the registration
    may not book.
    """

    intent: RegistrationIntent | None = None
    outcome: Outcome | None = None
    begins: bool = False
    seat: Booked | Taken | NotBookable | Waiting | None = None


class AnswerOffer(msgspec.Struct, frozen=True, tag="answer_offer"):
    """An address's answer to the seat offered there: yes (`takes`) or no.

    Where none is offered, the same word may answer `invitation`, or `notice`; else `otherwise` is
    said.
    """

    key: str
    address: Address
    channel: Channel
    provider: str
    language: str
    campaign: str
    takes: bool
    at: int
    thread: dict[str, str] = {}
    notice: AnswerNotice | None = None
    otherwise: tuple[Prompt, ...] = ()
    invitation: AnswerInvitation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTaken:
    """The seat is booked, for the registration with that number."""

    number: str
    booked: Booked


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded:
    """Nothing was booked: the person `declined`, or the seat is `gone`."""

    why: Literal["declined", "gone"]


StandbyRequest = Wait | AnswerOffer | AnswerInvitation
StandbyResult = Waiting | NotBookable | OfferTaken | OfferEnded | InvitationAnswered
