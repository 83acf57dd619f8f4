"""The two stores of a worker; their errors are counted and logged."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from core.campaign import Campaign
from core.database.causes import Report
from core.database.database import Database, open_database
from core.database.heartbeats import WORKERS_MAX, beat
from core.database.unavailable import UnavailableError
from core.database.unlocking import DatabaseKeys
from core.turns.redis_calls import Calls
from core.turns.redis_sessions import RedisSessions
from core.turns.stored_form import Plain, Unread
from gateway.runtime.metrics import Metrics
from gateway.runtime.readiness import ReadinessCheck, SharedCheck
from gateway.runtime.store_errors import StoreErrors
from gateway.runtime.store_times import TimedCalls
from gateway.runtime.tables import keys_of
from gateway.settings.settings import Settings, reveal
from gateway.wiring.simulating import Simulated

if TYPE_CHECKING:
    from core.database.keyring import Keyring


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
        keys = keys_of(settings)
        database = open_one(
            settings.database,
            report=partial(errors.note, "database"),
            observe=partial(metrics.store, "database"),
            keys=keys,
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
        if keys is not None:
            await _await_keys(keys, database, sessions)
        checks = {
            "redis": SharedCheck(partial(sessions.beat, worker)),
            "database": SharedCheck(partial(beat, database, worker)),
        }
        yield Stores(database, sessions, errors, checks)


def _timed(metrics: Metrics, simulator: Simulated, calls: Calls, report: Report) -> Calls:
    timed = TimedCalls(calls, partial(metrics.store, "redis"))
    return simulator.calls(timed, report) if simulator else timed


async def _await_keys(keys: DatabaseKeys, database: Database, sessions: RedisSessions) -> None:
    """Read no conversation, and write none, before it is known whether they are sealed."""

    def learn(keyring: "Keyring | None") -> None:
        if keyring is None:
            sessions.form = Plain()
            return
        from core.turns.sealed_form import Sealed  # noqa: PLC0415 only who seals

        sessions.form = Sealed(keyring)

    sessions.form = Unread()
    keys.tell(learn)
    with contextlib.suppress(UnavailableError):  # the next operation looks
        await database.read(lambda _: None)
