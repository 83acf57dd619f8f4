"""A scene played with people who register throughout, and what became of them."""

import asyncio
import time
from dataclasses import dataclass, field
from random import Random

from tests.fixtures.crowd import queued
from tests.fixtures.load import Load
from tests.fixtures.process import Process, eventually
from tests.fixtures.scenes import CALM_SECONDS, SETTLE_SECONDS
from tests.fixtures.wires import SECRETS, ask_once

PEOPLE = 240
PEOPLE_A_SECOND = 25
LOOK_SECONDS = 0.25  # between two looks at /health/ready
SWEEP_SECONDS = 60  # for what was left in doubt to be settled: 15 of grace, and a busy machine
_READY = b"GET /health/ready HTTP/1.1\r\nhost: gateway\r\n\r\n"


@dataclass
class Row:
    """What became of the people of a scene; moments are seconds of the monotonic clock."""

    scene: object
    load: Load
    faults: list = field(default_factory=list)  # when each began and was mended
    ready: list = field(default_factory=list)  # answers of /health/ready while a fault lasted
    told: int = 0
    lost: int = 0  # told, and not on record with that number and one message owed
    doubled: int = 0  # on record twice, or with another's number, or told twice

    @property
    def after(self):
        """Return how many turns failed before the fault, or longer after it than is allowed."""
        return sum(
            not any(begun <= at <= mended + SETTLE_SECONDS for begun, mended in self.faults)
            for at in self.load.errors
        )

    @property
    def is_broken(self):
        untold = len(self.load.people) - self.told
        return bool(untold or self.lost or self.doubled or self.load.unlike)

    def verdict(self):
        if self.is_broken:
            return "**a promise is broken**"
        if not self.load.errors:
            return "green"
        if not self.after:
            return f"green: {self.scene.meaning or 'only while it lasts'}"
        return f"kept, but {self.after} turns failed outside the fault"

    def _was_ready(self):
        if not self.ready:
            return "-"
        share = sum(self.ready) / len(self.ready)
        return {0: "no", 1: "yes"}.get(share, f"{share:.0%} of it")

    def cells(self):
        lasted = " + ".join(f"{mended - begun:.1f}" for begun, mended in self.faults) or "-"
        people, failed = len(self.load.people), len(self.load.errors)
        yield from (self.scene.name, lasted, people, self.told, self.lost, self.doubled)
        yield from (failed, len(self.load.bad_seconds))
        yield f"{self.load.wait_at(0.99):.2f}"
        yield from (self._was_ready(), self.verdict())


async def play(scene, folder, people):
    """Play a scene with people in the folder; return its row."""
    with scene.set_up(folder) as stage:
        running = Process(folder / "var", WORKERS=2, **SECRETS, **stage.settings)
        running.env |= stage.env
        try:
            running.start()
            load = Load(people, people / PEOPLE_A_SECOND, Random(people), line=stage.line)
            row = Row(scene, load)
            await _let_register(row, stage, running)
            await asyncio.to_thread(judge, row, running)
            assert running.stop() == 0, running.errors()[-2_000:]
        finally:
            running.end()
    return row


async def _let_register(row, stage, running):
    loading = asyncio.create_task(row.load.play(running.http_port))
    for fault in stage.faults:
        await asyncio.sleep(CALM_SECONDS)
        assert not loading.done(), "all was over before the fault: more people are needed"
        looking = asyncio.create_task(_look(row, running.http_port))
        begun = time.monotonic()
        await asyncio.to_thread(fault, running)
        row.faults.append((begun, time.monotonic()))
        looking.cancel()
    await loading


async def _look(row, port):
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            answer = await ask_once(port, _READY)
        except OSError:
            row.ready.append(False)
        else:
            row.ready.append(answer.status == 200)


def judge(row, running):
    """Compare what people were told with what is on record."""
    people = row.load.people
    settled = eventually(lambda: _nothing_pending(running, len(people)), SWEEP_SECONDS)
    numbers = [one.told for one in people if one.told]
    row.told = len(numbers)
    row.lost, row.doubled = 0, len(numbers) - len(set(numbers)) + (not settled)
    for person in people:
        records = running.search(nik=person.nik)
        texts = [item["text"] for item in queued(running, person.address)]
        owed = sum("terdaftar, nomor" in text for text in texts)
        row.doubled += len(records) > 1 or owed > 1
        known = [one["number"] for one in records]
        row.lost += person.told is not None and (person.told not in known or not owed)


def _nothing_pending(running, people):
    stats = running.api("stats").json()
    return sum(stats["status"].values()) == people and "pending" not in stats["outcome"]
