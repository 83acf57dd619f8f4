"""Webhooks to the ministry's app, signed as Standard Webhooks says (standardwebhooks.com).

An event goes out until the app answers 2xx, under the same id. `data` holds no personal datum.
One worker holds the lease, which outlasts any call, and sends a record once at a time: the app
never receives an older version of a record after a newer one.
"""

import asyncio
import base64
import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from core.database.unavailable import UnavailableError
from core.registration.app_feed import event_id
from core.registration.feed import SqlFeed, UnsentRecord
from gateway.registry.client import CALL_SECONDS_MAX, Answer, Caller
from gateway.registry.feed import (
    ACKNOWLEDGED,
    BACKOFF,
    LEASE_SECONDS,
    POLL_SECONDS,
    REFUSED_MAX,
    STOP_SECONDS,
)
from gateway.runtime.clock import utc_now
from gateway.runtime.logs import log, report
from gateway.runtime.metrics import Metrics
from gateway.runtime.retry import Backoff, Draws

IN_FLIGHT_MAX: Final = 16  # events at the same time
RENEW_SECONDS: Final = LEASE_SECONDS - 2 * CALL_SECONDS_MAX  # a claim this old is renewed
AGAIN: Final = Backoff(2.0, 60.0)  # until one event is sent again
PUT_OFF_MAX: Final = 1_000  # events that wait for that; further ones do not wait


class _Failed(NamedTuple):
    """How often an event failed, and when it is due again."""

    times: int
    due_at: datetime


def sign(secrets: Sequence[bytes], name: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of the event `name` that is sent at this moment."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((name.encode(), timestamp.encode(), body))
    made = (hmac.new(secret, signed, sha256).digest() for secret in secrets)
    return {
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }


class App:
    """The app, which takes an event at a time; it checks `clock` against its own."""

    def __init__(
        self, caller: Caller, secrets: Sequence[bytes], clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._caller, self._secrets, self._clock = caller, secrets, clock

    async def post(self, record: UnsentRecord) -> Answer:
        """Return its answer; raise `UnavailableError` if it says nothing about the event."""
        signed = sign(self._secrets, event_id(record), self._clock(), record.line)
        headers = {"Content-Type": "application/json", **signed}
        answer = await self._caller.send("", record.line, headers)
        if answer.status in ACKNOWLEDGED or answer.refuses_content:
            return answer
        raise UnavailableError(f"{self._caller.name}: http_{answer.status}")


class Webhooks:
    """Sends events, `IN_FLIGHT_MAX` at a time, as `holder` of the lease.

    One that fails is put off by itself, longer each time, and holds up no other. When as many in a
    row have failed as may be in flight, the app is down: all wait.
    """

    def __init__(
        self,
        store: SqlFeed,
        app: App,
        holder: str,
        *,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._app, self._holder = store, app, holder
        self._metrics, self._clock = metrics, clock
        self.draws = Draws()  # a simulation has its own
        self._put_off: dict[int, _Failed] = {}  # by record
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._failures = self._refusals = 0  # in a row
        self._down_until = self._renew_at = clock()

    async def run(self) -> None:
        """Send for as long as this runs; a stop first finishes the events under way."""
        try:
            while True:
                await self._fill()
                if self._under_way:
                    tasks = set(self._under_way.values())
                    first = asyncio.FIRST_COMPLETED
                    await asyncio.wait(tasks, timeout=POLL_SECONDS, return_when=first)
                else:
                    await asyncio.sleep(POLL_SECONDS)
        finally:
            await self._stop()

    async def send_due(self) -> int:
        """Send what is due and has room, to the end; return how many were tried."""
        await self._fill()
        tasks = set(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks)
        return len(tasks)

    async def _fill(self) -> None:
        """Begin to send as many events as there is room for, while the lease is ours."""
        now, room = self._clock(), IN_FLIGHT_MAX - len(self._under_way)
        if room and now >= self._down_until and await self._claim(now):
            for record in await self._due(now, room):
                self._under_way[record.id] = asyncio.create_task(self._send(record))

    async def _claim(self, now: datetime) -> bool:
        """Return True while the lease is ours; renew it in time, and only if there is work."""
        if now < self._renew_at:
            return True
        if not await self._store.count_unsent(limit=1):
            return False
        ours = await self._store.claim(self._holder, now=now, lease_seconds=LEASE_SECONDS)
        if ours:
            self._renew_at = now + timedelta(seconds=RENEW_SECONDS)
        else:
            self._put_off.clear()
        return ours

    async def _due(self, now: datetime, room: int) -> Sequence[UnsentRecord]:
        """Return the oldest events that are neither under way nor put off."""
        waiting = {one for one, failed in self._put_off.items() if failed.due_at > now}
        waiting |= self._under_way.keys()
        due = await self._store.due(limit=len(waiting) + room)
        return [record for record in due if record.id not in waiting][:room]

    async def _send(self, record: UnsentRecord) -> None:
        """Send one; if its result cannot be stored, it is sent again."""
        try:
            await self._settle(record, await self._app.post(record))
        except UnavailableError:
            self._count("unreachable")
            self._fail(record)
        except Exception as error:  # noqa: BLE001 one event may not stop the others
            report("an event could not be sent", error)
            self._fail(record)
        finally:
            del self._under_way[record.id]

    async def _settle(self, record: UnsentRecord, answer: Answer) -> None:
        """Store that the app took the event, or that it will never take it."""
        if answer.status in ACKNOWLEDGED:
            await self._store.acknowledge([record])
            self._count("told")
            self._refusals = 0
        else:
            self._count("refused")
            self._refusals += 1
            if self._refusals > REFUSED_MAX:  # the records are not at fault
                self._fail(record)
                return
            await self._store.skip(record, at=self._clock())
            self._metrics.count("webhooks_refused")
            log.warning("the app will not take a record", status=answer.status)
        self._failures = 0
        self._put_off.pop(record.id, None)

    def _fail(self, record: UnsentRecord) -> None:
        """Put the event off; after so many failures in a row, all of them."""
        now, chance = self._clock(), self.draws.chance()
        self._failures += 1
        down = self._failures - IN_FLIGHT_MAX + 1
        if down > 0:
            self._down_until = now + timedelta(seconds=BACKOFF.seconds(down, chance))
        before = self._put_off.get(record.id)
        if before or len(self._put_off) < PUT_OFF_MAX:
            times = before.times + 1 if before else 1
            due_at = now + timedelta(seconds=AGAIN.seconds(times, chance))
            self._put_off[record.id] = _Failed(times, due_at)

    def _count(self, result: str) -> None:
        self._metrics.count("webhooks", result)

    async def _stop(self) -> None:
        """Wait up to `STOP_SECONDS` for the events under way, then give the lease back."""
        tasks = set(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in tasks:
            task.cancel()
        self._renew_at = self._clock()
        with suppress(UnavailableError):
            await self._store.release(self._holder)
