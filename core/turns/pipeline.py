"""One message in, one answer out: decide, do, say.

Decide: save the turn, only if no other was saved since we read.
Do:     carry out the effect that it decided on, which is idempotent.
Say:    answer from what was saved.

There is no recovery code. After a crash at any point, a redelivery, the next message or the
sweeper continues the session where it was left. There are no locks: a lock needs a timeout, and
a timeout can fire while the work goes on.
"""

from collections.abc import Callable
from typing import NamedTuple

from core.conversation.cut_off import Recalled, recall, reply_to
from core.conversation.effects import Effect
from core.conversation.engine import Conversation
from core.conversation.funnel import came_of, passed, refused
from core.messages import Channel, Inbound, Reply
from core.registration.intent import Outcome
from core.registration.requests import Register
from core.turns.perform import EffectRunner
from core.turns.sessions import Saved, SessionStore

ATTEMPTS_MAX = 32  # of one message; each lost attempt is another message's progress

_ON_SCREEN = frozenset({Channel.USSD, Channel.WEB})

Watch = Callable[[str], None]
Count = Callable[[str, str], None]


class ContendedError(Exception):
    """Other messages of the same conversation kept winning; try again later."""


class Finished(NamedTuple):
    """A registration that a crash interrupted, and its undelivered answer."""

    request: Register
    reply: Reply


class Pipeline:
    """Takes messages through the conversation, one turn at a time."""

    def __init__(
        self,
        sessions: SessionStore,
        effects: EffectRunner,
        conversation: Conversation,
        *,
        watch: Watch = lambda _: None,
        count: Count = lambda _channel, _step: None,
    ) -> None:
        """`watch` is called with each step that a turn reached, and the kind of each outcome.

        The step `again` means that the message came before; an outcome is a registration's.
        `count` is called with channel and step where a person passes a step of the funnel, or
        gives an answer of no use.
        """
        self._sessions = sessions
        self._effects = effects
        self._conversation = conversation
        self._watch = watch
        self._count = count

    async def handle(self, inbound: Inbound) -> Reply:
        """Return what to say to `inbound`; the same message always gets the same answer."""
        key = inbound.address.conversation
        saved, ours = await self._sessions.load(key), False
        for _ in range(ATTEMPTS_MAX):
            if saved.session.pending is not None:
                heard = ours or self._conversation.awaited(saved.session, inbound)
                saved = await self._settle(key, saved, saved.session.pending, heard=heard)
                continue
            session, reply = self._conversation.advance(saved.session, inbound)
            if session is saved.session and reply is not None:
                if not ours:
                    self._watch("again")
                return reply
            if not await self._sessions.save(key, session, after=saved.version):
                saved = await self._sessions.load(key)
                continue
            self._watch(session.step_label)
            before = saved.session
            for step in passed(before, session, new=saved.version == 0) + refused(before, session):
                self._count(session.channel, step)
            if reply is not None:
                return reply
            saved, ours = Saved(session, saved.version + 1), True
        raise ContendedError

    async def recall(self, inbound: Inbound) -> Recalled | None:
        """Return what is certain about a USSD message whose turn was cut off, or None."""
        saved = await self._sessions.load(inbound.address.conversation)
        return recall(saved.session, inbound)

    async def outcome(self, conversation: str, request: Register) -> Reply | None:
        """Return the reply that tells the outcome of a registration, if it was saved."""
        saved = await self._sessions.load(conversation)
        return reply_to(saved.session, request.intent.message_id)

    async def finish(self, conversation: str) -> Finished | None:
        """Carry out the effect that a crash left pending; return the answer that was never sent.

        None if there is no such answer, or another worker settles the conversation.
        """
        saved = await self._sessions.load(conversation)
        pending = saved.session.pending
        if pending is None:  # settled meanwhile, or no longer readable: let it expire
            await self._sessions.save(conversation, saved.session, after=saved.version)
            return None
        # Only a registration's answer is sent; for a screen it would come too late.
        sent = isinstance(pending, Register) and pending.intent.channel not in _ON_SCREEN
        current = saved
        for _ in range(ATTEMPTS_MAX):
            effect = current.session.pending
            if effect is None:
                break
            settled = await self._settle(conversation, current, effect, heard=sent)
            if settled.version != current.version + 1:
                return None
            current = settled
        if not isinstance(pending, Register):
            return None  # other answers are in the outbox, or the person asks again
        return Finished(pending, current.session.replies[-1].reply)

    async def _settle(self, key: str, saved: Saved, pending: Effect, *, heard: bool) -> Saved:
        result = await self._effects.run(pending)
        if isinstance(result, Outcome):
            self._watch(result.kind.value)
        session = self._conversation.settle(saved.session, result, heard=heard)
        if await self._sessions.save(key, session, after=saved.version):
            for step in came_of(result):
                self._count(session.channel, step)
            return Saved(session, saved.version + 1)
        return await self._sessions.load(key)
