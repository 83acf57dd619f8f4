"""The intake of every wire's messages: each is answered in band, or its answer is queued."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TypeVar

from msgspec.structs import replace

from core.appointments.notices import without_ticketed
from core.conversation.remembering import missed_end, shown
from core.database.database import Database
from core.database.unavailable import UnavailableError
from core.events import HangUp, Moved, OptOut, Receipt, ReceiptStatus
from core.handovers.aliases import find_alias
from core.messages import Address, AddressKind, Channel, Inbound, Prompt, Reply
from core.outbox.answers import AnswerBudget, answer_to, enqueue_answer
from core.outbox.message import Outgoing
from core.outbox.receipts import Recorded
from core.outbox.sms_bounds import HOME
from core.outbox.store import SqlOutbox
from core.registration.evidence import keep_files
from core.registration.moves import tell_moved
from core.registration.requests import Register
from core.registration.store import opt, opt_marketing
from core.registration.undelivered import send_instead
from core.turns.pipeline import ContendedError, Pipeline
from core.turns.sessions import SessionStore
from gateway.runtime.clock import Clock, utc_now
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from gateway.runtime.readiness import Recent
from gateway.runtime.tracing import follow

T = TypeVar("T")

TURN_SECONDS = 8.0  # Twilio waits 15 s
SCREEN_SECONDS = 6.0  # the same on USSD, where networks wait 10 s for a screen
RECALL_SECONDS = 1.0  # to find out what became of a turn that was cut off
LATE_MAX = 10_000  # turns to be finished soon; more wait for the sweeper as any other does
_NOTHING_BEGUN = frozenset({"", "start", "menu"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes messages and other events; `nudge` wakes the sender.

    `screens` is the time limit of turns on USSD, `deadline` that of all others. `recent` holds
    whether the last turns succeeded, for the readiness check. `countries` are those that SMS go to
    unasked, by ISO code; `budget` bounds answers to unvouched letters. People with a new number
    are told what is registered in `campaign`. `late` are the registrations, by conversation, of
    which a screen promised the outcome by SMS: the sweeper finishes them first.
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
    screens: Deadline = field(default_factory=lambda: Deadline(SCREEN_SECONDS))
    late: dict[str, Register] = field(default_factory=dict[str, Register])

    async def resolve(self, address: Address) -> Address:
        """Return whose conversation it is: the phone's, if this browser was linked to one."""
        if address.kind is not AddressKind.WEB:
            return address
        now = self.clock()
        phone = await self.database.read(partial(find_alias, browser=address, now=now))
        return phone or address

    def answer(self, inbound: Inbound) -> Awaitable[Reply]:
        """Take a turn and return the reply, for a wire that answers in band."""
        if inbound.files:
            return self._answer_files(inbound)
        return self._measured(inbound, self.pipeline.handle)

    async def _answer_files(self, inbound: Inbound) -> Reply:
        """Keep the files as evidence, then take the turn, which tells that they are kept."""
        keeping = partial(keep_files, brought=inbound)
        return await self.answer(await self.database.write(keeping, alone=True))

    async def recall(self, inbound: Inbound) -> Reply | None:
        """Return what is certain about a USSD turn that was cut off; None if nothing is."""
        try:
            async with asyncio.timeout(RECALL_SECONDS):
                recalled = await self.pipeline.recall(inbound)
        except (TimeoutError, UnavailableError):
            return None
        if recalled is None:
            return None
        if recalled.promised is not None:
            self.metrics.count("late")
            if len(self.late) < LATE_MAX:
                self.late[inbound.address.conversation] = recalled.promised
        return recalled.reply

    async def look(self, address: Address) -> Reply | None:
        """Return what was last said in the conversation at an address; None if nothing was.

        While what was decided is still being done, that is said.
        """
        session, _ = await self.sessions.load(address.conversation)
        if session.pending is not None:
            return Reply((Prompt("under_way"),), session.language)
        return shown(session)

    async def enqueue(self, inbound: Inbound) -> None:
        """Take a turn and queue the reply durably, for a wire that only acknowledges."""
        await self._measured(inbound, self._enqueue)

    async def _measured(self, inbound: Inbound, turn: Callable[[Inbound], Awaitable[T]]) -> T:
        """Take the turn; record its duration and result, even if it fails or is cancelled."""
        follow(inbound)
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
        """Queue what is left to say: a ticket, which is in the queue already, says the rest."""
        reply = without_ticketed(await self.pipeline.handle(inbound), inbound.channel)
        if not reply.prompts:
            self.nudge()
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
                note = opt_marketing if event.marketing else opt
                await self.database.write(
                    partial(note, address=event.address, out=event.out, at=at)
                )
            case HangUp():
                await self._note_hang_up(event)
            case Moved():
                await self._note_moved(event)

    async def _note_moved(self, moved: Moved) -> None:
        """Count the move; tell the new address how to take along what the old one registered."""
        self.metrics.moved(moved.channel, moved.provider)
        campaign, countries = self.campaign, self.countries
        operation = partial(tell_moved, moved=moved, campaign=campaign, countries=countries)
        await self.database.write(operation)
        self.nudge()

    async def _note_receipt(self, receipt: Receipt, at: datetime) -> None:
        """Record the receipt, again if need be; what a letter could not bring goes by SMS."""
        recorded = await self.outbox.receipt(receipt, at=at)
        if receipt.cost and recorded is Recorded.ARRIVED:
            self.metrics.count("messages_arrived", receipt.provider, receipt.cost)
        if receipt.channel is Channel.EMAIL and receipt.status is ReceiptStatus.FAILED:
            await self.database.write(
                partial(send_instead, receipt=receipt, at=at, countries=self.countries)
            )
            self.nudge()

    async def _note_hang_up(self, event: HangUp) -> None:
        """Count a form that was left; note that a last screen may not have been seen."""
        key = event.address.conversation
        session, version = await self.sessions.load(key)
        if session.step_label not in _NOTHING_BEGUN:
            self.metrics.abandoned(session.step_label)
        elif not event.completed and missed_end(session):
            await self.sessions.save(key, replace(session, unheard=True), after=version)
