"""Proves who signs in. Passwords are hashed in threads, a few at a time: turns go on meanwhile."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from core.database.database import Database
from core.operators.links import draw_secret_text
from core.operators.passwords import hash_password, step_of, verify_password
from core.operators.sign_in import Enrolment, charge, clear, enrol, note_wrong
from gateway.http.problems import ProblemError
from gateway.runtime.clock import Clock

HASHING_MAX: Final = 1  # at a time, in one worker
WAITING_MAX: Final = 10  # more are turned away at once

T = TypeVar("T")


class Budget:
    """Bounds how much of the processor passwords take, whoever asks how often."""

    def __init__(self) -> None:
        self._free, self._waiting = asyncio.Semaphore(HASHING_MAX), 0

    async def spend(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread, in turn; raise `ProblemError` (429) if many wait."""
        if self._waiting >= WAITING_MAX:
            raise ProblemError(429, "too many sign in at once", {"retry-after": "2"})
        self._waiting += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """Sign-in and enrolment; both return the secret of the new session."""

    database: Database
    clock: Clock
    budget: Budget = field(default_factory=Budget)

    async def sign_in(self, name: str, password: str, code: str) -> str | None:
        """Return None if anything is wrong: not what. It takes as long for an unknown name."""
        now = self.clock()
        known = await self.database.write(partial(charge, name=name, at=now))
        stored = known.password if known else ""
        right = await self.budget.spend(partial(verify_password, stored, password))
        step = step_of(known.totp, code, now, after=known.totp_step) if known else None
        if right and step is not None:
            secret = draw_secret_text()
            signing = partial(clear, name=name, step=step, secret=secret, at=now)
            if await self.database.write(signing, alone=True):
                return secret
        if known:
            await self.database.write(partial(note_wrong, name=name, at=now), alone=True)
        return None

    async def enrol(self, link: str, password: str, totp: str, code: str) -> str | None:
        """Return None if the code is wrong, or the link no longer good."""
        now = self.clock()
        step = step_of(totp, code, now, after=0)
        if step is None:
            return None
        hashed = await self.budget.spend(partial(hash_password, password))
        secret, chosen = draw_secret_text(), Enrolment(hashed, totp, step)
        enrolling = partial(enrol, link=link, enrolment=chosen, secret=secret, at=now)
        done = await self.database.write(enrolling, alone=True)
        return secret if done else None
