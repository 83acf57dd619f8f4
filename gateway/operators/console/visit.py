"""What the console is made of, and its visitors."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request

from core.campaign import Campaign
from core.wording.catalog import Wording
from core.wording.console import ConsoleWords
from gateway.operators.acts import Act, Answer, Call, Operator
from gateway.runtime.clock import Clock

HOME: Final = "/console"
LANGUAGE_COOKIE: Final = "console_language"
REVEAL: Final = "reveal"  # the field that asks for NIKs whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """An operator who is signed in; each form holds `csrf`, which belongs to the session."""

    operator: Operator
    csrf: str = field(repr=False)


Door = Callable[[Request], Awaitable[Visitor | None]]
Run = Callable[[Act, Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The parts: `door` knows the visitors, `run` runs an act with its rules and the audit.

    `wording` has the words of what the acts answer as phrases, and of the console itself.
    """

    acts: Mapping[str, Act]
    run: Run
    door: Door
    wording: Wording
    campaign: Campaign
    clock: Clock

    @property
    def words(self) -> ConsoleWords:
        """Return the console's own words."""
        return self.wording.console


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a visitor: `fields` are those of the form or query, `path` of the path."""

    console: Console
    visitor: Visitor
    language: str
    url: str
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    file: bytes = field(default=b"", repr=False)

    def may(self, act: str) -> bool:
        """Return True if the visitor may use the act, which exists."""
        found = self.console.acts.get(act)
        return found is not None and found.scope in self.visitor.operator.scopes

    async def read(self, act: str, body: Mapping[str, Any]) -> Answer:
        """Return the answer of an act that reads, or raise `ProblemError`."""
        row = self.console.acts[act]
        call = Call(
            operator=self.visitor.operator,
            at=self.console.clock(),
            key="",
            path=self.path,
            query={name: self.fields[name] for name in row.query if self.fields.get(name)},
            body=body,
            reveal=row.reveals and self.fields.get(REVEAL) == "1",
        )
        return await self.console.run(row, call)
