"""One incarnation of a gateway: the real parts on the simulated ports. It can crash."""

import asyncio
from datetime import timedelta
from types import MappingProxyType

from channels.contract import Response
from core.messages import Channel
from core.outbox.store import SqlOutbox
from core.registration.checks import SqlChecks
from core.registration.feed import SqlFeed
from core.registration.number import keyed_numbers
from core.registration.terms import Terms
from core.turns.perform import EffectRunner
from core.turns.pipeline import Pipeline
from gateway.http.webhook import Webhook
from gateway.intake.intake import SCREEN_SECONDS, TURN_SECONDS, Intake
from gateway.intake.sweeper import sweep
from gateway.operators.erasing import Erasing
from gateway.operators.standby import look
from gateway.registry.feed import Feed, Receiver
from gateway.registry.verifier import Verifier
from gateway.runtime.deadline import CHECK_SECONDS, Deadline
from gateway.runtime.metrics import Metrics
from gateway.runtime.retry import Draws
from gateway.sending.sender import Sender
from tests.chaos.house import CONVERSATION
from tests.scripts import CAMPAIGN, LANGUAGES
from tests.sim.outside import SimRegistry
from tests.sim.stores import SimDatabase, SimSessions

PATH = "/"
NUMBER_OF = keyed_numbers(b"a secret of thirty-two characters")
METRICS = Metrics()  # of all schedules: nobody reads them


class SimChannel:
    """A channel whose requests are messages already, and whose responses are replies."""

    name = provider = "sim"
    paths = MappingProxyType({PATH: ("POST",)})
    body_bytes_max = 1

    def __init__(self, *, in_band):
        self.in_band = in_band

    def parse(self, request):
        return (request.body(request.received_at),)

    def answer(self, request, reply):
        return Response(reply)


class Call:
    """An `HttpCall`: its body makes the message of the moment at which it is read."""

    method, path, query, fields, caller = "POST", PATH, b"", [], ""

    def __init__(self, message):
        self._message = message

    async def body(self, bytes_max):
        return self._message


IN_BAND, BY_OUTBOX = SimChannel(in_band=True), SimChannel(in_band=False)


class Gateway:
    """The parts of one process, from its start to its crash."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.dead, self.tasks, self.skew_seconds = False, set(), 0
        self.faults = 0  # that it met so far
        self.busy = set()  # steps of its background that are under way
        nemesis, loop = world.nemesis, world.loop
        self._loop = loop
        self.database = SimDatabase(world.tables, nemesis, self)
        self._sessions = SimSessions(world.sessions, nemesis, self)
        terms = Terms(
            CAMPAIGN.limits,
            CAMPAIGN.doses,
            asks_registry=world.asks_registry,
            number_of=NUMBER_OF if world.keyed else None,
        )
        effects = EffectRunner(database=self.database, terms=terms, draw_below=world.draw_below)
        outbox, self._terms = SqlOutbox(self.database), terms
        self.sender = Sender(
            outbox,
            world.providers.routes(self),
            metrics=METRICS,
            clock=self.clock,
        )
        draws = Draws(loop.time, world.chance)
        self.sender.draws = draws
        self._deadline = Deadline(TURN_SECONDS, now=loop.time)
        self._screens = Deadline(SCREEN_SECONDS, now=loop.time)
        self.intake = Intake(
            pipeline=Pipeline(self._sessions, effects, CONVERSATION, watch=world.saw),
            sessions=self._sessions,
            database=self.database,
            outbox=outbox,
            metrics=METRICS,
            deadline=self._deadline,
            screens=self._screens,
            nudge=self.sender.nudge,
            clock=self.clock,
            campaign=CAMPAIGN.id,
        )
        registry = SimRegistry(world, self)
        self.verifier = Verifier(
            checks=SqlChecks(self.database),
            registry=registry,
            name_match_min=CAMPAIGN.limits.name_match_min,
            metrics=METRICS,
            clock=self.clock,
            draws=draws,
        )
        self.feed = Feed(
            SqlFeed(self.database),
            Receiver(registry.post),
            name,
            metrics=METRICS,
            clock=self.clock,
        )
        self.feed.draws = draws

    def clock(self):
        return self.world.now() + timedelta(seconds=self.skew_seconds)

    async def take(self, channel, message):
        """Return the response to a message; None if the gateway died meanwhile."""
        in_band = channel is not Channel.WHATSAPP
        webhook = Webhook(
            channel=IN_BAND if in_band else BY_OUTBOX,
            intake=self.intake,
            language=LANGUAGES[0],
            screens=channel is Channel.USSD,
        )
        return await webhook.respond(Call(message))

    def spawn(self, coroutine):
        """Start a task that dies with this gateway."""
        task = self._loop.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task):
        self.tasks.discard(task)
        if not task.cancelled():
            self.world.ended(self, task.exception())

    def crash(self):
        """Die: no call of a port returns any more, and no task goes on."""
        self.dead = True
        self.faults += 1
        self.world.crashed(self)
        current = asyncio.current_task(self._loop)
        for task in list(self.tasks):
            if task is not current:
                task.cancel()

    def watch_deadlines(self):
        """Look at the time limits when a turn that begins now is due."""
        for deadline in (self._screens, self._deadline):
            self._loop.call_later(deadline.seconds + CHECK_SECONDS, self._watch, deadline)

    def _watch(self, deadline):
        if not self.dead:
            deadline.cancel_overdue(self._loop.time())

    async def note(self, receipt):
        await self.intake.note(receipt, at=self.clock())

    async def work(self, step):
        """Carry out a step of the background; a store that fails ends it."""
        self.busy.add(step)
        try:
            await getattr(self, step)()
        finally:
            self.busy.discard(step)

    async def sweep(self):
        await sweep(self.intake, now=self.clock())

    async def send(self):
        await self.sender.send_due()

    async def verify(self):
        await self.verifier.verify_due(self.clock())

    async def tell_registry(self):
        self.began_feeding = self._loop.time()
        await self.feed.turn()

    async def offer_seats(self):
        await look(self.database, self._terms, self.clock())

    async def erase(self):
        if await Erasing(
            database=self.database,
            sessions=self._sessions,
            clock=self.clock,
            countries=self._terms.countries,
        ).erase_one():
            self.world.oracle.followed.erased()
