"""The background job that records the persons of staged lists and queues one answer for each list.

Whatever crashes, the list is claimed again after its lease, and its rows are recorded again: the
same rows have the same intents, which change nothing the second time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.conversation.register.list_answer import RowResult, answer_given_up, answer_list
from core.conversation.register.listed import ListedRow, ListReader
from core.database.database import Database
from core.database.statements import Row
from core.database.unavailable import UnavailableError
from core.messages import Inbound, ListedPerson
from core.outbox.answers import AnswerBudget, answer_to
from core.outbox.message import Outgoing
from core.registration.intent import Outcome
from core.registration.lists import (
    StagedList,
    claim,
    finish,
    give_up,
    put_off,
    read_letter,
    read_list,
)
from core.registration.requests import Register
from core.turns.perform import EffectRunner
from gateway.runtime.clock import Clock
from gateway.runtime.logs import log, report
from gateway.runtime.metrics import Metrics
from gateway.runtime.tracing import follow

POLL_SECONDS = 1.0
LEASE_SECONDS = 30  # longer than 500 rows take; two workers at one list would change nothing
ROWS_AT_ONCE: Final = 32  # recorded together, so that they share commits; others' turns go between
TRIES_MAX: Final = 5  # of a list in which a row fails; then the answer tells of that row
LIST_TRIES_MAX: Final = (
    10  # of a list that fails otherwise, in two hours and more; then it is left
)
PAUSE_SECONDS_MAX: Final = 3_600  # between two tries


class ProcessEndedError(Exception):
    """The worker died at every try of a list."""


_UNREAD: Final = ListedRow("", "", None)


@dataclass(slots=True, kw_only=True, eq=False)
class ListJob:
    """Records staged lists, one at a time in this worker; `on_answer` is called for each."""

    database: Database
    effects: EffectRunner
    reader: ListReader
    metrics: Metrics
    clock: Clock
    on_answer: Callable[[], None]
    budget: AnswerBudget = field(default_factory=AnswerBudget)
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def nudge(self) -> None:
        """Wake the job: a list is staged."""
        self._wake.set()

    async def run(self) -> None:
        """Record lists for as long as this runs."""
        while True:
            self._wake.clear()
            if not await self.record_next(self.clock()):
                await self._next()

    async def _next(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    async def record_next(self, now: datetime) -> bool:
        """Record one list and queue its answer; return False if none was due, or it failed."""
        follow(None)
        until = now + timedelta(seconds=LEASE_SECONDS)
        row = await self.database.write(partial(claim, now=now, until=until))
        if row is None:
            return False
        try:
            await self._record(read_list(row), now)
        except Exception as error:  # noqa: BLE001 one failure must not stop the others
            await self._note_failure(row, error, now)
            return False
        self.on_answer()
        return True

    async def _note_failure(self, row: Row, error: Exception, now: datetime) -> None:
        """Put the list off for longer each time, and at last give it up.

        Waiting for a store is no try. A list whose worker dies is claimed again after its lease.
        """
        row_id, attempts = row[0], row[-1]
        self.metrics.count("lists", "failed")
        away = isinstance(error, UnavailableError)
        if not away:
            report("a list could not be recorded", error)
        if attempts >= LIST_TRIES_MAX and not away:
            await self._give_up_list(row, now)
            return
        until = now + timedelta(seconds=LEASE_SECONDS if away else pause_seconds(attempts))
        operation = partial(put_off, row_id=row_id, until=until, attempts=attempts - away)
        with suppress(UnavailableError):
            await self.database.write(operation)

    async def _give_up_list(self, row: Row, now: datetime) -> None:
        """Tell the sender that an official sees to the list, if we can; keep it for that."""
        row_id, letter = row[0], None
        with suppress(Exception):
            letter = read_letter(row)
        answer = self._sorry(letter, now) if letter else None
        aligned = letter is None or letter.aligned
        operation = partial(
            give_up, row_id=row_id, answer=answer, budget=self.budget, aligned=aligned
        )
        await self.database.write(operation, alone=True)
        log.error("a list is left to an official")
        self.metrics.count("lists", "given_up")
        self.on_answer()

    def _sorry(self, letter: Inbound, now: datetime) -> Outgoing:
        """Return the answer under a key of its own: the list may still be recorded one day."""
        reply = answer_given_up(letter, self.reader.language(letter))
        answer = answer_to(letter, reply, at=now, thread=letter.thread)
        return replace(answer, key=f"{answer.key}/given up")

    async def _record(self, staged: StagedList, now: datetime) -> None:
        follow(staged.letter)
        if staged.attempts > LIST_TRIES_MAX:
            raise ProcessEndedError
        results: list[RowResult] = []
        letter = staged.letter
        read = self.reader.doubt(await self._read_all(staged))
        rows = list(zip(staged.persons, read, strict=True))
        for start in range(0, len(rows), ROWS_AT_ONCE):
            chunk = rows[start : start + ROWS_AT_ONCE]
            results += await _all(self._row(staged, *one) for one in chunk)
        language = self.reader.language(letter)
        reply = answer_list(letter, language, results, staged.notes)
        answer = answer_to(letter, reply, at=now, thread=letter.thread)
        stored = [(one.part, one.row, one.result) for one in results]
        operation = partial(
            finish, staged=staged, results=stored, answer=answer, budget=self.budget
        )
        withheld = await self.database.write(operation, alone=True)  # many share its counts
        if withheld is not None:
            self._count(results, withheld)

    async def _read_all(self, staged: StagedList) -> list[ListedRow]:
        """Return all rows; others' turns go between, for 500 take a tenth of a second."""
        read: list[ListedRow] = []
        for start in range(0, len(staged.persons), ROWS_AT_ONCE):
            chunk = staged.persons[start : start + ROWS_AT_ONCE]
            read += [self._read(staged, person) for person in chunk]
            await asyncio.sleep(0)
        return read

    def _read(self, staged: StagedList, person: ListedPerson) -> ListedRow:
        try:
            return self.reader.read(staged.letter, person)
        except Exception as error:  # noqa: BLE001 raised again, unless this was the last try
            self._give_up(staged, error)
            return _UNREAD

    async def _row(self, staged: StagedList, person: ListedPerson, read: ListedRow) -> RowResult:
        outcome = None
        try:
            outcome = await self._register(read)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 raised again, unless this was the last try
            self._give_up(staged, error)
        return RowResult(person.part, person.row, read, outcome)

    def _give_up(self, staged: StagedList, error: Exception) -> None:
        """Report the error of a row, or raise it if the list has tries left."""
        if staged.attempts < TRIES_MAX:
            raise error
        report("a row of a list could not be recorded", error)

    async def _register(self, read: ListedRow) -> Outcome | None:
        if read.intent is None:
            return None
        outcome = await self.effects.run(Register(read.intent))
        assert isinstance(outcome, Outcome)
        return outcome

    def _count(self, results: Iterable[RowResult], withheld: str) -> None:
        self.metrics.count("lists", "answered")
        if withheld:
            self.metrics.count("answers_withheld", withheld)
        for one in results:
            if one.outcome is not None:
                self.metrics.watch(one.result)


def pause_seconds(attempts: int) -> int:
    """Return how long a list waits after so many tries: twice as long each time."""
    return min(PAUSE_SECONDS_MAX, LEASE_SECONDS << (attempts - 1))


async def _all(rows: Iterable[Awaitable[RowResult]]) -> list[RowResult]:
    """Wait for all rows, then raise the first error: none is left under way."""
    done = await asyncio.gather(*rows, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException):
            raise one
    return [one for one in done if isinstance(one, RowResult)]
