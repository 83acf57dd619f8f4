"""More people than seats, all at once, and the machine dies in the middle: seats stay exact."""

import asyncio

from tests.fixtures.bookers import Queue, check_seats, open_clinics
from tests.fixtures.crowd import kill_everything
from tests.fixtures.wires import SECRETS

NOW, DAY = "2026-11-23T10:00:00+07:00", "2026-11-25"


async def race(gateway, folder, *, people, seats, **settings):
    """Let everybody say yes at once, kill everything in the middle, and let them say it again."""
    settings = {**SECRETS, "NOW": NOW, "WORKERS": 2, **settings}
    queue, running = Queue(people), gateway(**settings).start()
    await asyncio.to_thread(open_clinics, running, folder, queue, seats=seats, day=DAY)
    await queue.walk(running)
    assert not queue.left
    queue.say_yes()
    await queue.walk(running, until=lambda: queue.answered >= seats // 2)
    before = queue.answered
    kill_everything(running)
    running = gateway(running.data_dir, **settings).start()
    await queue.walk(running)
    assert not queue.left
    check_seats(running, queue, seats)
    print(f"{people} people, {seats} seats, killed after {before} answers: {seats} booked")


async def test_seats_stay_exact_through_a_kill(gateway, tmp_path):
    await race(gateway, tmp_path, people=30, seats=8)  # many more, and PostgreSQL: the soak
