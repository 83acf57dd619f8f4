"""What a provider's receipt makes of an owed message. Pure."""

from typing import Final, NamedTuple

from core.messages import Channel, Receipt, ReceiptStatus

QUEUED: Final = "queued"
DEAD: Final = "dead"
WITHHELD: Final = "withheld"  # never to be sent: the phone has not asked for it
STAND_IN: Final = "sms/"  # before the provider of an SMS that stands in for a chat message
_FORWARD: Final = (DEAD, QUEUED, ReceiptStatus.SENT, ReceiptStatus.DELIVERED, ReceiptStatus.READ)


class DeliveryState(NamedTuple):
    """As much of an owed message as a receipt can change."""

    status: str
    provider: str | None
    provider_id: str
    refused_by: tuple[str, ...]


def apply_receipt(found: DeliveryState, receipt: Receipt, by: str) -> DeliveryState | None:
    """Return the message as it is after the receipt; None where that changes nothing.

    `by` is what the outbox calls the provider: the stand-in's name differs from the provider's.

    A message moves forward only. One that was taken, or may have been, and then failed is owed
    again, but not by that provider; where nobody else would reach the person it is dead.
    """
    if receipt.status is not ReceiptStatus.FAILED:
        return _forward(found, receipt, by)
    if by in found.refused_by or not _has_it(found, receipt, by):
        return None
    status = DEAD if receipt.final else QUEUED
    return DeliveryState(status, found.provider, found.provider_id, (*found.refused_by, by))


def provider_label(receipt: Receipt, channel: str) -> str:
    """Return what the outbox calls the provider of a receipt for a message owed on `channel`."""
    stands_in = receipt.channel is Channel.SMS and channel == Channel.WHATSAPP
    return STAND_IN + receipt.provider if stands_in else receipt.provider


def _has_it(found: DeliveryState, receipt: Receipt, by: str) -> bool:
    """Say whether a failure is of the copy that counts; another provider may have it by now."""
    same = (found.provider, found.provider_id) == (by, receipt.provider_id)
    return found.status == QUEUED or (found.status == ReceiptStatus.SENT and same)


def _forward(found: DeliveryState, receipt: Receipt, by: str) -> DeliveryState | None:
    """Move it forward. Receipts overtake each other: `sent` after `failed` takes nothing back."""
    late = found.status != QUEUED or by in found.refused_by
    if found.status not in _FORWARD or (receipt.status is ReceiptStatus.SENT and late):
        return None
    if _FORWARD.index(receipt.status) <= _FORWARD.index(found.status):
        return None
    return DeliveryState(receipt.status.value, by, receipt.provider_id, found.refused_by)
