"""What can be measured, by the name to ask for it with. Each starts the servers that it needs.

A function of `ROWS` yields rows of the table, and single figures.
"""

import shutil
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from statistics import median
from tempfile import TemporaryDirectory, gettempdir
from typing import NamedTuple

from core.database.migrations import migrate
from tests.bench import talks
from tests.bench.claims import claim_ms
from tests.bench.letters import MailLine
from tests.bench.machine import CORES, memory_left_bytes
from tests.bench.measure import Contender, Pace, Row, alternate
from tests.bench.node_peer import node_peer
from tests.bench.servers import floor, gateway
from tests.bench.sessions import fill_sessions, session_bytes
from tests.bench.sql import CROWD, fill_records, postgres
from tests.bench.talks import COMMIT, LETTER, REQUESTS, SEARCH, TURN

FEW = 1_000
SEARCHED = 100_000
MEMORY_BYTES = 2_048  # that Valkey may take for a live session while it writes its file anew
DISK_BYTES = 4_096  # of a record with all that belongs to it, and a session
STARTS = 5
ALONE = 0.7  # of a core that a start or a claim uses while nothing keeps it from working
SECRET = "a secret as long as production wants it"
CLOSE = Pace(0.6, 40)  # rounds enough to tell a hundredth


class Figure(NamedTuple):
    """A single number, under a name that `report.AIMS` may know; `busy` where it had no core."""

    name: str
    value: float
    unit: str = ""
    busy: bool = False


@dataclass(frozen=True)
class Asked:
    """How a row is to be measured; `say` tells aloud what is left out."""

    pace: Pace
    among: int
    everything: bool
    say: object


def turns(server, name="turn", **more):
    return Contender(name, server, talks.hops, TURN, **more)


def registrations(server, name="registration"):
    talk = talks.registration
    return Contender(name, server, talk, COMMIT, per=REQUESTS, registers=True)


def committing_hop(row, name="its committing hop"):
    """Return the row of the last of seven requests, timed in the runs of the whole."""
    return Row(name, COMMIT, 0, row.runs, row.half, row.pace)


def mean_hop(row, name):
    """Return the row of a whole registration, timed by its six other requests."""
    return Row(name, TURN, row.per, row.runs, row.half, row.pace)


async def turn(asked):
    """A turn beside the floor and the peer."""
    with gateway() as ours, floor(ours) as least, node_peer(ours, asked.say) as peer:
        contenders = [turns(least, "floor"), turns(ours)]
        contenders += [turns(peer, "peer")] if peer else []
        for row in await alternate(asked.pace, *contenders):
            yield row
        mean, largest = await session_bytes(ours.redis_url)
    yield Figure("session, mean", mean, "bytes")
    yield Figure("session, largest", largest, "bytes")


async def registration(asked, *, on=nullcontext, workers=1, suffix=""):
    """Whole registrations, and the hop that commits by itself."""
    with on() as server, gateway(postgres=server, workers=workers) as ours:
        contenders = turns(ours, f"turn{suffix}"), registrations(ours, f"registration{suffix}")
        own, whole = await alternate(asked.pace, *contenders)
        if suffix:
            yield own
        yield mean_hop(whole, whole.name)
        yield committing_hop(whole, f"its committing hop{suffix}")
        commit = whole.cpu_us - (REQUESTS - 1) * own.cpu_us
        yield Figure(f"CPU of a commit beyond six turns{suffix}", commit, "us")


async def workers(asked):
    """Two workers, to be compared with one."""
    if len(CORES) < 3:
        asked.say("two workers share this machine's cores with the load: rates will be busy")
    async for seen in registration(asked, workers=2, suffix=", 2 workers"):
        yield seen


async def on_postgresql(asked):
    """The same on PostgreSQL, which loses nothing; with everything asked for, by two workers."""
    counts = (1, 2) if asked.everything else (1,)
    for count in counts:
        suffix = ", PostgreSQL" + (", 2 workers" if count > 1 else "")
        async for seen in registration(asked, on=postgres, workers=count, suffix=suffix):
            yield seen


async def sealing(_asked):
    """A turn and a registration where what is personal is sealed, beside the same in plain.

    Turns come first: what registrations leave to be sent takes the server's time afterwards.
    """
    with gateway() as plain, gateway(secret=SECRET) as sealed:
        for what, make in (("turn", turns), ("registration", registrations)):
            contenders = make(plain, f"{what}, plain"), make(sealed, f"{what}, sealed")
            before, after = await alternate(CLOSE, *contenders, half=False)
            yield before
            yield after
            ratio = median(
                one.cpu_us(1)[0] / other.cpu_us(1)[0]
                for one, other in zip(after.runs, before.runs, strict=True)
            )
            yield Figure(f"{what}, sealed / plain, CPU round by round", ratio, "x")


