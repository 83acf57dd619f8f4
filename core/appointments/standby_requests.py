"""Requests about a wait for a seat that comes free, each beside its results."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from core.appointments.requests import Booked, NotBookable
from core.messages import Address, Channel, Location, Prompt
from core.registration.requests import AnswerNotice


class Wait(msgspec.Struct, frozen=True, tag="wait"):
    """Wait for a free seat for this dose, near the shared location, else near home.

    It is offered to `address` by `channel` (after USSD, by SMS).
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


class AnswerOffer(msgspec.Struct, frozen=True, tag="answer_offer"):
    """What an address says to the seat that is offered there: `takes` it, or not.

    Where none is offered, the same word may answer `notice`; else `otherwise` is said.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTaken:
    """The seat is booked, for the registration with that number."""

    number: str
    booked: Booked


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded:
    """Nothing was booked: the person `declined`, or the seat is `gone`."""

    why: Literal["declined", "gone"]


StandbyRequest = Wait | AnswerOffer
StandbyResult = Waiting | NotBookable | OfferTaken | OfferEnded
