"""What a scrape shows of the outbox."""

import os
import subprocess
import sys
from datetime import timedelta
from functools import partial

from core.messages import Channel
from core.operators.queries import Queries
from core.outbox.answers import AnswerBudget
from core.outbox.receipts import WITHHELD
from core.outbox.store import SqlOutbox, enqueue
from core.registration import evidence
from core.registration.evidence import EvidenceFile, keep
from core.registration.lists import claim, finish, read_list, stage
from core.turns.memory_sessions import MemorySessions
from gateway.operators.gauges import measure, measure_letters, measure_pending
from gateway.runtime.metrics import Metrics
from tests.bench.people import nik, phone
from tests.fixtures.lists import letter, person
from tests.fixtures.pending import pending
from tests.integration.test_sender import outgoing
from tests.scripts import MAILBOX, START

BUDGET = AnswerBudget()
LINE = "satupintu_outbox_oldest_seconds"
WORKER = """
import sys
from pathlib import Path
from gateway.runtime.metrics import Metrics

metrics = Metrics(shared=Path(sys.argv[1]))
metrics.provider_answer("sms", "twilio", "retry", up=sys.argv[2] == "up")
metrics.oldest_queued.set(float(sys.argv[3]))
print(metrics.text().decode())
"""


async def test_the_oldest_queued_message_is_measured(database):
    metrics, outbox, queries = Metrics(), SqlOutbox(database), Queries(database)

    async def shown():
        await measure(queries, metrics, now=START + timedelta(seconds=90))
        lines = metrics.text().decode().splitlines()
        return next(line.split()[1] for line in lines if line.startswith(LINE))

    assert await shown() == "0.0"
    await outbox.put(outgoing())
    assert await shown() == "90.0"
    (claimed,) = await outbox.claim(now=START, lease_seconds=60, limit=1)
    await outbox.sent(claimed.id, provider="dev", provider_id="1", at=START)
    assert await shown() == "0.0"


async def test_what_is_to_be_sent_later_or_in_bulk_is_not_late(database):
    metrics, outbox, queries = Metrics(), SqlOutbox(database), Queries(database)
    await outbox.put(outgoing("reminder", not_before=START + timedelta(seconds=100)))
    await outbox.put(outgoing("invitation", bulk=True))

    async def shown(seconds):
        await measure(queries, metrics, now=START + timedelta(seconds=seconds))
        lines = metrics.text().decode().splitlines()
        return next(line.split()[1] for line in lines if line.startswith(LINE))

    assert await shown(99) == "0.0"
    assert await shown(160) == "60.0"


async def test_sms_that_were_withheld_are_counted_for_a_day(database):
    metrics, queries = Metrics(), Queries(database)
    for n in range(3):
        operation = partial(enqueue, message=outgoing(f"{n}"), status=WITHHELD)
        await database.write(operation)

    async def shown(seconds):
        await measure(queries, metrics, now=START + timedelta(seconds=seconds))
        lines = metrics.text().decode().splitlines()
        return next(line.split()[1] for line in lines if line.startswith("satupintu_sms_withheld"))

    assert await shown(86_400) == "3.0"
    assert await shown(86_401) == "0.0"
    assert not await SqlOutbox(database).claim(now=START, lease_seconds=60, limit=9)


async def test_lists_that_wait_are_measured(database):
    metrics = Metrics()

    async def shown():
        await measure_letters(database, metrics, now=START + timedelta(seconds=90))
        sample = metrics.registry.get_sample_value
        return sample("satupintu_lists_waiting"), sample("satupintu_lists_oldest_seconds")

    assert await shown() == (0, 0)
    for n, seconds in enumerate((30, 0)):
        at = START + timedelta(seconds=seconds)
        staged = letter(person(n), n=n, at=at)
        await database.write(partial(stage, letter=staged, persons=staged.rows))
    assert await shown() == (2, 90)
    lease = {"now": START + timedelta(seconds=60), "until": START + timedelta(seconds=99)}
    claimed = read_list(await database.write(partial(claim, **lease)))
    assert await shown() == (2, 90)  # one under way is not answered yet
    answer = outgoing(channel=Channel.EMAIL, address=MAILBOX)
    await database.write(lambda connection: finish(connection, claimed, [], answer, BUDGET))
    assert await shown() == (1, 60)


async def test_evidence_that_is_kept_is_counted_up_to_a_bound(database, monkeypatch):
    metrics = Metrics()

    async def shown():
        await measure_letters(database, metrics, now=START)
        return metrics.registry.get_sample_value("satupintu_evidence_kept")

    assert await shown() == 0
    files = [EvidenceFile(part, "image/png", b"x") for part in range(3)]
    await database.write(lambda connection: keep(connection, letter(), files))
    assert await shown() == 3
    monkeypatch.setattr(evidence, "COUNTED_MAX", 2)
    assert await shown() == 2


async def test_what_waits_for_the_sweeper_is_counted_and_its_age_shown():
    metrics, sessions = Metrics(), MemorySessions()

    async def shown():
        await measure_pending(sessions, metrics, now=START + timedelta(seconds=90))
        lines = [line.split() for line in metrics.text().decode().splitlines()]
        return [line[1] for line in lines if line[0].startswith("satupintu_pending")]

    assert await shown() == ["0.0", "0.0"]
    for n in range(3):
        left = pending(nik=nik(n), phone=phone(n), at=START + timedelta(seconds=n))
        await sessions.save(left.conversation, left.session, after=0)
    assert await shown() == ["3.0", "90.0"]


def test_a_worker_that_died_says_nothing_for_ever(tmp_path):
    def work(*said):
        done = subprocess.run(
            [sys.executable, "-c", WORKER, str(tmp_path), *said],
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        )
        lines = [line.split() for line in done.stdout.splitlines()]
        up = next(line for line in lines if line[0].startswith("satupintu_provider_up{"))
        return up[1], next(line[1] for line in lines if line[0] == LINE)

    assert work("down", "900") == ("0.0", "900.0")
    assert work("up", "0") == ("1.0", "0.0")
