"""The outbox in memory, for the same uses as `core/turns/memory.py`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.messages import Address, Channel, Receipt
from core.outbox.message import ASIDE_MAX, OTHERS_SECONDS, Claimed, Outgoing
from core.outbox.quiet_hours import awake
from core.outbox.receipts import DEAD, QUEUED, STAND_IN, Found, called, follow


@dataclass(slots=True)
class Owed:
    """A message, and what became of it."""

    message: Outgoing
    due_at: datetime
    not_before: datetime
    status: str = QUEUED
    attempts: int = 0
    provider: str | None = None
    provider_id: str = ""
    why: str = ""
    refused_by: tuple[str, ...] = ()
    unsure_of: str = ""
    doubts: int = 0
    tried_at: datetime | None = None
    outdated: bool = False

    @property
    def origin(self) -> str:
        """Return the account that it is to leave by."""
        message = self.message
        return "" if message.channel is Channel.EMAIL else message.headers.get("to", "")


class MemoryOutbox:
    """An `Outbox`. A message's id is its key."""

    def __init__(self) -> None:
        self.rows: dict[str, Owed] = {}
        self.accounts: frozenset[str] = frozenset()
        self.opted_out: dict[Address, tuple[datetime, bool]] = {}

    async def put(self, message: Outgoing) -> None:
        """Owe it, unless it is owed already."""
        self.owe(message)

    def owe(self, message: Outgoing, *, status: str = QUEUED) -> None:
        """Owe it, unless it is owed already."""
        due = message.due_at
        owed = Owed(message, due, due, status, provider=message.provider)
        self.rows.setdefault(message.key, owed)

    def withdraw(self, keys: Iterable[str]) -> None:
        """Owe messages no longer; one that was sent is not sent again."""
        for owed in (self.rows[key] for key in keys if key in self.rows):
            owed.outdated |= owed.status == "sent"
            owed.status = "withdrawn" if owed.status in {QUEUED, DEAD} else owed.status

    async def claim(self, *, now: datetime, lease_seconds: int, limit: int) -> Sequence[Claimed]:
        """Take due messages, bulk last, one at a time to each address and channel."""
        claimed: list[Claimed] = []
        aside = 0
        while due := self._due(now)[: min(limit - len(claimed), ASIDE_MAX - aside)]:
            for key, owed in due:
                if self._put_aside(owed, now):
                    aside += 1
                    continue
                owed.tried_at = owed.tried_at or now
                claimed.append(_claimed(key, owed))
                owed.due_at, owed.unsure_of = now + timedelta(seconds=lease_seconds), ""
                owed.attempts += 1
        return tuple(claimed)

    def _due(self, now: datetime) -> list[tuple[str, Owed]]:
        others = now - timedelta(seconds=OTHERS_SECONDS if self.accounts else 0)
        queued = [(key, owed) for key, owed in self.rows.items() if owed.status == QUEUED]
        due = [
            (key, owed)
            for place, (key, owed) in enumerate(queued)
            if owed.due_at <= (now if owed.origin in {"", *self.accounts} else others)
            and not any(_holds_up(earlier, owed, now) for _, earlier in queued[:place])
        ]
        return sorted(due, key=lambda pair: (pair[1].message.bulk, pair[1].due_at))

    def _put_aside(self, owed: Owed, now: datetime) -> bool:
        message = owed.message
        if self.opted_out.get(message.address, (None, False))[1] and not message.answers_request:
            owed.status = "opted_out"
            return True
        morning = awake(now, message.quiet) if message.quiet else now
        if morning > now:
            owed.due_at = owed.not_before = morning
        return morning > now

    async def sent(self, id: str, *, provider: str, provider_id: str, at: datetime) -> None:  # noqa: A002 the port's word
        """Mark as handed over, even where another gave it up after this one's lease."""
        owed = self.rows[id]
        if owed.status == QUEUED and provider in owed.refused_by:
            owed.due_at = at
        elif owed.status in {QUEUED, DEAD} and provider not in owed.refused_by:
            owed.status, owed.provider, owed.provider_id = "sent", provider, provider_id

    async def retry(
        self,
        id: str,  # noqa: A002 the port's word
        *,
        due_at: datetime,
        why: str,
        refused_by: Sequence[str] = (),
        unsure_of: str = "",
    ) -> None:
        """Give it back, to be claimed again at `due_at`."""
        owed = self.rows[id]
        if owed.status == QUEUED:
            owed.due_at, owed.why = due_at, why
            owed.refused_by, owed.unsure_of = tuple(refused_by), unsure_of
            owed.doubts += bool(unsure_of)

    async def dead(self, id: str, *, why: str) -> None:  # noqa: A002 the port's word
        """Give up, and keep it."""
        owed = self.rows[id]
        if owed.status == QUEUED:
            owed.status, owed.why = DEAD, why or owed.why

    async def receipt(self, receipt: Receipt, *, at: datetime) -> bool:
        """Move the message forward, never back."""
        names = {receipt.provider, STAND_IN + receipt.provider}
        own = [
            owed
            for owed in self.rows.values()
            if owed.provider in names and owed.provider_id == receipt.provider_id
        ]
        if not own and receipt.reference in self.rows:
            own = [self.rows[receipt.reference]]
        for owed in own:
            found = Found(owed.status, owed.provider, owed.provider_id, owed.refused_by)
            by = called(receipt, owed.message.channel)
            if (step := follow(found, receipt, by)) is not None:
                ended = owed.status != QUEUED or owed.unsure_of == by
                owed.status, owed.provider, owed.provider_id, owed.refused_by = step
                owed.due_at = at if ended else owed.due_at
                owed.why = receipt.reason or owed.why
        return bool(own)


def _holds_up(earlier: Owed, owed: Owed, now: datetime) -> bool:
    first, second = earlier.message, owed.message
    return (
        (first.address, first.channel) == (second.address, second.channel)
        and earlier.not_before <= now
        and first.bulk <= second.bulk
        and (not first.quiet or bool(second.quiet))
        and second.not_after is None
    )


def _claimed(key: str, owed: Owed) -> Claimed:
    return Claimed(
        id=key,
        message=replace(
            owed.message,
            provider=owed.provider,
            not_before=owed.not_before,
            not_after=owed.message.created_at if owed.outdated else owed.message.not_after,
        ),
        attempts=owed.attempts + 1,
        tried_at=owed.tried_at or owed.due_at,
        refused_by=owed.refused_by,
        unsure_of=owed.unsure_of,
        doubts=owed.doubts,
    )
