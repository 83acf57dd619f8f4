"""What the receipts of providers do to messages owed in SQL."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import and_, func, select, update

from core.database.statements import Connection, Statement, given
from core.database.tables import outbox
from core.messages import Receipt
from core.outbox.receipts import DEAD, QUEUED, STAND_IN, Found, called, follow

REASON_CHARACTERS_MAX = 200

_this = outbox.c.id == given("this")
_ours = and_(
    outbox.c.provider.in_([given("by"), given("stand_in")]),
    outbox.c.provider_id == given("called"),
)
_followed = select(
    outbox.c.id,
    outbox.c.status,
    outbox.c.channel,
    outbox.c.provider,
    outbox.c.provider_id,
    outbox.c.refused_by,
    outbox.c.unsure_of,
)
_FIND = Statement(_followed.where(_ours).with_for_update())
_FIND_OUR_OWN = Statement(_followed.where(_this).with_for_update())
_FOLLOW = Statement(
    update(outbox)
    .where(_this)
    .values(
        status=given("now"),
        provider=given("by"),
        provider_id=given("called"),
        refused_by=given("refused"),
        why=func.coalesce(func.nullif(given("reason"), ""), outbox.c.why),
        due_at=func.coalesce(given("due"), outbox.c.due_at),
        sent_at=func.coalesce(outbox.c.sent_at, given("at")),
    )
)


def track(connection: Connection, *, receipt: Receipt, at: str) -> bool:
    """Move the message that the receipt is about; say whether there is one."""
    names = {"by": receipt.provider, "stand_in": STAND_IN + receipt.provider}
    found = connection.all(_FIND, **names, called=receipt.provider_id)
    if not found and receipt.reference.isdecimal():
        found = connection.all(_FIND_OUR_OWN, this=int(receipt.reference))
    for this, status, channel, provider, provider_id, refused_by, unsure_of in found:
        seen = Found(status, provider, provider_id or "", read_names(refused_by))
        by = called(receipt, channel)
        if (step := follow(seen, receipt, by)) is not None:
            ended = status != QUEUED or unsure_of == by  # nobody is handing it over just now
            connection.run(
                _FOLLOW,
                this=this,
                now=step.status,
                by=step.provider,
                called=step.provider_id or None,
                refused=write_names(step.refused_by),
                reason=cut(receipt.reason),
                due=at if ended else None,
                at=None if step.status in {QUEUED, DEAD} else at,
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
