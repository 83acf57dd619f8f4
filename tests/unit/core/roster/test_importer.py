"""The roster's import tries again where the database falters, and twice is once."""

from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import override

from core.database.in_memory import InMemoryDatabase
from core.database.statements import Connection, Statement
from core.database.unavailable import UnavailableError
from core.roster.importer import TRIES_MAX, Importer
from core.roster.row import Entry

COUNT = Statement("SELECT count(*) FROM roster")
ENTRY = Entry("3204115706960001", "Siti Aminah", "perawat", "F1", None)


class Faltering(InMemoryDatabase):
    """Keeps what it is given, and says of the first few times that it does not know."""

    faults: int

    @override
    async def write(self, operation: Callable[[Connection], Any], **how: Any) -> Any:
        done = await super().write(operation, **how)
        self.faults -= 1
        if self.faults >= 0:
            raise UnavailableError
        return done


@pytest.mark.parametrize("faults", [0, TRIES_MAX - 1])
async def test_it_is_tried_until_it_is_certain(faults: int) -> None:
    database = Faltering()
    database.faults = faults

    counts = await Importer(database, "test").put([ENTRY])

    assert counts == ((0, 0) if faults else (1, 0))
    assert database.run(lambda connection: connection.all(COUNT)) == [(1,)]


async def test_a_write_that_is_never_certain_raises() -> None:
    database = Faltering()
    database.faults = TRIES_MAX

    with pytest.raises(UnavailableError):
        await Importer(database, "test").put([ENTRY])
