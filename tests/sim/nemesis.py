"""What goes wrong around each call of a port: to SQL, sessions, providers and the registry.

Each schedule has a climate: which faults there are, and how often. `hit` counts what happened.
"""

import asyncio

from core.database.unavailable import UnavailableError

FAULTS = ("yield", "delay", "late", "refused", "doubt", "crash", "crash after")
RATES = (0, 4, 12, 32)  # faults in 256 calls
MORE = 24  # so many more of the ports that the theme is about
DELAYS_SECONDS = (0.05, 0.5, 3.0, 7.0, 20.0, 50.0, 130.0, 400.0)
OUTAGES = ("down", "read-only", "flaky", "slow")
SLOW_SECONDS = 2.0


class CrashError(BaseException):
    """The process of this gateway has died: nothing of it goes on."""


class DoubtError(UnavailableError):
    """The call had its effect, and its caller is told that it failed."""


class Nemesis:
    """Decides about each call; an outage of a port lasts until it is mended.

    Outages are by port and gateway; the gateway None means all of them.
    """

    def __init__(self, world, choices):
        self._world, self._choices = world, choices
        self.calm = False
        self.outages = {}
        enabled = choices.byte()
        self._faults = [one for n, one in enumerate(FAULTS) if enabled >> n & 1] or FAULTS[:3]
        self._from = 256 - choices.one_of(RATES)

    def settle(self):
        """Nothing goes wrong any more."""
        self.calm, self.outages = True, {}

    def committed(self, gateway, operation, result):
        self._world.oracle.committed(gateway, operation, result)

    def followed(self, operation, run):
        return self._world.oracle.followed.around(operation, lambda: run(operation))

    async def around(self, gateway, port, act, *, writes=False):
        """Return what `act` returns, unless something goes wrong before, with or after it."""
        if gateway.dead:
            raise CrashError
        if self.calm:
            return act()
        if self.outages:
            await self._meet_outage(gateway, port, writes=writes)
            if self.calm:
                return act()
        byte = self._choices.byte()
        if byte < self._from - (MORE if port in self._world.theme.faulty else 0):
            if byte & 1 and self._world.theme.racing:
                await self._sleep(gateway, 0)
            return act()
        return await self._meet(self._choices.one_of(self._faults), gateway, port, act)

    async def _meet_outage(self, gateway, port, *, writes):
        outages = self.outages
        kind = outages.get((port, None)) or outages.get((port, gateway.name))
        if kind is None or (kind == "read-only" and not writes):
            return
        if kind == "slow":
            await self._sleep(gateway, SLOW_SECONDS)
            return
        if kind == "flaky" and self._choices.byte() & 1:
            return
        gateway.faults += 1
        self._world.hit("outage", port, kind)
        raise UnavailableError("the store is away", cause=kind)

    async def _meet(self, fault, gateway, port, act):
        """Return what `act` returns, with a fault before, around or after it."""
        gateway.faults += 1
        self._world.hit("fault", port, fault)
        self._world.note("fault", gateway.name, port, fault)
        await self._before(fault, gateway)
        result = act()
        await self._after(fault, gateway)
        return result

    async def _before(self, fault, gateway):
        if fault == "refused":
            raise UnavailableError("refused", cause="refused")
        if fault == "crash":
            gateway.crash()
            raise CrashError
        if fault == "yield":
            await self._sleep(gateway, 0)
        elif fault == "delay":
            await self._sleep(gateway, self._choices.one_of(DELAYS_SECONDS))

    async def _after(self, fault, gateway):
        if fault == "doubt":
            raise DoubtError("in doubt", cause="doubt")
        if fault == "crash after":
            gateway.crash()
            raise CrashError
        if fault == "late":
            await self._sleep(gateway, self._choices.one_of(DELAYS_SECONDS))

    async def _sleep(self, gateway, seconds):
        gateway.watch_deadlines()
        await asyncio.sleep(seconds)
        if gateway.dead:
            raise CrashError
