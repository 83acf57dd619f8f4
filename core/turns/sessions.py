"""The store of conversations, between two messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from core.conversation.session import Session


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

    async def pending(self, *, before: datetime, limit: int) -> Sequence[str]:
        """Return conversations whose pending effect was saved before `before`, oldest first."""