async def among(asked):
    """A turn and a commit among many sessions and records, beside the same among few."""
    count = _room_for(asked)
    stores = {"": nullcontext, ", PostgreSQL": postgres}
    for suffix in stores if asked.everything else [""]:
        with ExitStack() as stack:
            contenders = []
            for people in (FEW, count):
                server = stack.enter_context(
                    gateway(postgres=stack.enter_context(stores[suffix]()))
                )
                await fill_sessions(server.redis_url, people)
                fill_records(server.database, people)
                among = f" among {people:,}{suffix}"
                contenders += [
                    turns(server, f"turn{among}"),
                    registrations(server, f"registration{among}"),
                ]
            few_turn, few, many_turn, many = await alternate(asked.pace, *contenders, half=False)
        for own, whole in ((few_turn, few), (many_turn, many)):
            yield own
            yield mean_hop(whole, whole.name)
            yield committing_hop(whole, f"its committing hop{own.name.removeprefix('turn')}")
        for what, one, other in (("turn", few_turn, many_turn), ("registration", few, many)):
            busy = one.rate is None or other.rate is None
            name = f"{what} among {count:,} / {FEW:,}, CPU{suffix}"
            yield Figure(name, other.cpu_us / one.cpu_us, "x", busy)
        hops = many.latency_ms(0.5) / few.latency_ms(0.5)
        yield Figure(f"committing hop among {count:,} / {FEW:,}, p50{suffix}", hops, "x")


def _room_for(asked):
    """Return how many people fit into memory and disk, and say where that is fewer."""
    disk = shutil.disk_usage(gettempdir()).free
    count = fitting(asked.among, memory=memory_left_bytes(), disk=disk)
    if count < asked.among:
        asked.say(f"{asked.among:,} people do not fit on this machine: {count:,} instead")
    return count


def fitting(count, *, memory, disk):
    """Return `count`, or the next power of ten below it that takes half of what is left."""
    rooms = [disk // 2 // DISK_BYTES] + ([memory // 2 // MEMORY_BYTES] if memory else [])
    while count > min(rooms) and count > FEW:
        count = 10 ** (len(str(count - 1)) - 1)
    return count


async def one_wire(asked, name, talk, kind, **more):
    """One contender on a gateway of its own."""
    with gateway() as ours:
        port = ours.smtp_port if kind == LETTER else 0
        [row] = await alternate(asked.pace, Contender(name, ours, talk, kind, port=port, **more))
    yield row


async def search(asked):
    """Look people up by NIK, as an operator does, among many records."""
    with gateway() as ours:
        fill_records(ours.database, SEARCHED)
        crowd = cycle(range(CROWD, CROWD + SEARCHED))
        name = f"operator search by NIK, {SEARCHED:,} records"
        contender = Contender(name, ours, talks.search, SEARCH, people=crowd)
        [row] = await alternate(asked.pace, contender)
    yield row


async def claim(asked):
    """One claim of the outbox beside many messages that are held up."""
    databases = {"SQLite": nullcontext, "PostgreSQL": postgres}
    for name in databases if asked.everything else ["SQLite"]:
        with databases[name]() as server, TemporaryDirectory() as folder:
            url = server.dsn if server else f"sqlite:///{folder}/satupintu.db"
            migrate(url)
            middle, longest, cpu = await claim_ms(url)
        busy = name == "SQLite" and cpu < ALONE * middle  # PostgreSQL works elsewhere
        yield Figure(f"claim beside 100,000 held up, {name}", middle, "ms", busy)
        yield Figure(f"the longest of 30, {name}", longest, "ms")
        yield Figure(f"CPU of a claim in the gateway, {name}", cpu, "ms")


async def start(asked):
    """Start to ready, on one core and empty stores."""
    seconds, used = [], []
    for _ in range(STARTS):
        with gateway() as ours:
            seconds.append(ours.ready_seconds)
            used.append(sum(ours.cpu()))
    busy = median(used) < ALONE * median(seconds)
    yield Figure("start to ready, median of 5", median(seconds), "s", busy)
    yield Figure("start to ready, quickest of 5", min(seconds), "s")
    yield Figure("CPU from start to ready, with Valkey's", median(used), "s")


ROWS = {
    "start": start,
    "turn": turn,
    "registration": registration,
    "sms": partial(one_wire, name="SMS turn (Twilio, unsigned)", talk=talks.texts, kind=TURN),
    "email": partial(
        one_wire,
        name="email, letter to record",
        talk=talks.letter,
        kind=LETTER,
        line=MailLine,
        registers=True,
    ),
    "search": search,
    "claim": claim,
    "workers": workers,
    "postgresql": on_postgresql,
    "sealing": sealing,
    "among": among,
}
