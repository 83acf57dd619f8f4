"""The outbox in memory, for the same uses as `core/memory.py`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.message import Address, Channel, Receipt
from core.ports import Claimed, Outgoing
from core.receipts import STAND_IN, Found, called, follow
from core.zones import awake


@dataclass(slots=True)
class Owed:
    """A message, and what became of it."""

    message: Outgoing
    due_at: datetime
    not_before: datetime
    status: str = "queued"
    attempts: int = 0
    provider: str | None = None
    provider_id: str = ""
    why: str = ""
    refused_by: tuple[str, ...] = ()
    unsure_of: str = ""


class MemoryOutbox:
    """An `Outbox`. A message's id is its key."""

    def __init__(self) -> None:
        self.rows: dict[str, Owed] = {}
        self.opted_out: dict[Address, tuple[datetime, bool]] = {}

    async def put(self, message: Outgoing) -> None:
        """Owe it, unless it is owed already."""
        self.owe(message)

    def owe(self, message: Outgoing) -> None:
        """Owe it, unless it is owed already."""
        due = message.not_before or message.created_at
        due = awake(due, message.quiet) if message.quiet else due
        self.rows.setdefault(message.key, Owed(message, due, due, provider=message.provider))

    def withdraw(self, keys: Iterable[str]) -> None:
        """Owe messages no longer that nobody has sent yet."""
        for owed in (self.rows[key] for key in keys if key in self.rows):
            owed.status = "withdrawn" if owed.status == "queued" else owed.status

    async def claim(self, *, now: datetime, lease_seconds: int, limit: int) -> Sequence[Claimed]:
        """Take due messages, one at a time to each address and channel."""
        claimed: list[Claimed] = []
        waited_for: dict[tuple[Address, Channel], bool] = {}
        for key, owed in self.rows.items():
            message = owed.message
            whose = (message.address, message.channel)
            held_up = whose in waited_for and waited_for[whose] <= message.bulk
            if owed.status != "queued" or owed.not_before > now or held_up:
                continue
            if owed.due_at <= now and self._put_aside(owed, now):
                continue
            waited_for[whose] = min(message.bulk, waited_for.get(whose, True))
            if owed.due_at <= now and len(claimed) < limit:
                owed.due_at = now + timedelta(seconds=lease_seconds)
                owed.attempts += 1
                claimed.append(_claimed(key, owed))
        return tuple(claimed)

    def _put_aside(self, owed: Owed, now: datetime) -> bool:
        message = owed.message
        if self.opted_out.get(message.address, (None, False))[1] and not message.answers_request:
            owed.status = "opted_out"
            return True
        morning = awake(now, message.quiet) if message.quiet else now
        if morning > now:
            owed.due_at = owed.not_before = morning
        return morning > now

    async def sent(self, id: str, *, provider: str, provider_id: str, at: datetime) -> None:  # noqa: A002, ARG002 the port's words
        """Mark as handed over, even where another gave it up after this one's lease."""
        owed = self.rows[id]
        if owed.status in {"queued", "dead"}:
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
        if owed.status == "queued":
            owed.due_at, owed.why = due_at, why
            owed.refused_by, owed.unsure_of = tuple(refused_by), unsure_of

    async def dead(self, id: str, *, why: str) -> None:  # noqa: A002 the port's word
        """Give up, and keep it."""
        owed = self.rows[id]
        if owed.status == "queued":
            owed.status, owed.why = "dead", why or owed.why

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
            by = called(receipt, owed.provider, owed.unsure_of)
            if (step := follow(found, receipt, by)) is not None:
                owed.status, owed.provider, owed.provider_id, owed.refused_by = step
                owed.due_at = at if step.status == "queued" else owed.due_at
                owed.why = receipt.reason or owed.why
        return bool(own)


def _claimed(key: str, owed: Owed) -> Claimed:
    return Claimed(
        id=key,
        message=owed.message,
        attempts=owed.attempts,
        refused_by=owed.refused_by,
        unsure_of=owed.unsure_of,
    )
