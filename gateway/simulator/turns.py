"""The pure turn, seen while somebody watches: what came in, what it led to, what was said."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from typing_extensions import override

from core.conversation.effects import Effect
from core.database.unavailable import UnavailableError
from core.messages import Inbound, Reply
from core.turns.pipeline import Pipeline
from core.turns.sessions import Saved
from gateway.simulator.faults import Faults

TURNS_MAX: Final = 64  # kept, of all conversations
_SHOWN: Final = ("channel", "provider", "text", "tapped", "opens", "wordless", "contact", "proof")


@dataclass(slots=True)
class Turn:
    """One message: the effects that it led to, the steps and outcomes on the way, the reply."""

    inbound: Inbound
    pending: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    reply: Reply | None = None

    def shown(self) -> dict[str, Any]:
        """Return it as JSON; prompts by their keys."""
        inbound = self.inbound
        came = {name: getattr(inbound, name) for name in _SHOWN if getattr(inbound, name)}
        typed = {"typed": inbound.ussd.typed} if inbound.ussd else {}
        place = {"location": list(inbound.location)} if inbound.location else {}
        answers = {"answers": dict(inbound.answers)} if inbound.answers else {}
        prompts = self.reply.prompts if self.reply else ()
        return {
            "inbound": {**came, **typed, **place, **answers},
            "prompts": [prompt.key for prompt in prompts],
            "pending": self.pending,
            "outcome": self.seen,
        }


_current: ContextVar[Turn] = ContextVar("turn")


class Turns:
    """The newest turns; none is kept while `watchers` is 0."""

    def __init__(self) -> None:
        self.watchers = 0
        self._kept: deque[Turn] = deque(maxlen=TURNS_MAX)

    def keep(self, turn: Turn) -> None:
        """Keep a turn, if anybody watches."""
        if self.watchers:
            self._kept.append(turn)

    def newest(self, conversations: frozenset[str]) -> Turn | None:
        """Return the newest turn of any of these conversations."""
        return next(
            (
                turn
                for turn in reversed(self._kept)
                if turn.inbound.address.conversation in conversations
            ),
            None,
        )


class SimulatedPipeline(Pipeline):
    """A pipeline whose turns can be watched, and whose next message can be late, lost or twice."""

    def __init__(self, turns: Turns, faults: Faults, *given: Any, **more: Any) -> None:
        watch: Callable[[str], None] = more.pop("watch")

        def watch_both(seen: str) -> None:
            watch(seen)
            if (turn := _current.get(None)) is not None:
                turn.seen.append(seen)

        super().__init__(*given, watch=watch_both, **more)
        self._turns, self._faults = turns, faults

    @override
    async def handle(self, inbound: Inbound) -> Reply:
        turn = Turn(inbound)
        _current.set(turn)
        self._turns.keep(turn)
        if self._faults.once.pop("twice", None) is None:
            turn.reply = await super().handle(inbound)
        else:
            turn.reply, _ = await asyncio.gather(
                *(super(SimulatedPipeline, self).handle(inbound) for _ in "12")
            )
        if (seconds := self._faults.once.pop("late", None)) is not None:
            await asyncio.sleep(seconds)
        if self._faults.once.pop("lost", None) is not None:
            raise UnavailableError("the answer is lost on purpose", cause="lost")
        return turn.reply

    @override
    async def _settle(self, key: str, saved: Saved, pending: Effect, *, heard: bool) -> Saved:
        if (turn := _current.get(None)) is not None:
            turn.pending.append(type(pending).__name__)
        return await super()._settle(key, saved, pending, heard=heard)
