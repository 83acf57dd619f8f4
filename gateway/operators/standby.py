"""Offering seats that came free to those who wait, as background work of one process."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Final

from core.appointments.standby_offers import offer_next, release_next
from core.database.database import Database
from core.database.leases import Lease
from core.registration.terms import Terms
from gateway.runtime.clock import Clock

LEASE: Final = "standby"
LEASE_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 10.0
STEPS_MAX: Final = 200  # of each kind, between two renewals of the lease


async def offer_forever(database: Database, terms: Terms, clock: Clock, holder: str) -> None:
    """End what is void and offer what is free, every `LOOK_SECONDS`; only the lease's holder."""
    lease = Lease(LEASE, holder)
    while True:
        now = clock()
        if await database.write(partial(lease.claim, now=now, seconds=LEASE_SECONDS)):
            await look(database, terms, now)
        await asyncio.sleep(LOOK_SECONDS)


async def look(database: Database, terms: Terms, now: datetime) -> None:
    """Look once; a seat that is given up goes to the next person in the same look."""
    for step in (partial(release_next, at=now), partial(offer_next, at=now, terms=terms)):
        for _ in range(STEPS_MAX):
            if not await database.write(step, alone=True):
                break
