"""One schedule: people, two gateways, two stores and what goes wrong, all in virtual time."""

import asyncio
from datetime import datetime, timedelta
from functools import cache

from core.database.unavailable import UnavailableError
from gateway.runtime.logs import log
from tests.scripts import START
from tests.sim.choices import Choices
from tests.sim.due import NEXT, OWED, STEPS
from tests.sim.gateway import Gateway
from tests.sim.log import Log
from tests.sim.loop import VirtualLoop
from tests.sim.nemesis import OUTAGES, CrashError, Nemesis
from tests.sim.oracle import Oracle
from tests.sim.outside import Providers
from tests.sim.people import make_people
from tests.sim.stores import SessionRows, Tables
from tests.sim.themes import THEMES

BEGIN = START + timedelta(days=1)  # when everything in the houses is over
ACTS = (20, 4, 6, 8, 10, 12)  # in a schedule
STEP_SECONDS, CALM_SECONDS = 0.01, 600.0
PAUSES_SECONDS = (1.0, 5.0, 20.0, 130.0, 700.0, 3_700.0, 40_000.0, 90_000.0)
SKEW_SECONDS = 3_600
PORTS = ("sql", "redis", "registry", "kannel")
ROUNDS_MAX = 60  # of the background until nothing is left to do
HORIZON = timedelta(days=8)  # in which everything must be over: reminders are due earlier
LOST_WRITES_MAX = 6
_LOOP, LOG = VirtualLoop(), Log()
log.stream = LOG


@cache
def tables_of(scene):
    return Tables(scene())


