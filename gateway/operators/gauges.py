"""Gauges read from the database: how long messages, checks and lists have waited, and the like."""

import asyncio
import math
from datetime import datetime, timedelta
from functools import partial
from itertools import product

from prometheus_client import Gauge

from core.appointments.open_places import count_open_places
from core.cases.queue import waiting as cases_waiting
from core.database.database import Database
from core.messages import Channel
from core.operators.backups import last_backup
from core.operators.queries import Queries
from core.outbox.counting import STATES, Standing, count_messages
from core.registration.checks import SqlChecks
from core.registration.evidence import count_kept
from core.registration.feed import SqlFeed
from core.registration.lists import waiting
from core.turns.sessions import SessionStore
from gateway.runtime.clock import Clock
from gateway.runtime.metrics import Metrics

MEASURE_SECONDS = 10.0
SELDOM_SECONDS = 60.0  # for what takes a moment to count while there is very much


async def measure_forever(
    queries: Queries, checks: SqlChecks, metrics: Metrics, clock: Clock
) -> None:
    """Measure every `MEASURE_SECONDS`."""
    while True:
        await measure(queries, metrics, now=clock())
        await measure_checks(checks, metrics, now=clock())
        await asyncio.sleep(MEASURE_SECONDS)


async def measure_feed_forever(feed: SqlFeed, waiting: Gauge) -> None:
    """Set how many records wait to be sent, every `MEASURE_SECONDS`."""
    while True:
        waiting.set(await feed.count_unsent())
        await asyncio.sleep(MEASURE_SECONDS)


async def measure_letters_forever(database: Database, metrics: Metrics, clock: Clock) -> None:
    """Measure what letters have brought, and the last backup, every `MEASURE_SECONDS`."""
    while True:
        await measure_letters(database, metrics, now=clock())
        await measure_backup(database, metrics, now=clock())
        await asyncio.sleep(MEASURE_SECONDS)


async def measure_pending_forever(sessions: SessionStore, metrics: Metrics, clock: Clock) -> None:
    """Measure what waits for the sweeper, every `MEASURE_SECONDS`."""
    while True:
        await measure_pending(sessions, metrics, now=clock())
        await asyncio.sleep(MEASURE_SECONDS)


async def measure_seldom_forever(
    database: Database, metrics: Metrics, clock: Clock, campaign: str
) -> None:
    """Measure what the outbox holds and where seats are left, every `SELDOM_SECONDS`."""
    while True:
        await measure_outbox(database, metrics, now=clock())
        await measure_places(database, metrics, campaign, now=clock())
        await asyncio.sleep(SELDOM_SECONDS)


async def measure(queries: Queries, metrics: Metrics, *, now: datetime) -> None:
    """Set the age of the oldest queued message, 0 if none is, and the SMS withheld in a day."""
    since = await queries.oldest_queued()
    metrics.oldest_queued.set(_age_seconds(since, now))
    metrics.withheld.set(await queries.withheld(since=now - timedelta(days=1)))


async def measure_checks(checks: SqlChecks, metrics: Metrics, *, now: datetime) -> None:
    """Set how long the oldest check has been due, 0 if none is."""
    since = await checks.oldest_due()
    metrics.oldest_check.set(_age_seconds(since, now))


async def measure_outbox(database: Database, metrics: Metrics, *, now: datetime) -> None:
    """Set how many messages stand where, also where there are none."""
    counted = await database.read(partial(count_messages, now=now))
    for place in product(Channel, STATES, (False, True)):
        channel, state, bulk = place
        gauge = metrics.outbox_messages.labels(channel, state, str(int(bulk)))
        gauge.set(counted.get(Standing(*place), 0))


async def measure_places(
    database: Database, metrics: Metrics, campaign: str, *, now: datetime
) -> None:
    """Set how many places of each regency have a seat left."""
    count = partial(count_open_places, campaign=campaign, now=now)
    for regency, places in (await database.read(count)).items():
        metrics.open_places.labels(regency).set(places)


async def measure_letters(database: Database, metrics: Metrics, *, now: datetime) -> None:
    """Set how many lists and cases wait, since when the oldest do, and how many files are kept."""
    number, since = await database.read(waiting)
    metrics.lists_waiting.set(number)
    metrics.oldest_list.set(_age_seconds(since, now))
    metrics.evidence_kept.set(await database.read(count_kept))
    number, since = await database.read(cases_waiting)
    metrics.cases_waiting.set(number)
    metrics.oldest_case.set(_age_seconds(since, now))


async def measure_pending(sessions: SessionStore, metrics: Metrics, *, now: datetime) -> None:
    """Set how many conversations have a pending effect, and the age of the oldest."""
    backlog = await sessions.backlog()
    metrics.pending.set(backlog.number)
    metrics.oldest_pending.set(_age_seconds(backlog.since, now))


async def measure_backup(database: Database, metrics: Metrics, *, now: datetime) -> None:
    """Set the age of the last backup; no number where none was made by `satupintu backup`."""
    since = await database.read(last_backup)
    metrics.backup.set(_age_seconds(since, now) if since else math.nan)


def _age_seconds(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
