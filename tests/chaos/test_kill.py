"""Kill the real process at random moments of a load: told "registered" if and only if recorded."""

import asyncio
from functools import partial
from random import Random

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
    valkey_of,
)
from tests.fixtures.process import STOP_SECONDS, eventually
from tests.fixtures.wires import SECRETS, dial

WAITS_SECONDS = 1.0  # at least; one that does not drain ends at once


async def test_a_kill_at_a_random_moment_breaks_no_promise(gateway):
    crowd, running = Crowd(200, random=Random(1)), gateway(**SECRETS).start()
    moment = moment_of(crowd)
    await play_until(crowd, running, moment, lambda: kill_everything(running))
    assert not crowd.all_told
    running = gateway(running.data_dir, **SECRETS).start()
    check_promises(crowd, running)
    crowd.lose_answers()
    await crowd.play(running)
    assert crowd.all_told
    check_promises(crowd, running)
    check_nobody_else(crowd, running)
    print(f"killed after {moment} answers:", figures(crowd, running))


async def test_the_store_killed_alone_costs_no_answer_and_tells_nobody_wrong(gateway):
    crowd, running = Crowd(120, random=Random(3)), gateway(**SECRETS).start()
    moment = moment_of(crowd)
    first = valkey_of(running)
    await play_until(crowd, running, moment, partial(kill_valkey, running))
    assert valkey_of(running) != first
    assert crowd.all_told
    assert crowd.unsure
    assert not crowd.lost
    check_promises(crowd, running)
    check_nobody_else(crowd, running)
    print(f"store killed after {moment} answers:", figures(crowd, running))


async def test_told_to_stop_it_answers_all_that_it_took_in(gateway):
    crowd, running = Crowd(120, random=Random(2)), gateway(**SECRETS).start()
    moment, process = moment_of(crowd), running.process
    await play_until(crowd, running, moment, process.terminate)
    assert await asyncio.to_thread(process.wait, STOP_SECONDS) == 0
    running.stop()
    assert '"error"' not in running.errors()
    assert not crowd.all_told
    running = gateway(running.data_dir, **SECRETS).start()
    # What had no answer had no effect: none of it is heard as something heard before.
    waiting = [person for person in crowd.people if person.waiting is not None]
    assert waiting
    for person in crowd.people:
        person.sent.clear()
    before = crowd.repeated
    await crowd.play(running)
    assert redeliveries(running) == crowd.repeated - before
    check_promises(crowd, running)
    check_nobody_else(crowd, running)
    print(f"stopped after {moment} answers:", figures(crowd, running))


async def test_told_to_stop_it_waits_for_a_message_that_is_still_coming(gateway):
    running = gateway(**SECRETS).start()
    request = dial("+6281211110001", "ATUid_1", "1*1")
    reader, writer = await asyncio.open_connection("127.0.0.1", running.http_port)
    writer.write(request[:-5])
    assert running.client.get("/health/live").status_code == 200
    running.process.terminate()
    assert not eventually(lambda: running.process.poll() is not None, seconds=WAITS_SECONDS)
    writer.write(request[-5:])
    assert b"CON Ketik 16 angka" in await reader.read()
    writer.close()
    assert await asyncio.to_thread(running.process.wait, STOP_SECONDS) == 0
