"""What a provider reports to us: a person's message, or what became of one of ours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.messages import Address, Channel, Inbound


class ReceiptStatus(StrEnum):
    """Delivery state of a message; receipts only move it forward in this order."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A provider's delivery receipt for a message of ours; `provider_id` is its id there.

    `reference` is our id of the message (`Claimed.id`), where the wire echoes it: it correlates a
    send whose response we never received. `final` means that no other provider can reach the
    person either. `channel` is the one on which the message was sent, `template` as what. `cost`
    is the category that the provider bills it under, or `free`; "" if it does not say.
    """

    provider: str
    provider_id: str
    status: ReceiptStatus
    reason: str = ""
    reference: str = ""
    final: bool = False
    channel: Channel | None = None
    template: bool = False
    cost: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """The network ended a USSD session; `completed` is what it reports, and decides nothing."""

    channel: Channel
    address: Address
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A provider reports that a person opted out, or (`out=False`) back in.

    With `marketing`, only of what nobody asked for: of invitations.
    """

    address: Address
    out: bool = True
    marketing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A provider reports that a person has another number or user id now.

    `old` are the person's addresses before. `new` is None if the report does not say it.
    """

    channel: Channel
    provider: str
    message_id: str
    received_at: datetime
    old: tuple[Address, ...] = ()
    new: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A person opens the page of a conversation again, and says nothing."""

    address: Address


Event = Inbound | Receipt | HangUp | OptOut | Moved | Look
