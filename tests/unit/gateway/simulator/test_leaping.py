"""A leap of the clock passes through what is due on its way; how long it takes is bounded."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from core.database.drivers import driver_for
from core.database.statements import Statement
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.store import SqlOutbox
from gateway.runtime.clock import FILE, TurnedClock
from gateway.runtime.metrics import Metrics
from gateway.sending.sender import Sender
from gateway.simulator.carrier import simulated_routes
from gateway.simulator.faults import Faults, FaultyDatabase
from gateway.simulator.leaping import LEAP_SECONDS_MAX, STEP_SECONDS_MAX, STEPS_MAX, Leaping
from tests.stories.world import World

AT = datetime(2021, 1, 20, 3, 0, tzinfo=UTC)  # 10:00 in Jakarta
DAY, HOUR = 86_400, 3_600
SENT = Statement("SELECT key, status, sent_at FROM outbox ORDER BY id")


def message(hours, *, until=None, quiet=""):
    return Outgoing(
        key=f"{hours}",
        channel=Channel.SMS,
        address=Address(AddressKind.PHONE, f"+62812{10_000_000 + int(hours * 100)}"),
        reply=Reply((Prompt("goodbye"),), "id"),
        created_at=AT,
        not_before=AT + timedelta(hours=hours),
        not_after=AT + timedelta(hours=until) if until else None,
        quiet=quiet,
    )


class Stood:
    """A clock that stands still, an outbox of three days, and what turns the one."""

    def __init__(self, folder, **more):
        self.faults, self.turns = Faults(), []
        self.database = World("id").database
        self.clock = TurnedClock(lambda: AT, folder / FILE)
        turn = self.clock.turn
        self.clock.turn = lambda ahead: (self.turns.append(ahead), turn(ahead))
        self.outbox = SqlOutbox(self.database)
        routes = simulated_routes({}, self.faults)
        self.sender = Sender(self.outbox, routes, metrics=Metrics(), clock=self.clock)
        self.leaping = Leaping(
            clock=self.clock, database=self.database, nudge=self.sender.nudge, **more
        )

    async def put(self, *messages):
        for one in messages:
            await self.outbox.put(one)

    async def leap(self, ahead_seconds):
        """Leap while the sender is at work; return what became of the messages."""
        sending = asyncio.ensure_future(self.sender.run())
        try:
            await self.leaping.turn(ahead_seconds)
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
        rows = await self.database.read(lambda connection: connection.all(SENT))
        return {key: (status, sent_at and hours(sent_at)) for key, status, sent_at in rows}


def hours(moment):
    return (datetime.fromisoformat(moment) - AT) / timedelta(hours=1)


async def test_each_message_is_sent_at_its_moment(tmp_path):
    stood = Stood(tmp_path)
    await stood.put(message(0), message(8, until=10), message(22.5), message(25))
    became = await stood.leap(DAY)
    sent = {"0": ("sent", 0), "8": ("sent", 8), "22.5": ("sent", 22.5)}
    assert became == {**sent, "25": ("queued", None)}
    assert stood.turns == [8 * HOUR, 81_000, DAY, DAY]


async def test_a_message_of_the_night_is_sent_when_the_quiet_hours_end(tmp_path):
    stood = Stood(tmp_path)
    await stood.put(message(12, quiet="Asia/Jakarta"))
    await stood.database.write(
        lambda connection: connection.run(
            Statement("UPDATE outbox SET due_at = :at, not_before = :at"),
            at="2021-01-20T15:00:00.000000+00:00",  # as if it had been free of them
        )
    )
    assert await stood.leap(DAY) == {"12": ("sent", 22)}
    assert stood.turns == [12 * HOUR, 22 * HOUR, DAY]


async def test_back_it_leaps_at_once(tmp_path):
    stood = Stood(tmp_path)
    await stood.leap(DAY)
    await stood.put(message(8))
    assert await stood.leap(HOUR) == {"8": ("queued", None)}
    assert stood.turns == [DAY, HOUR]


async def test_it_leaps_while_the_database_is_away(tmp_path):
    stood = Stood(tmp_path)
    driver = driver_for(f"sqlite:///{tmp_path / 'away.db'}")
    stood.leaping.database = FaultyDatabase(driver, stood.faults, lambda _: None)
    stood.faults.begin("sql", 60)
    await stood.leaping.turn(DAY)
    assert stood.turns == [DAY]


@pytest.mark.parametrize(
    ("many", "steps"), [(STEPS_MAX - 1, STEPS_MAX), (STEPS_MAX + 5, STEPS_MAX + 1)]
)
async def test_after_so_many_steps_it_leaps(many, steps, tmp_path):
    stood = Stood(tmp_path)
    await stood.put(*(message(n / 4) for n in range(1, many + 1)))
    await stood.leap(2 * DAY)
    assert len(stood.turns) == steps


async def test_what_is_not_sent_holds_it_up_for_a_bounded_time(tmp_path):
    """Nobody sends; each look at the time takes a quarter of a step."""
    looks = count()
    stood = Stood(tmp_path, now=lambda: next(looks) * STEP_SECONDS_MAX / 4)
    await stood.put(*(message(n / 4) for n in range(1, STEPS_MAX)))
    await stood.leaping.turn(DAY)
    assert stood.clock.ahead_seconds == DAY
    assert len(stood.turns) <= LEAP_SECONDS_MAX / STEP_SECONDS_MAX + 1
