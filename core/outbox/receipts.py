"""How a provider's receipt changes the delivery state of a message. Pure."""

from enum import IntEnum
from typing import Final, NamedTuple

from core.events import Receipt, ReceiptStatus
from core.messages import Channel

QUEUED: Final = "queued"
DEAD: Final = "dead"
WITHHELD: Final = "withheld"  # kept and never sent: the phone has not asked for it
STAND_IN: Final = "sms/"  # before the provider of an SMS that stands in for a chat message
TEMPLATE: Final = "template/"  # before the provider of a chat message sent as a template
ARRIVED: Final = frozenset({ReceiptStatus.DELIVERED, ReceiptStatus.READ})
_FORWARD: Final = (DEAD, QUEUED, ReceiptStatus.SENT, ReceiptStatus.DELIVERED, ReceiptStatus.READ)


class Recorded(IntEnum):
    """What became of a receipt; false if it is about no message here."""

    UNKNOWN = 0
    NOTED = 1
    ARRIVED = 2  # by it we learn, for the first time, that the message reached the person


class DeliveryState(NamedTuple):
    """The columns of a message that a receipt can change."""

    status: str
    provider: str | None
    provider_id: str
    refused_by: tuple[str, ...]


def apply_receipt(state: DeliveryState, receipt: Receipt, by: str) -> DeliveryState | None:
    """Return the state after the receipt, or None if it changes nothing.

    `by` is the `provider_label` of the receipt. A message only moves forward, except that one that
    was or may have been accepted and then failed is queued again, without that provider. A final
    failure makes it a dead letter.
    """
    if receipt.status is not ReceiptStatus.FAILED:
        return _forward(state, receipt, by)
    if by in state.refused_by or not _has_it(state, receipt, by):
        return None
    status = DEAD if receipt.final else QUEUED
    return DeliveryState(status, state.provider, state.provider_id, (*state.refused_by, by))


def provider_label(receipt: Receipt, channel: str) -> str:
    """Return the provider's name in the outbox, for a message on `channel`."""
    if receipt.template:
        return TEMPLATE + receipt.provider
    stands_in = receipt.channel is Channel.SMS and channel == Channel.WHATSAPP
    return STAND_IN + receipt.provider if stands_in else receipt.provider


def account_of(provider: str) -> str:
    """Return the provider that has the account, however the message is sent."""
    return provider.removeprefix(STAND_IN).removeprefix(TEMPLATE)


def _has_it(state: DeliveryState, receipt: Receipt, by: str) -> bool:
    """Return True if the failed copy is the current one; another provider may have it by now."""
    same = (state.provider, state.provider_id) == (by, receipt.provider_id)
    return state.status == QUEUED or (state.status == ReceiptStatus.SENT and same)


def _forward(state: DeliveryState, receipt: Receipt, by: str) -> DeliveryState | None:
    """Return the state moved forward. Receipts overtake each other: a late `sent` is ignored."""
    late = state.status != QUEUED or by in state.refused_by
    if state.status not in _FORWARD or (receipt.status is ReceiptStatus.SENT and late):
        return None
    if _FORWARD.index(receipt.status) <= _FORWARD.index(state.status):
        return None
    return DeliveryState(receipt.status.value, by, receipt.provider_id, state.refused_by)
