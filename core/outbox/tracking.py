"""Providers' receipts applied to messages in SQL."""

from collections.abc import Sequence

import msgspec

from core.database.statements import Connection, Statement
from core.events import Receipt
from core.outbox.receipts import (
    ARRIVED,
    DEAD,
    QUEUED,
    STAND_IN,
    TEMPLATE,
    DeliveryState,
    Recorded,
    apply_receipt,
    provider_label,
)

REASON_CHARACTERS_MAX = 200

_NAMES = msgspec.json.Decoder(tuple[str, ...])

_STATE = "id, status, channel, provider, provider_id, refused_by, unsure_of"
_FIND = Statement(
    """
    SELECT {columns}
    FROM outbox
    WHERE provider IN (:provider, :stand_in, :template)
        AND provider_id = :provider_id
    FOR UPDATE
    """,
    columns=_STATE,
)
_FIND_OUR_OWN = Statement(
    """
    SELECT {columns}
    FROM outbox
    WHERE id = :row_id
    FOR UPDATE
    """,
    columns=_STATE,
)
_APPLY = Statement("""
    UPDATE outbox
    SET status = :status,
        provider = :provider,
        provider_id = :provider_id,
        refused_by = :refused_by,
        why = COALESCE(NULLIF(:why, ''), why),
        due_at = COALESCE(:due_at, due_at),
        sent_at = COALESCE(sent_at, :sent_at)
    WHERE id = :row_id
""")


def record_receipt(connection: Connection, *, receipt: Receipt, at: str) -> Recorded:
    """Apply the receipt at the ISO time `at`; return what became of it."""
    arrived = False
    names = {
        "provider": receipt.provider,
        "stand_in": STAND_IN + receipt.provider,
        "template": TEMPLATE + receipt.provider,
    }
    found = by_id = connection.all(_FIND, **names, provider_id=receipt.provider_id)
    if not found and receipt.reference.isdecimal():
        found = connection.all(_FIND_OUR_OWN, row_id=int(receipt.reference))
    for row_id, status, channel, provider, provider_id, refused_by, unsure_of in found:
        before = DeliveryState(status, provider, provider_id or "", read_names(refused_by))
        by = provider if by_id else provider_label(receipt, channel)
        if (after := apply_receipt(before, receipt, by)) is not None:
            arrived |= after.status in ARRIVED and status not in ARRIVED
            ended = status != QUEUED or unsure_of == by  # no sender is delivering it now
            connection.run(
                _APPLY,
                row_id=row_id,
                status=after.status,
                provider=after.provider,
                provider_id=after.provider_id or None,
                refused_by=write_names(after.refused_by),
                why=cut(receipt.reason),
                due_at=at if ended else None,
                sent_at=None if after.status in {QUEUED, DEAD} else at,
            )
    if arrived:
        return Recorded.ARRIVED
    return Recorded.NOTED if found else Recorded.UNKNOWN


def read_names(text: str) -> tuple[str, ...]:
    """Return the providers in the column `refused_by`."""
    return _NAMES.decode(text)


def write_names(names: Sequence[str]) -> str:
    """Return the providers as the column `refused_by` holds them."""
    return msgspec.json.encode(names).decode()


def cut(why: str) -> str:
    """Return the part of a reason that is stored."""
    return why[:REASON_CHARACTERS_MAX]
