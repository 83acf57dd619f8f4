"""Moving and telling those whom a closed day displaces, as background work and at once."""

import asyncio
import secrets
from functools import partial
from typing import Final

from core.appointments.closures import Closure, finish_closure, unfinished_closure
from core.appointments.displacing import displace_next
from core.database.database import Database
from core.registration.number import TICKET_CODE_BITS, make_ticket_code
from gateway.runtime.clock import Clock

AT_ONCE_MAX: Final = 200  # people, before the operator is answered; the others come after
LOOK_SECONDS: Final = 10.0


async def displace(
    database: Database, closure: Closure, clock: Clock, countries: frozenset[str], *, most: int
) -> None:
    """Move or tell up to `most` people, each in a transaction; note it if nobody is left."""
    for _ in range(most):
        code = make_ticket_code(secrets.randbelow(1 << TICKET_CODE_BITS))
        step = partial(displace_next, closure=closure, at=clock(), code=code, countries=countries)
        if not await database.write(step, alone=True):
            done = partial(finish_closure, closure_id=closure.id, at=clock())
            await database.write(done)
            return


async def displace_forever(database: Database, clock: Clock, countries: frozenset[str]) -> None:
    """Finish what a call, or a gateway that is gone, has left."""
    while True:
        closure = await database.read(unfinished_closure)
        if closure is None:
            await asyncio.sleep(LOOK_SECONDS)
        else:
            await displace(database, closure, clock, countries, most=AT_ONCE_MAX)
