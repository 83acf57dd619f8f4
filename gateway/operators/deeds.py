"""Deeds: whatever an act changes, the audit notes in the same transaction.

A crash leaves neither a deed of which nobody knows, nor a note of what was not done. A deed of
several transactions is the exception: it is noted before the first of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from typing_extensions import override

from core.database.audit import Noted, note
from core.database.database import Database
from core.database.statements import Connection
from core.turns.perform import EffectRunner
from gateway.operators.acts import Answer, Call, rows_of
from gateway.operators.desk import Desk

T = TypeVar("T")

After = Callable[[Connection, object], None]


async def write_noted(
    database: Database, call: Call, deed: Callable[[Connection], Answer]
) -> Answer:
    """Carry a deed out and note it; where it raises `ProblemError`, nothing is changed."""

    def write(connection: Connection) -> Answer:
        answer = deed(connection)
        note(connection, *rows_of(call, answer))
        return replace(answer, noted=True)

    return await database.write(write, alone=True)


async def note_first(
    database: Database, call: Call, what: str = "", numbers: tuple[str, ...] = ()
) -> None:
    """Note a deed of several transactions, before the first of them."""
    rows = rows_of(call, Answer(value=None, what=what, numbers=numbers))
    await database.write(lambda connection: note(connection, *rows), alone=True)


def followed(desk: Desk, after: After) -> Desk:
    """Return the desk with `after` in the transaction of each write; it gets the result."""
    database = _Followed(desk.database, after)
    return replace(desk, database=database, effects=replace(desk.effects, database=database))


def noting(desk: Desk, row: Noted, done: Callable[[Any], bool] = lambda _: True) -> EffectRunner:
    """Return what carries out effects; `row` is noted with one whose result is `done`."""

    def after(connection: Connection, result: object) -> None:
        if done(result):
            note(connection, row)

    return followed(desk, after).effects


class _Followed(Database):
    """A database, each write of which is followed by something in its transaction."""

    def __init__(self, database: Database, after: After) -> None:
        self._database, self._after = database, after

    @override
    async def write(
        self,
        operation: Callable[[Connection], T],
        *,
        alone: bool = True,
        keys: Iterable[int] = (),
    ) -> T:
        def both(connection: Connection) -> T:
            result = operation(connection)
            self._after(connection, result)
            return result

        return await self._database.write(both, alone=True, keys=keys)

    @override
    async def read(self, operation: Callable[[Connection], T]) -> T:
        return await self._database.read(operation)
