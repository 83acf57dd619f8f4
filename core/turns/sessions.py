"""Where conversations are remembered between two messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from core.conversation.session import Session


class Saved(NamedTuple):
    """A session as it was read, and the version it was read at; a new one is version 0."""

    session: Session
    version: int


class SessionStore(Protocol):
    """Remembers conversations."""

    async def load(self, conversation: str) -> Saved:
        """Return the session and its version."""
        ...

    async def save(self, conversation: str, session: Session, *, after: int) -> bool:
        """Write version `after + 1`, only if the stored one is still `after`; say whether it was.

        A session with something pending never expires, and can be found with `pending`.
        """
        ...

    async def pending(self, *, before: datetime, limit: int) -> Sequence[str]:
        """Return conversations whose pending effect was saved before `before`, oldest first."""
        ...
