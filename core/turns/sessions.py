"""The store of conversations, between two messages."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from core.conversation.session import Session

SHARDS: Final = 64  # of all conversations; each is in one
PRESENT_SECONDS: Final = 10  # without a word, after which a worker counts as gone


class Backlog(NamedTuple):
    """How many conversations have a pending effect, and when the oldest was saved."""

    number: int
    since: datetime | None


class Saved(NamedTuple):
    """A session and the version it was read at; a new session has version 0."""

    session: Session
    version: int


class SessionStore(Protocol):
    """Stores the session of each conversation."""

    async def load(self, conversation: str) -> Saved:
        """Return the session and its version."""

    async def save(self, conversation: str, session: Session, *, after: int) -> bool:
        """Write version `after + 1`, only if the stored one is still `after`; else return False.

        A session with a pending effect never expires, and `pending` finds it.
        """

    async def forget(self, conversation: str) -> None:
        """Forget the session, and that it has a pending effect; a turn under way begins anew."""

    async def pending(
        self,
        *,
        before: datetime,
        each: int,
        shards: range = range(SHARDS),
        past: Collection[str] = (),
    ) -> Sequence[str]:
        """Return conversations whose pending effect was saved before `before`, oldest first.

        At most the `each` oldest of each shard, after those `past`, which it was given before.
        """

    async def backlog(self) -> Backlog:
        """Return how much is pending, in all shards."""

    async def present(self, worker: str, *, now: datetime) -> Sequence[str]:
        """Note that `worker` is at work; return all that were, within `PRESENT_SECONDS`."""
