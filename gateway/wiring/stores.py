"""The two stores of a worker; their errors are counted and logged."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from core.campaign import Campaign
from core.database.causes import Report
from core.database.database import Database, open_database
from core.database.heartbeats import WORKERS_MAX, beat
from core.turns.redis_calls import Calls
from core.turns.redis_sessions import RedisSessions
from gateway.runtime.metrics import Metrics
from gateway.runtime.readiness import ReadinessCheck, SharedCheck
from gateway.runtime.store_errors import StoreErrors
from gateway.runtime.store_times import TimedCalls
from gateway.settings.settings import Settings, reveal
from gateway.wiring.simulating import Simulated


@dataclass(frozen=True, slots=True)
class Stores:
    """Both stores; `checks` write to each as a turn does."""

    database: Database
    sessions: RedisSessions
    errors: StoreErrors
    checks: Mapping[str, ReadinessCheck]


@asynccontextmanager
async def open_stores(
    settings: Settings, metrics: Metrics, campaign: Campaign, simulator: Simulated = None
) -> AsyncIterator[Stores]:
    """Open the stores; close them in the opposite order."""
    errors, worker = StoreErrors(metrics), secrets.randbelow(WORKERS_MAX)
    async with AsyncExitStack() as stack:
        open_one = simulator.open_database if simulator else open_database
        database = open_one(
            settings.database,
            report=partial(errors.note, "database"),
            observe=partial(metrics.store, "database"),
        )
        stack.push_async_callback(database.close)
        sessions = RedisSessions.open(
            reveal(settings.redis_url),
            ttl_seconds=campaign.limits.session_ttl_seconds,
            letter_ttl_seconds=campaign.keep.letter_ttl_seconds,
            report=partial(errors.note, "redis"),
            through=partial(_timed, metrics, simulator),
        )
        stack.push_async_callback(sessions.close)
        checks = {
            "redis": SharedCheck(partial(sessions.beat, worker)),
            "database": SharedCheck(partial(beat, database, worker)),
        }
        yield Stores(database, sessions, errors, checks)


def _timed(metrics: Metrics, simulator: Simulated, calls: Calls, report: Report) -> Calls:
    timed = TimedCalls(calls, partial(metrics.store, "redis"))
    return simulator.calls(timed, report) if simulator else timed
