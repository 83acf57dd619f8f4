"""The same proofs for longer: thousands of people, many kills, tens of thousands of strangers."""

from functools import partial
from random import Random

import pytest

from tests.fixtures.crowd import (
    Crowd,
    check_nobody_else,
    check_promises,
    figures,
    kill_everything,
    kill_valkey,
    moment_of,
    play_until,
    redeliveries,
)
from tests.fixtures.process import STOP_SECONDS
from tests.fixtures.strangers import (
    ANSWER_SECONDS_MAX,
    OPEN,
    check_log,
    mail_everything,
    memory_mib,
    write_everywhere,
)
from tests.fixtures.wires import SECRETS

PEOPLE = 2_000
KILLS = 4
BODIES, LETTERS = 10_000, 1_000
WARM_UP = 2_000  # bodies on each wire before memory is looked at: caches fill, pages settle
GROWTH_MIB_MAX = 24.0

databases = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


@pytest.fixture
def start(gateway, request, database):
    """Return a function that starts the gateway on the database, and again on the same data."""
    dsn = request.getfixturevalue("pg_dsn") if database == "postgresql" else None

    def start(before=None, **settings):
        data_dir = before.data_dir if before else None
        return gateway(data_dir, DATABASE_URL=dsn, **settings).start()

    return start


@databases
@pytest.mark.parametrize("workers", [1, 2])
async def test_many_kills_break_no_promise(workers, start):
    settings = {**SECRETS, "WORKERS": workers}
    crowd, running = Crowd(PEOPLE, random=Random(workers)), start(**settings)
    for _ in range(KILLS):
        gone, moment = running, crowd.answered + crowd.random.randrange(PEOPLE)
        await play_until(crowd, running, moment, partial(kill_everything, gone))
        running = start(running, **settings)
        crowd.lose_answers()
        print("killed:", figures(crowd, running))
    check_promises(crowd, running)
    moment = crowd.answered + crowd.random.randrange(len(crowd.left))
    await play_until(crowd, running, moment, partial(kill_valkey, running))
    assert crowd.all_told
    check_promises(crowd, running)
    check_nobody_else(crowd, running)
    print("at the end, its store killed once:", figures(crowd, running))
    assert running.stop() == 0


@databases
@pytest.mark.parametrize("workers", [1, 2])
async def test_told_to_stop_it_answers_all_that_it_took_in(workers, start):
    settings = {**SECRETS, "WORKERS": workers}
    crowd, running = Crowd(PEOPLE, random=Random(workers)), start(**settings)
    process = running.process
    await play_until(crowd, running, moment_of(crowd), process.terminate)
    assert process.wait(STOP_SECONDS) == 0
    running.stop()
    assert '"error"' not in running.errors()
    running = start(running, **settings)
    for person in crowd.people:
        person.sent.clear()
    before = crowd.repeated
    await crowd.play(running)
    assert redeliveries(running) == crowd.repeated - before
    check_promises(crowd, running)
    check_nobody_else(crowd, running)
    print("stopped once:", figures(crowd, running))


@databases
async def test_strangers_neither_break_it_nor_fill_it(start):
    running, random = start(**OPEN), Random(5)
    await write_everywhere(running, WARM_UP, random)
    await mail_everything(running, LETTERS // 5, random)
    before = memory_mib(running.process.pid)
    longest = await write_everywhere(running, BODIES, random)
    longest = max(longest, await mail_everything(running, LETTERS, random))
    after = memory_mib(running.process.pid)
    print(f"memory {before:.0f} MiB, after {after:.0f} MiB; longest answer {longest:.2f} s")
    assert longest < ANSWER_SECONDS_MAX
    assert after - before < GROWTH_MIB_MAX
    check_log(running)
    assert running.client.get("/health/ready").status_code == 200
    assert running.stop() == 0
