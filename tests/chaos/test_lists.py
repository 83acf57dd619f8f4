"""A list of staff, killed between any two steps: each row is recorded once, and answered once."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from core.database.tables import metadata
from core.registration.lists import stage
from gateway.intake.list_job import LEASE_SECONDS
from tests.chaos.faults import CrashError, Faults
from tests.fixtures.lists import job_on, letter, person
from tests.fixtures.stores import READ, Stores
from tests.scripts import START


class Death(Faults):
    """After the crash nothing of this process goes on, whatever else was under way."""

    async def _call(self, method, args, kwargs):
        if self.at and self.calls >= self.at:
            raise CrashError
        return await super()._call(method, args, kwargs)


ROWS = (
    person(1),
    person(2),
    replace(person(1), row=9),
    person(3, nik="32"),
    person(4, phone=""),
    person(5),
)
LETTER = letter(*ROWS)
_CLOCKS = {"due_at", "attempts", "created_at", "not_before"}


def dump(stores):
    return {
        name: sorted(
            (
                tuple(value for column, value in zip(columns(name), row, strict=True) if column)
                for row in stores.rows(name)
            ),
            key=repr,
        )
        for name in READ
    }


def columns(name):
    return [
        None if name in {"lists", "outbox"} and column.name in _CLOCKS else column.name
        for column in metadata.tables[name].columns
    ]


async def deliver(stores):
    """Stage the list, as the server does before it says 250."""
    await stores.wrapped.write(partial(stage, letter=LETTER, persons=LETTER.rows))


async def attempt(stores, now):
    """Deliver the list and record it; return whether it was answered."""
    try:
        await deliver(stores)
        return await job_on(stores).record_next(now)
    except CrashError:
        return False


async def play(faults):
    """Whatever crashes, the mail server delivers again, and the job begins again."""
    stores, now = Stores(wrap=faults.wrap), START
    await attempt(stores, now)
    calm = Stores(stores.database)
    for _ in range(2):
        now += timedelta(seconds=LEASE_SECONDS)
        await attempt(calm, now)
    return dump(calm)


def calm():
    faults = Faults()
    return asyncio.run(play(faults)), faults.calls


CALM, CALLS = calm()


def test_the_list_is_recorded_and_answered():
    assert CALLS > 5
    assert len(CALM["records"]) == 3
    assert len(CALM["intents"]) == 4
    assert len([row for row in CALM["outbox"] if "/notice" in row[1]]) == 3
    assert len(CALM["outbox"]) == 4
    assert "answered" in CALM["lists"][0]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("at", range(1, CALLS + 1))
async def test_a_crash_between_any_two_steps_changes_nothing(at, before):
    assert await play(Death(at, before=before)) == CALM
