"""The outbox as the desk lists it: by what became of messages, without their texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from core.database.statements import Connection, Row, Statement
from core.operators.dead_letters import ESCAPE, mask

SCANNED_MAX: Final = 10_000  # messages that one search reads: the newest below the cursor
ITEMS_MAX: Final = 50
LAST: Final = 2**62  # above every id
SHOWN: Final = (
    *("id", "channel", "provider", "address", "status", "attempts", "why", "provider_id"),
    *("created_at", "sent_at", "due_at"),
)
_SCANNED: Final = """
    SELECT
        id, channel, COALESCE(provider, '') AS provider, value, status, attempts,
        COALESCE(why, '') AS why, COALESCE(provider_id, '') AS provider_id, created_at, sent_at,
        due_at
    FROM outbox
    WHERE id < :before
        AND {kind}
    ORDER BY id DESC
    LIMIT :bound
"""
_FOUND: Final = r"""
    WITH scanned AS ({scanned})
    SELECT *
    FROM scanned
    WHERE (:status = '' OR status = :status)
        AND (:channel = '' OR channel = :channel)
        AND (:provider = '' OR provider = :provider)
        AND (:why = '' OR why LIKE :why ESCAPE '\')
        AND created_at >= :since
        AND created_at < :until
    ORDER BY id DESC
    LIMIT :limit
"""
_END: Final = "SELECT COUNT(*), MIN(id) FROM ({scanned}) AS scanned"
# Those that partial indexes list are found among any number of others.
_KINDS: Final = {"dead": "status = 'dead'", "queued": "status = 'queued'", "": "status <> ''"}
_STATEMENTS: Final = {
    kind: (
        Statement(_FOUND, scanned=_SCANNED.format(kind=condition)),
        Statement(_END, scanned=_SCANNED.format(kind=condition)),
    )
    for kind, condition in _KINDS.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages: "" for any. `why` is how the reason begins; times are ISO, in UTC."""

    status: str = ""
    channel: str = ""
    provider: str = ""
    why: str = ""
    since: str = ""
    until: str = "9999"
    after: int | None = None  # the cursor: messages older than this one


class FoundMessages(NamedTuple):
    """Messages, the newest first, with their addresses masked; `next` is the cursor, or None."""

    items: Sequence[dict[str, Any]]
    next: int | None


def find_messages(connection: Connection, wanted: Wanted) -> FoundMessages:
    """Return up to `ITEMS_MAX` of the messages; a rare kind may take several pages to find."""
    found, end = _STATEMENTS.get(wanted.status, _STATEMENTS[""])
    place = {"before": LAST if wanted.after is None else wanted.after, "bound": SCANNED_MAX}
    rows = connection.all(
        found,
        **place,
        status=wanted.status,
        channel=wanted.channel,
        provider=wanted.provider,
        why=begins(wanted.why),
        since=wanted.since,
        until=wanted.until,
        limit=ITEMS_MAX + 1,
    )
    items = [_shown(row) for row in rows[:ITEMS_MAX]]
    if len(rows) > ITEMS_MAX:
        return FoundMessages(items, items[-1]["id"])
    count, oldest = connection.all(end, **place)[0]
    return FoundMessages(items, oldest if count == SCANNED_MAX else None)


def begins(text: str) -> str:
    """Return the pattern of LIKE for what begins so; "" for ""."""
    for special in (ESCAPE, "%", "_"):
        text = text.replace(special, ESCAPE + special)
    return f"{text}%" if text else ""


def _shown(row: Row) -> dict[str, Any]:
    shown = dict(zip(SHOWN, row, strict=True))
    return {**shown, "address": mask(shown["address"])}
