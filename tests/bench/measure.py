"""Load on servers, in turns, and what was seen: rates, latencies, and the processor's time.

A rate is worth printing only where the server had its core. On a machine that does other work as
well it had less, and the rate would say how busy the machine was; CPU per operation still holds.
"""

from dataclasses import dataclass
from itertools import count
from statistics import median

from tests.bench.load import Line, Told, crowd, load, percentile
from tests.bench.machine import KNOWS_CPU
from tests.bench.servers import Server
from tests.bench.talks import COMMIT, LETTER

OWN_CORE = 0.85  # of a core, below which a server was kept from working
LOAD_CORE = 0.90  # of its own core, above which the load was the limit
WARM_SECONDS = 1.0
PEOPLE = count()  # who has not registered yet, in the whole run


@dataclass(frozen=True)
class Pace:
    """How long is measured: `rounds` of `seconds` each."""

    seconds: float
    rounds: int


@dataclass(frozen=True)
class Contender:
    """A server and what people do there. An operation is `per` requests; `kind` is what is timed.

    `port` and `line` where it is not HTTP; `registers` where all must be on record afterwards.
    """

    name: str
    server: Server
    talk: object
    kind: str
    per: int = 1
    port: int = 0
    line: type = Line
    registers: bool = False
    people: object = PEOPLE


@dataclass(frozen=True)
class Run:
    """One load on one server."""

    told: Told
    server_cpu: float
    stores_cpu: float
    workers: int
    failed: str = ""

    @property
    def share(self):
        """Return what the server had of a core, a worker."""
        return self.server_cpu / self.told.took / self.workers

    @property
    def others_share(self):
        """Return what the load alone used of a core, and what the stores did."""
        return self.told.own_cpu / self.told.took, self.stores_cpu / self.told.took

    @property
    def steady(self):
        """Say whether the server had its core; where that cannot be known, it is believed."""
        return not KNOWS_CPU or self.share >= OWN_CORE

    def rate(self, per):
        return self.told.count / per / self.told.took

    def cpu_us(self, per):
        """Return the CPU of an operation in microseconds, of the server and of the stores."""
        operations = max(self.told.count, 1) / per
        return self.server_cpu / operations * 1e6, self.stores_cpu / operations * 1e6


@dataclass
class Row:
    """One line of the table: the runs at full load and the one at half of the peak."""

    name: str
    kind: str
    per: int
    runs: list
    half: Run | None = None
    pace: float = 0.0  # requests a second that `half` was held at

    @property
    def steady(self):
        return [run for run in self.runs if run.steady]

    @property
    def rate(self):
        """Return operations a second, or None: in most rounds the server had not its core."""
        enough = 2 * len(self.steady) > len(self.runs)
        return median(run.rate(self.per or 1) for run in self.steady) if enough else None

    @property
    def share(self):
        return median(run.share for run in self.runs)

    @property
    def cpu_us(self):
        return median(run.cpu_us(self.per)[0] for run in self.runs)

    @property
    def stores_us(self):
        return median(run.cpu_us(self.per)[1] for run in self.runs)

    @property
    def failed(self):
        every = [*self.runs, *([self.half] if self.half else [])]
        return next((run.failed for run in every if run.failed), "")

    @property
    def limited_by_load(self):
        return all(run.others_share[0] > LOAD_CORE for run in self.runs)

    def latency_ms(self, part, *, half=False):
        """Return a percentile of what is timed: the median of the rounds, or of the half pace."""
        runs = [self.half] if half else self.steady or self.runs
        found = [percentile(run.told.answers.get(self.kind, ()), part) for run in runs if run]
        known = [1_000 * seconds for seconds in found if seconds is not None]
        return median(known) if known else None


async def alternate(pace, *contenders, half=True):
    """Return a row for each: measured in turns, so that a slow moment hits all alike.

    At full load every line sends as soon as it is answered. Then each is held at half of the
    peak seen, at fixed times.
    """
    for one in contenders:
        await run_once(one, WARM_SECONDS)
    rows = [Row(one.name, one.kind, one.per, []) for one in contenders]
    for _ in range(pace.rounds):
        for one, row in zip(contenders, rows, strict=True):
            row.runs.append(await run_once(one, pace.seconds))
    for one, row in zip(contenders, rows, strict=True):
        if half:
            row.pace = median(run.rate(1) for run in row.runs) / 2
            row.half = await run_once(one, pace.seconds, rate=row.pace)
    return rows


async def run_once(one, seconds, *, rate=0):
    """Let people talk to one server, and count what they and it did."""
    before = one.server.on_record() if one.registers else None
    server, stores = one.server.cpu()
    asks = crowd(one.talk, one.people)
    told = await load(one.port or one.server.port, asks, seconds=seconds, rate=rate, line=one.line)
    server_after, stores_after = one.server.cpu()
    failed = f"answered {told.wrong[:200]!r}" if told.wrong else ""
    if one.registers:
        failed = failed or missing(told, before, one.server.on_record())
    used = server_after - server, stores_after - stores
    return Run(told, *used, workers=one.server.workers, failed=failed)


def missing(told, before, after):
    """Say what is wrong where not exactly those who were told they are on record are so."""
    heard = len(told.answers.get(COMMIT, ())) + len(told.answers.get(LETTER, ()))
    kept, made = (now - then for then, now in zip(before, after, strict=True))
    if kept == made == heard:
        return ""
    return f"{heard} people were told, {kept} are on record, {made} intents made a record"