class World:
    """All that there is in one schedule."""

    def __init__(self, string, hits):
        self.loop, self.choices = _LOOP, Choices(string)
        self.history, self._hits = [], hits
        self.theme = self.choices.one_of(THEMES)
        scene, self.asks_registry = self.choices.one_of(self.theme.houses)
        self.keyed = self.choices.one_in(2)  # numbers follow from a secret
        self.tables = tables_of(scene)
        self.sessions = SessionRows(scene().sessions.rows)
        self.nemesis = Nemesis(self, self.choices)
        self.oracle = Oracle(self)
        self.providers = Providers(self)
        self.people = make_people(self)
        self.step, self._drawn, self._failure = 0, 100, None
        self._pause, self._skewed_seconds = STEP_SECONDS, 0
        self.gateways = [Gateway(self, name) for name in "AB"]

    def now(self):
        return BEGIN + timedelta(seconds=self.loop.time())

    def note(self, *what):
        self.history.append((round(self.loop.time(), 6), *what))

    def hit(self, *what):
        self._hits[what] += 1

    def saw(self, what):
        self.hit("saw", what)

    def chance(self):
        return self.choices.byte() / 256

    def draw_below(self, below):
        """Draw what was never drawn, or once in a while what was drawn before."""
        if not self.nemesis.calm and self.choices.one_in(32):
            self.hit("draw", "again")
        else:
            self._drawn += 1
        return self._drawn % below

    def whose(self, message):
        return next((one for one in self.people if one.address == message.address), None)

    def tell(self, message):
        """Let a person hear a message that a provider took."""
        person = self.whose(message)
        if person is not None:
            person.hear(message.reply, message.channel)

    def crashed(self, gateway):
        self.hit("crash", gateway.name)
        self.note("crash", gateway.name)

    def ended(self, gateway, error):
        """Note how a task ended; a failure that no store explains is one of ours."""
        if error is not None and not isinstance(error, (CrashError, UnavailableError)):
            self.fail(error)

    def play(self):
        """Play the schedule to its end; raise what is broken."""
        self.tables.begin()
        LOG.failed = self.fail
        try:
            self.loop.play(self._play())
        finally:
            self.loop.drop(task for one in self.gateways for task in one.tasks)
            self.tables.end()

    def fail(self, error):
        """Note a failure where it cannot be raised: in a task, or in a line of the log."""
        self._failure = self._failure or error

    async def _play(self):
        for _ in range(self.choices.one_of(ACTS)):
            self.step += 1
            self._pause = STEP_SECONDS
            deed = self.choices.one_of(self.theme.deeds)
            self._begin(deed) if deed in STEPS else getattr(self, deed)()
            await asyncio.sleep(self._pause)
            self._check()
        await self._settle()
        self._check()
        self.oracle.check_end()

    def _check(self):
        if self._failure is not None:
            raise self._failure
        self.oracle.check()

    def _living(self):
        gateway = self.gateways[self.choices.byte() & 1]
        return (
            gateway
            if not gateway.dead
            else next((one for one in self.gateways if not one.dead), None)
        )

    def nothing(self):
        pass

    def somebody(self):
        person = self.choices.one_of(self.people)
        if (gateway := self._living()) is not None:
            person.act(gateway)

    def at_once(self):
        """Two messages of one person, or of two, at the two gateways in the same instant."""
        first, second = self.choices.one_of(self.people), self.choices.one_of(self.people)
        one, other = self.gateways
        if not one.dead and not other.dead:
            first.say(one, first.next_message())
            again = first is second and self.choices.one_in(3)
            second.say(other, first.last if again else second.next_message())

    def background(self):
        self._begin(self.choices.one_of(STEPS))

    def _begin(self, step):
        gateway = self._living()
        if gateway is not None and step not in gateway.busy:
            self.note(step, gateway.name)
            gateway.spawn(gateway.work(step))

    def wait(self):
        self._pause = self.choices.one_of(PAUSES_SECONDS)

    def receipt(self):
        receipt, gateway = self.providers.receipt(), self._living()
        if receipt is not None and gateway is not None:
            gateway.spawn(gateway.note(receipt))

    def break_port(self):
        port = self.choices.one_of(PORTS)
        whose = self.choices.one_of((None, "A", "B"))
        kind = self.choices.one_of(OUTAGES)
        self.note("outage", port, whose, kind)
        self.hit("broken", port, kind, "everywhere" if whose is None else "partition")
        self.nemesis.outages[port, whose] = kind

    def mend(self):
        self.note("mended")
        self.nemesis.outages.clear()

    def crash(self):
        if (gateway := self._living()) is not None:
            gateway.crash()

    def start(self):
        for place, gateway in enumerate(self.gateways):
            if gateway.dead:
                self.note("start", gateway.name)
                self.gateways[place] = Gateway(self, gateway.name)

    def mark(self):
        self.note("mark")
        self.tables.mark()

    def lose_commits(self):
        if self.tables.lose():
            self.note("commits lost")
            self.hit("lost", "sql")
            self.oracle.excused |= {"told", "said", "twice", "fed"}

    def lose(self):
        if self.choices.one_in(4):
            self.flush()
        else:
            self.lose_writes()

    def lose_writes(self):
        writes = 1 + self.choices.below(LOST_WRITES_MAX)
        self.note("writes lost", writes)
        self.hit("lost", "redis")
        self.sessions.lose(writes)
        self.oracle.excused.add("said")

    def flush(self):
        self.note("flush")
        self.hit("lost", "redis all")
        self.sessions.rows.clear()
        self.oracle.excused.add("said")

    def skew(self):
        if (gateway := self._living()) is not None:
            gateway.skew_seconds = self.choices.one_of((SKEW_SECONDS, -SKEW_SECONDS, 0))
            self.note("skew", gateway.name, gateway.skew_seconds)
            self.hit("skew", gateway.skew_seconds)
            self.oracle.excused.add("twice")
            self._skewed_seconds = SKEW_SECONDS

    async def _settle(self):
        """Let everything be calm, until nothing is left to do."""
        self.note("calm")
        self.nemesis.settle()
        self.start()
        for gateway in self.gateways:
            gateway.skew_seconds = 0
        await asyncio.sleep(CALM_SECONDS + self._skewed_seconds)
        self.oracle.followed.calm()
        if self.theme.insists:
            await self._deliver_again()
        for gateway in self.gateways:
            if gateway.intake.late:
                await gateway.sweep()
        for rounds in range(ROUNDS_MAX):
            await self._work(self.gateways[rounds & 1])
            if not await self._pass_until_due():
                return
        self.oracle.fail("there is always more to do")

    async def _deliver_again(self):
        """Deliver what was said last once more, answered or not, as providers do."""
        for person in self.people:
            if person.last is not None:
                person.say(self.gateways[0], person.last)
                await asyncio.sleep(STEP_SECONDS)

    async def _work(self, gateway):
        """Carry out every step of the background that has something to do, and all receipts."""
        (owed,) = self.tables.connection.all(OWED)
        for step, wanted in zip(STEPS, owed, strict=True):
            if wanted:
                await gateway.work(step)
        for receipt in self.providers.receipts():
            await gateway.note(receipt)

    async def _pass_until_due(self):
        """Let time pass until something is due; return False if nothing is."""
        ((due,),) = self.tables.connection.all(NEXT)
        if due is None or datetime.fromisoformat(due) > BEGIN + HORIZON:
            return False
        wait = (datetime.fromisoformat(due) - self.now()).total_seconds()
        await asyncio.sleep(max(wait, 0.0) + STEP_SECONDS)
        return True
