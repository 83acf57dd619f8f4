"""The sender: delivers queued messages to providers, until each is sent or dead.

Delivery is at least once: a crash between a provider's answer and our note of it sends the message
again. Where the protocol has an idempotency key (email: Message-ID) the repeat is recognised.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Final

from channels.contract import Refusal, Refused, Sent
from core.database.unavailable import UnavailableError
from core.messages import Channel
from core.outbox.message import Claimed, Outgoing
from core.outbox.receipts import account_of
from core.outbox.sms_bounds import HOME
from core.outbox.store import SqlOutbox
from core.outbox.window import answers_within, is_closed
from core.registration.store import opt, opt_marketing
from core.registration.undelivered import give_up_letter
from gateway.runtime.logs import log, report
from gateway.runtime.metrics import Metrics
from gateway.runtime.retry import Backoff, Draws
from gateway.runtime.tracing import follow
from gateway.sending.delivery import BATCH_MAX, Route, deliver
from gateway.sending.reach import candidates, is_template, may_try, reach, ways_of
from gateway.sending.routing import Alarms, Health, Pace, Prefixes

POLL_SECONDS = 1.0
LEASE_SECONDS = 120  # longer than the tries below, or two workers would send the same
ATTEMPTS_MAX = 800  # more than fit into the age
AGE_SECONDS_MAX = 3 * 86_400
STOP_SECONDS = 10.0  # that a stop waits for the deliveries under way
DOUBT = Backoff(60.0, 900.0)  # that a receipt is awaited after an unsure delivery
DOUBTS_MAX = 10  # unsure deliveries to a silent provider: it may have taken all
PACED_SECONDS_MAX = 5.0  # that a claimed message may wait for a provider's rate limit
UNVOUCHED_SHARE = 0.5  # of the messages under way: others never wait long for the rate limit
TRIES_SECONDS = 40.0  # after which no other provider is tried in the same lease
BACKOFF = Backoff(5.0, 900.0)
ALARMS: Final = {
    Refusal.OUR_ACCOUNT: "a provider refuses our account",
    Refusal.OUR_TEMPLATE: "a provider refuses a template of ours",
}
_OPTS: Final = {Refusal.OPTED_OUT: opt, Refusal.NO_MARKETING: opt_marketing}
TOO_LATE: Final = "too_late"  # why a reminder of a past appointment is dead, or a blank message


class Sender:
    """Delivers messages of the outbox, in this worker."""

    def __init__(
        self,
        outbox: SqlOutbox,
        routes: Mapping[str, Sequence[Route]],
        *,
        metrics: Metrics,
        clock: Callable[[], datetime],
        countries: frozenset[str] = HOME,
    ) -> None:
        """`routes` are by channel, or by channel and beginning of the address: `sms+62811`.

        Those of the longest key are tried, in order. `countries` are those that SMS go to unasked,
        by ISO code.
        """
        self._outbox, self._routes = outbox, Prefixes(routes)
        self._metrics, self._clock, self._countries = metrics, clock, countries
        self.draws = Draws()  # a simulation has its own
        self._health, self._pace, self._alarms = Health(), Pace(), Alarms()
        self._batch_max = _batch_max(routes.values())
        self._unvouched_max, self._unvouched = ceil(self._batch_max * UNVOUCHED_SHARE), 0
        self._wake = asyncio.Event()

    def nudge(self) -> None:
        """Wake the sender: a message is queued."""
        self._wake.set()

    async def run(self) -> None:
        """Send for as long as this runs; a stop first finishes the deliveries under way.

        A slow delivery takes one place of many, and holds up no other.
        """
        under_way: set[asyncio.Task[None]] = set()
        filling = None
        try:
            while True:
                self._wake.clear()
                filling = asyncio.ensure_future(self._fill(under_way))
                await asyncio.shield(filling)
                await self._next(under_way)
        finally:
            await _finish(filling, under_way)

    async def _next(self, under_way: Iterable[asyncio.Task[None]]) -> None:
        """Wait until there is room, a nudge, or `POLL_SECONDS`."""
        woken = asyncio.ensure_future(self._wake.wait())
        await asyncio.wait(
            {*under_way, woken}, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        woken.cancel()

    async def _fill(self, under_way: set[asyncio.Task[None]]) -> None:
        """Claim as many messages as there is room for, and begin to send them."""
        under_way -= {task for task in under_way if task.done()}
        if (room := self._batch_max - len(under_way)) > 0:
            claimed = await self._outbox.claim(
                now=self._clock(),
                lease_seconds=LEASE_SECONDS,
                limit=room,
                unvouched=self._unvouched_max - self._unvouched,
            )
            self._unvouched += sum(one.message.unvouched for one in claimed)
            under_way.update(asyncio.ensure_future(self._send(one)) for one in claimed)

    async def send_due(self) -> int:
        """Send one batch of due messages, to the end; return how many were tried."""
        under_way: set[asyncio.Task[None]] = set()
        await self._fill(under_way)
        await asyncio.gather(*under_way)
        return len(under_way)

    async def _send(self, claimed: Claimed) -> None:
        """Send one message; if its result cannot be stored, it is sent again after the lease."""
        message = claimed.message
        follow(message.key)
        end = message.not_after
        try:
            if message.is_blank or (end is not None and self._clock() > end):
                await self._dead(claimed, TOO_LATE)
            else:
                await self._try_all(claimed)
        except UnavailableError as error:
            report("the result of a message could not be stored", error)
        finally:
            self._unvouched -= claimed.message.unvouched

    async def _try_all(self, claimed: Claimed) -> None:
        """Try the providers in order, until one takes the message or may have taken it."""
        refused_by, why = list(claimed.refused_by), ""
        last = self.draws.seconds() + TRIES_SECONDS
        closed = await self._window_closed(claimed.message)
        reachable = reach(claimed.message, self._routes, closed=closed)
        resting = self._health.resting(now=self.draws.seconds())
        for route in candidates(claimed, reachable, resting):
            if self.draws.seconds() > last:
                break
            if not may_try(route, refused_by, closed=closed):
                continue
            result = await self._deliver(route, claimed)
            if isinstance(result, Sent):
                await self._outbox.sent(
                    claimed.id,
                    provider=route.provider,
                    provider_id=result.provider_id,
                    at=self._clock(),
                )
                self._metrics.outbox("sent")
                return
            unsure = result.means is Refusal.UNSURE
            why = f"unsure: {result.why}" if unsure else result.why
            if unsure and route.echoes_reference:
                await self._await_receipt(claimed, route.provider, why, refused_by)
                return
            if result.means.is_final:
                await self._give_up(claimed, result)
                return
            if unsure or result.means is Refusal.OTHER_PROVIDER:
                refused_by.append(route.provider)
        await self._retry(claimed, why, refused_by)

    async def _window_closed(self, message: Outgoing) -> bool:
        """Return True if WhatsApp is known to refuse free text; asked only if that matters."""
        at, routes = self._clock(), self._routes.find(message.channel, ())
        foresee = any(one.foresees and is_template(one) and one.takes(message) for one in routes)
        if not foresee or answers_within(message, at):
            return False
        return await self._outbox.database.read(partial(is_closed, address=message.address, at=at))

    async def _deliver(self, route: Route, claimed: Claimed) -> Sent | Refused:
        """Deliver at the provider's rate, and note its health."""
        paced = account_of(route.provider)
        wait_seconds = self._pace.wait_seconds(paced, rate=route.rate, now=self.draws.seconds())
        if wait_seconds:
            await asyncio.sleep(wait_seconds)
        result = await deliver(route, claimed)
        well = isinstance(result, Sent) or not result.means.about_provider
        name = f"{claimed.message.channel}/{route.provider}"
        up = self._health.note(name, well=well, now=self.draws.seconds())
        label = "sent" if isinstance(result, Sent) else result.means.label
        self._metrics.provider_answer(claimed.message.channel, route.provider, label, up=up)
        if isinstance(result, Refused) and result.means in ALARMS:
            self._alarm(claimed.message.channel, route.provider, result)
        return result

    def _alarm(self, channel: Channel, provider: str, refused: Refused) -> None:
        """Log that a provider refuses our account, or a template of ours."""
        event, why = ALARMS[refused.means], refused.why
        if self._alarms.is_due(f"{channel}/{provider} {why}", now=self.draws.seconds()):
            log.warning(event, channel=channel, provider=provider, error=why)

    async def _await_receipt(
        self, claimed: Claimed, provider: str, why: str, refused_by: Sequence[str]
    ) -> None:
        """Wait for a receipt of an unsure delivery; without one the next provider is tried."""
        doubts = claimed.doubts + 1
        if doubts >= DOUBTS_MAX:
            await self._retry(claimed, why, [*refused_by, *ways_of(provider)])
            return
        due_at = self._clock() + timedelta(seconds=DOUBT.whole_seconds(doubts))
        await self._outbox.retry(
            claimed.id, due_at=due_at, why=why, refused_by=refused_by, unsure_of=provider
        )
        self._metrics.outbox("unsure")

    async def _give_up(self, claimed: Claimed, refused: Refused) -> None:
        if (note := _OPTS.get(refused.means)) is not None:
            address = claimed.message.address
            await self._outbox.database.write(
                partial(note, address=address, out=True, at=self._clock())
            )
        if claimed.message.channel is Channel.EMAIL:
            await self._give_up_letter(claimed, refused.why)
        else:
            await self._dead(claimed, refused.why)

    async def _give_up_letter(self, claimed: Claimed, why: str) -> None:
        """Give up a letter; what it said may go on by SMS."""
        at, countries = self._clock(), self._countries
        await self._outbox.database.write(
            partial(give_up_letter, refused=claimed, why=why, at=at, countries=countries)
        )
        self._note_dead(claimed, why)

    async def _retry(self, claimed: Claimed, why: str, refused_by: Sequence[str]) -> None:
        """Retry later, if a provider is left that may take it."""
        left = {one.provider for one in reach(claimed.message, self._routes)} - set(refused_by)
        if not left or self._is_exhausted(claimed):
            await self._dead(claimed, why)
            return
        wait_seconds = BACKOFF.seconds(claimed.attempts, self.draws.chance())
        due_at = self._clock() + timedelta(seconds=wait_seconds)
        await self._outbox.retry(claimed.id, due_at=due_at, why=why, refused_by=refused_by)
        self._metrics.outbox("retry")

    async def _dead(self, claimed: Claimed, why: str) -> None:
        await self._outbox.dead(claimed.id, why=why)
        self._note_dead(claimed, why)

    def _note_dead(self, claimed: Claimed, why: str) -> None:
        self._metrics.outbox("dead")
        log.warning("a message is given up", channel=claimed.message.channel, cause=why)

    def _is_exhausted(self, claimed: Claimed) -> bool:
        since = max(claimed.tried_at, claimed.message.not_before or claimed.tried_at)
        age_seconds = (self._clock() - since).total_seconds()
        return claimed.attempts >= ATTEMPTS_MAX or age_seconds > AGE_SECONDS_MAX


async def _finish(
    filling: asyncio.Future[None] | None, under_way: set[asyncio.Task[None]]
) -> None:
    """Wait up to `STOP_SECONDS` for the deliveries under way, or they would be repeated."""
    if filling is not None:
        await asyncio.wait({filling}, timeout=STOP_SECONDS)
        filling.cancel()
    if under_way:
        await asyncio.wait(under_way, timeout=STOP_SECONDS)
    for task in under_way:
        task.cancel()


def _batch_max(routes: Iterable[Sequence[Route]]) -> int:
    """Return how many may be under way for none to wait longer than `PACED_SECONDS_MAX`."""
    rates = [route.rate for several in routes for route in several if route.rate]
    slowest = min(rates, default=BATCH_MAX)
    return max(1, min(BATCH_MAX, int(slowest * PACED_SECONDS_MAX)))
