"""What the receipts of providers do to messages owed in SQL."""

from collections.abc import Sequence

import msgspec

from core.database.statements import Connection, Statement
from core.messages import Receipt
from core.outbox.receipts import (
    DEAD,
    QUEUED,
    STAND_IN,
    DeliveryState,
    apply_receipt,
    provider_label,
)

REASON_CHARACTERS_MAX = 200

_FOLLOWED = "id, status, channel, provider, provider_id, refused_by, unsure_of"
_FIND = Statement(
    """
    SELECT {columns}
    FROM outbox
    WHERE provider IN (:provider, :stand_in)
        AND provider_id = :provider_id
    FOR UPDATE
    """,
    columns=_FOLLOWED,
)
_FIND_OUR_OWN = Statement(
    """
    SELECT {columns}
    FROM outbox
    WHERE id = :row_id
    FOR UPDATE
    """,
    columns=_FOLLOWED,
)
_FOLLOW = Statement("""
    UPDATE outbox
    SET status = :status,
        provider = :provider,
        provider_id = :provider_id,
        refused_by = :refused_by,
        why = COALESCE(NULLIF(:reason, ''), why),
        due_at = COALESCE(:due_at, due_at),
        sent_at = COALESCE(sent_at, :sent_at)
    WHERE id = :row_id
""")


def record_receipt(connection: Connection, *, receipt: Receipt, at: str) -> bool:
    """Move the message that the receipt is about; say whether there is one."""
    names = {"provider": receipt.provider, "stand_in": STAND_IN + receipt.provider}
    found = connection.all(_FIND, **names, provider_id=receipt.provider_id)
    if not found and receipt.reference.isdecimal():
        found = connection.all(_FIND_OUR_OWN, row_id=int(receipt.reference))
    for row_id, status, channel, provider, provider_id, refused_by, unsure_of in found:
        seen = DeliveryState(status, provider, provider_id or "", read_names(refused_by))
        by = provider_label(receipt, channel)
        if (step := apply_receipt(seen, receipt, by)) is not None:
            ended = status != QUEUED or unsure_of == by  # nobody is handing it over just now
            connection.run(
                _FOLLOW,
                row_id=row_id,
                status=step.status,
                provider=step.provider,
                provider_id=step.provider_id or None,
                refused_by=write_names(step.refused_by),
                reason=cut(receipt.reason),
                due_at=at if ended else None,
                sent_at=None if step.status in {QUEUED, DEAD} else at,
            )
    return bool(found)


def read_names(text: str) -> tuple[str, ...]:
    """Return the providers in a column."""
    return msgspec.json.decode(text, type=tuple[str, ...])


def write_names(names: Sequence[str]) -> str:
    """Return the providers as a column keeps them."""
    return msgspec.json.encode(names).decode()


def cut(why: str) -> str:
    """Return as much of a reason as is kept."""
    return why[:REASON_CHARACTERS_MAX]
