"""Gauges read from the database: how long messages and checks have waited."""

import asyncio
from datetime import datetime, timedelta

from core.operators.queries import Queries
from core.registration.checks import SqlChecks
from core.registration.feed import SqlFeed
from gateway.runtime.clock import Clock
from gateway.runtime.metrics import Metrics

MEASURE_SECONDS = 10.0


async def measure_forever(
    queries: Queries, checks: SqlChecks, metrics: Metrics, clock: Clock
) -> None:
    """Measure every `MEASURE_SECONDS`."""
    while True:
        await measure(queries, metrics, now=clock())
        await measure_checks(checks, metrics, now=clock())
        await asyncio.sleep(MEASURE_SECONDS)


async def measure_feed_forever(feed: SqlFeed, metrics: Metrics) -> None:
    """Set how many records wait to be sent to the registry, every `MEASURE_SECONDS`."""
    while True:
        metrics.feed_waiting.set(await feed.count_unsent())
        await asyncio.sleep(MEASURE_SECONDS)


async def measure(queries: Queries, metrics: Metrics, *, now: datetime) -> None:
    """Set the age of the oldest queued message, 0 if none is, and the SMS withheld in a day."""
    since = await queries.oldest_queued()
    metrics.oldest_queued.set(max((now - since).total_seconds(), 0.0) if since else 0.0)
    metrics.withheld.set(await queries.withheld(since=now - timedelta(days=1)))


async def measure_checks(checks: SqlChecks, metrics: Metrics, *, now: datetime) -> None:
    """Set how long the oldest check has been due, 0 if none is."""
    since = await checks.oldest_due()
    metrics.oldest_check.set(max((now - since).total_seconds(), 0.0) if since else 0.0)
