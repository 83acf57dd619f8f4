"""The desk: where every message is handed in, whatever wire it came by, and answered or owed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from core.message import HangUp, Inbound, Moved, OptOut, Receipt, Reply
from core.pipeline import Pipeline
from core.ports import Outbox, Outgoing, RecordStore, SessionStore
from gateway.clock import Clock, utc_now
from gateway.deadline import Deadline
from gateway.metrics import Metrics

TURN_SECONDS = 8.0  # Africa's Talking waits 10 s for a screen, Twilio 15 s
_NOTHING_BEGUN = frozenset({"", "start", "menu"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a wire needs to get its messages answered. `nudge` wakes the sender."""

    pipeline: Pipeline
    sessions: SessionStore
    records: RecordStore
    outbox: Outbox
    metrics: Metrics
    deadline: Deadline
    nudge: Callable[[], None]
    clock: Clock = utc_now

    async def answer(self, inbound: Inbound) -> Reply:
        """Return what the message is answered with, for a wire that answers in band."""
        began = perf_counter()
        reply = await self.pipeline.handle(inbound)
        self.metrics.turn(inbound.channel, inbound.provider, perf_counter() - began)
        return reply

    async def owe(self, inbound: Inbound) -> None:
        """Take the message in; when this returns, its answer is durably owed."""
        reply = await self.answer(inbound)
        if not reply.prompts:
            return
        message = Outgoing(
            key=f"{inbound.address.conversation}/{inbound.message_id}",
            channel=inbound.channel,
            address=inbound.address,
            reply=reply,
            created_at=inbound.received_at,
            provider=inbound.provider,
            headers=dict(inbound.thread),
        )
        await self.outbox.put(message)
        self.nudge()

    async def deliver(self, inbound: Inbound) -> None:
        """Do the same within the time limit; for wires that are not HTTP."""
        with self.deadline:
            await self.owe(inbound)

    async def note(self, event: Receipt | HangUp | OptOut | Moved, *, at: datetime) -> None:
        """Take in what is no message and wants no answer."""
        match event:
            case Receipt():
                await self.outbox.receipt(event, at=at)
            case OptOut():
                await self.records.opt(event.address, out=event.out, at=at)
            case HangUp():
                await self._count_abandoned(event)
            case Moved():
                self.metrics.moved(event.channel, event.provider)

    async def _count_abandoned(self, event: HangUp) -> None:
        session, _version = await self.sessions.load(event.address.conversation)
        if session.step not in _NOTHING_BEGUN:
            self.metrics.abandoned(session.step)
