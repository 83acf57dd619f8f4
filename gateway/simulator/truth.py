"""The truth about a person, from the stores themselves, and the proof: told equals recorded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from core.conversation.session import Session
from core.database.database import Database
from core.database.unavailable import UnavailableError
from core.messages import Address, Prompt
from core.turns.sessions import SessionStore
from core.wording.catalog import Wording
from gateway.runtime.metrics import Metrics
from gateway.simulator.rows import Message, Rows, read_rows, read_told
from gateway.simulator.shown import Shown
from gateway.simulator.simulator import Simulator

RENDERED_MAX: Final = 1_000  # messages whose text is kept
_COUNTED: Final = (
    *("turn_seconds_count", "steps_total", "outcomes_total", "redeliveries_total", "late_total"),
    *("abandoned_total", "outbox_total", "store_errors_total", "verifications_total"),
)
_NAMES: Final = frozenset(f"satupintu_{name}" for name in _COUNTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Reads what the stores hold about a person's addresses; the first of them is the phone."""

    database: Database
    sessions: SessionStore
    shown: Shown
    wording: Wording
    metrics: Metrics
    simulator: Simulator
    rendered: dict[tuple[str, bool], dict[str, Any]] = field(default_factory=dict)  # by id

    async def read(self, addresses: tuple[Address, ...]) -> dict[str, Any]:
        """Return it as JSON; a store that is out of reach is named in `down`."""
        conversations = [one.conversation for one in addresses]
        down: dict[str, str] = {}
        sessions: list[Session] = []
        try:
            sessions = [(await self.sessions.load(one)).session for one in conversations]
        except UnavailableError:
            down["redis"] = "out of reach"
        said = [one.reply for session in sessions for one in session.replies]
        pairs = [(one.kind.value, one.value) for one in addresses]
        rows, told = Rows([], [], [], []), (0, 0)
        try:
            rows = await self.database.read(partial(read_rows, addresses=pairs))
            told = await self.database.read(partial(read_told, said=said))
        except UnavailableError:
            down["sql"] = "out of reach"
        turn = self.simulator.turns.newest(frozenset(conversations))
        each = [self._session(one) for one in sessions]
        return {
            "session": each[0] if each else None,
            "sessions": dict(zip(conversations, each, strict=False)),
            "records": rows.records,
            "appointments": rows.appointments,
            "outbox": [self._message(one) for one in rows.messages],
            "audit": rows.audit,
            "metrics": counted(self.metrics),
            "turn": turn.shown() if turn else None,
            "told": told[0],
            "recorded": told[1],
            "faults": list(self.simulator.faults.left()),
            "down": down,
        }

    def _session(self, session: Session) -> dict[str, Any]:
        newest = session.replies[-1].reply if session.replies else None
        return {
            "stage": session.stage,
            "question": session.question,
            "answers": session.answers,
            "language": session.language,
            "channel": session.channel,
            "pending": type(session.pending).__name__ if session.pending else None,
            "said": list(map(partial(self._prompt, newest.language), newest.prompts))
            if newest
            else [],
        }

    def _prompt(self, language: str, prompt: Prompt) -> dict[str, Any]:
        """Return a prompt by its key, and its choices in their order: key and words."""
        phrases = self.wording.phrases(language, "short")
        choices = [{"key": key, "words": phrases.get(key, "")} for key in prompt.choices]
        return {"key": prompt.key, "choices": choices}

    def _message(self, one: Message) -> dict[str, Any]:
        blank = one.message.is_blank  # what was forgotten must not be shown from here
        if len(self.rendered) > RENDERED_MAX:
            self.rendered.clear()
        if (one.id, blank) not in self.rendered:
            self.rendered[one.id, blank] = self.shown.shown(one.message)
        return {
            "id": one.id,
            "address": one.message.address.value,
            "keys": [prompt.key for prompt in one.message.reply.prompts],
            **one.facts,
            **self.rendered[one.id, blank],
        }


def counted(metrics: Metrics) -> dict[str, float]:
    """Return the counters of this process that are not 0, by name and labels."""
    return dict(sorted(_counters(metrics)))


def _counters(metrics: Metrics) -> Iterator[tuple[str, float]]:
    for metric in metrics.registry.collect():
        for sample in metric.samples:
            if sample.value and sample.name in _NAMES:
                name = sample.name.removeprefix("satupintu_").removesuffix("_total")
                yield " ".join([name, *sample.labels.values()]), sample.value
