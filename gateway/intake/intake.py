"""The intake of every wire's messages: each is answered in band, or its answer is queued."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TypeVar

from core.database.database import Database
from core.messages import (
    Channel,
    HangUp,
    Inbound,
    Moved,
    OptOut,
    Receipt,
    ReceiptStatus,
    Reply,
)
from core.outbox.answers import AnswerBudget, answer_to, enqueue_answer
from core.outbox.message import Outgoing
from core.outbox.sms_bounds import HOME
from core.outbox.store import SqlOutbox
from core.registration.moves import tell_moved
from core.registration.store import opt
from core.registration.undelivered import send_instead
from core.turns.pipeline import ContendedError, Pipeline
from core.turns.sessions import SessionStore
from gateway.runtime.clock import Clock, utc_now
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from gateway.runtime.readiness import Recent

T = TypeVar("T")

TURN_SECONDS = 8.0  # Africa's Talking waits 10 s for a screen, Twilio 15 s
_NOTHING_BEGUN = frozenset({"", "start", "menu"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes messages and other events; `nudge` wakes the sender.

    `recent` holds whether the last turns succeeded, for the readiness check. `countries` are those
    that SMS go to unasked, by ISO code; `budget` bounds answers to unvouched letters. Those with
    a new number are told what is registered in `campaign`.
    """

    pipeline: Pipeline
    sessions: SessionStore
    database: Database
    outbox: SqlOutbox
    metrics: Metrics
    deadline: Deadline
    nudge: Callable[[], None]
    clock: Clock = utc_now
    recent: Recent = field(default_factory=Recent)
    campaign: str = ""
    countries: frozenset[str] = HOME
    budget: AnswerBudget = field(default_factory=AnswerBudget)

    def answer(self, inbound: Inbound) -> Awaitable[Reply]:
        """Take a turn and return the reply, for a wire that answers in band."""
        return self._measured(inbound, self.pipeline.handle)

    async def enqueue(self, inbound: Inbound) -> None:
        """Take a turn and queue the reply durably, for a wire that only acknowledges."""
        await self._measured(inbound, self._enqueue)

    async def _measured(self, inbound: Inbound, turn: Callable[[Inbound], Awaitable[T]]) -> T:
        """Take the turn; record its duration and result, even if it fails or is cancelled."""
        began, sure, contended = monotonic(), False, False
        try:
            result = await turn(inbound)
            sure = True
        except ContendedError:  # many messages of one sender at once: no store failed
            contended = True
            raise
        finally:
            now = monotonic()
            label = "answered" if sure else "unsure"
            self.metrics.turn(inbound.channel, inbound.provider, label, now - began)
            self.recent.note(sure=sure or contended, now=now)
        return result

    async def _enqueue(self, inbound: Inbound) -> None:
        reply = await self.pipeline.handle(inbound)
        if not reply.prompts:
            return
        message = answer_to(inbound, reply, at=inbound.received_at, thread=inbound.thread)
        await self.queue_answer(message, aligned=inbound.aligned)

    async def queue_answer(self, message: Outgoing, *, aligned: bool = True) -> None:
        """Queue an answer durably; that to an unvouched letter only within its bounds."""
        withheld = ""
        if message.unvouched:
            withheld = await self._queue_within_budget(message, aligned=aligned)
        else:
            await self.outbox.put(message)
        self.note_answer(withheld)

    async def _queue_within_budget(self, message: Outgoing, *, aligned: bool) -> str:
        operation = partial(enqueue_answer, message=message, budget=self.budget, aligned=aligned)
        return await self.database.write(operation, alone=True)

    def note_answer(self, withheld: str) -> None:
        """Wake the sender, as an answer is queued; or count why it is withheld."""
        if withheld:
            self.metrics.count("answers_withheld", withheld)
        else:
            self.nudge()

    async def deliver(self, inbound: Inbound) -> None:
        """Enqueue within the time limit of a turn; for mail, which has no other limit."""
        with self.deadline:
            await self.enqueue(inbound)

    async def note(self, event: Receipt | HangUp | OptOut | Moved, *, at: datetime) -> None:
        """Record an event that has no reply: a receipt, an opt-out, a hang-up or a new number."""
        match event:
            case Receipt():
                await self._note_receipt(event, at)
            case OptOut():
                operation = partial(opt, address=event.address, out=event.out, at=at)
                await self.database.write(operation)
            case HangUp():
                await self._count_abandoned(event)
            case Moved():
                await self._note_moved(event)

    async def _note_moved(self, moved: Moved) -> None:
        """Count it; tell at the new address how to take the registrations of the old one along."""
        self.metrics.moved(moved.channel, moved.provider)
        campaign, countries = self.campaign, self.countries
        operation = partial(tell_moved, moved=moved, campaign=campaign, countries=countries)
        await self.database.write(operation)
        self.nudge()

    async def _note_receipt(self, receipt: Receipt, at: datetime) -> None:
        """Record the receipt, again if need be; what a letter could not bring goes by SMS."""
        await self.outbox.receipt(receipt, at=at)
        if receipt.channel is Channel.EMAIL and receipt.status is ReceiptStatus.FAILED:
            await self.database.write(
                partial(send_instead, receipt=receipt, at=at, countries=self.countries)
            )
            self.nudge()

    async def _count_abandoned(self, event: HangUp) -> None:
        session, _version = await self.sessions.load(event.address.conversation)
        if session.step_label not in _NOTHING_BEGUN:
            self.metrics.abandoned(session.step_label)
