"""Sessions in a dict, for tests that try every order of calls and for `satupintu phone`."""

from collections.abc import Sequence
from datetime import datetime

from core.conversation.session import Session
from core.turns.sessions import Saved


class MemorySessions:
    """A `SessionStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, Saved] = {}

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

    async def pending(self, *, before: datetime, limit: int) -> Sequence[str]:
        """Return conversations whose pending effect was saved before `before`, oldest first."""
        since = {
            key: saved.session.at
            for key, saved in self.rows.items()
            if saved.session.pending is not None and saved.session.at < before.timestamp()
        }
        return sorted(since, key=lambda key: since[key])[:limit]
