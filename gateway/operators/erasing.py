"""The erasures that people asked for, carried out when they come due, as background work."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

from core.cases.leaving import erase_due
from core.database.database import Database
from core.turns.sessions import SessionStore
from gateway.runtime.clock import Clock

LOOK_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 1.0  # between two erasures: turns go first


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """Erases who is due, one at a time; workers that do so at once take different people."""

    database: Database
    sessions: SessionStore
    clock: Clock
    countries: frozenset[str]  # into which SMS go unasked

    async def erase_one(self) -> bool:
        """Erase whose time came first, and their conversations; return False if nobody's has."""
        now = self.clock()
        erasure = partial(erase_due, now=now, countries=self.countries)
        erased = await self.database.write(erasure, alone=True)
        if erased is None:
            return False
        for conversation in erased.conversations:
            await self.sessions.forget(conversation)
        return True

    async def run(self) -> None:
        """Erase for ever."""
        while True:
            more = await self.erase_one()
            await asyncio.sleep(PAUSE_SECONDS if more else LOOK_SECONDS)
