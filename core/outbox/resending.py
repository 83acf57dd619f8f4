"""A message sent once more because its person asks for it: a few a day."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal, NamedTuple

from core.database.statements import Connection, Statement, column_list
from core.messages import Address
from core.outbox.rate_limits import count
from core.outbox.rows import CLAIMED, read_claimed
from core.outbox.sms_bounds import Bound
from core.outbox.store import enqueue

RESENDS_A_DAY_MAX: Final = 3  # of one registration
CODES: Final = frozenset({"code_sms", "code_desk"})  # prompts that are of use once

Resent = Literal["queued", "unknown", "forgotten", "too_many"]

_FIND = Statement("SELECT {columns} FROM outbox WHERE id = :row_id", columns=column_list(CLAIMED))


class Asked(NamedTuple):
    """The id of a message, for which registration it is asked, the key of the request, when."""

    row_id: int
    number: str
    key: str
    at: datetime


def resend(connection: Connection, asked: Asked, addresses: Collection[Address]) -> Resent:
    """Queue the message once more to the same address, one of `addresses`; once for each key.

    `forgotten`: its text was, or it is outdated, or a code.
    """
    row_id, number, key, at = asked
    row = connection.one(_FIND, row_id=row_id)
    message = (
        None if row is None else read_claimed(dict(zip(CLAIMED, row, strict=True)), at).message
    )
    if message is None or message.address not in addresses:
        return "unknown"
    outdated = message.not_after is not None and message.not_after <= at
    if outdated or message.is_blank or CODES & {one.key for one in message.reply.prompts}:
        return "forgotten"
    if count(connection, [Bound(f"resend:{number}", RESENDS_A_DAY_MAX)], at=at, key=key):
        return "too_many"
    again = replace(message, key=f"{key}/resent", created_at=at, not_before=None, provider=None)
    enqueue(connection, replace(again, answers_request=False))
    return "queued"
