"""Sessions in a dict, for tests that try every order of calls and for `satupintu phone`."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from zlib import crc32

from core.conversation.session import Session
from core.turns.sessions import PRESENT_SECONDS, SHARDS, Backlog, Saved


class MemorySessions:
    """A `SessionStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, Saved] = {}
        self.workers: dict[str, datetime] = {}

    async def load(self, conversation: str) -> Saved:
        """Return the session and its version."""
        return self.rows.get(conversation, Saved(Session(), 0))

    async def save(self, conversation: str, session: Session, *, after: int) -> bool:
        """Write version `after + 1`, only if the stored one is still `after`."""
        if (await self.load(conversation)).version != after:
            return False
        self.rows[conversation] = Saved(session, after + 1)
        return True

    async def forget(self, conversation: str) -> None:
        """Forget the session."""
        self.rows.pop(conversation, None)

    async def pending(
        self,
        *,
        before: datetime,
        each: int,
        shards: range = range(SHARDS),
        past: Collection[str] = (),
    ) -> Sequence[str]:
        """Return conversations whose pending effect was saved before `before`, oldest first."""
        found: list[str] = []
        room = dict.fromkeys(shards, each)
        for key, at in self._pending():
            shard = crc32(key.encode("utf-8", "surrogatepass")) % SHARDS
            if at < before.timestamp() and key not in past and room.get(shard, 0):
                room[shard] -= 1
                found.append(key)
        return found

    async def backlog(self) -> Backlog:
        """Return how much is pending."""
        pending = self._pending()
        since = datetime.fromtimestamp(pending[0][1], UTC) if pending else None
        return Backlog(len(pending), since)

    async def present(self, worker: str, *, now: datetime) -> Sequence[str]:
        """Note that `worker` is at work; return all that were, within `PRESENT_SECONDS`."""
        self.workers[worker] = now
        seconds = timedelta(seconds=PRESENT_SECONDS)
        return [one for one, at in self.workers.items() if abs(at - now) <= seconds]

    def _pending(self) -> list[tuple[str, int]]:
        saved = ((key, one.session) for key, one in self.rows.items())
        found = [(key, session.at) for key, session in saved if session.pending is not None]
        return sorted(found, key=itemgetter(1))
