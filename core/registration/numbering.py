"""Which number a new record gets: the first free one of its NIK, or one that is drawn."""

from collections.abc import Callable, Iterator
from typing import Final

from core.database.statements import Connection, Statement
from core.registration.addresses import LostRaceError
from core.registration.intent import RegistrationIntent
from core.registration.terms import Terms

NUMBERS_MAX: Final = 16  # of one NIK that are tried before one is drawn

_TAKEN = Statement("""
    SELECT 1
    FROM records
    WHERE number = :number
""")


def numbers_for(intent: RegistrationIntent, terms: Terms, drawn: str) -> Iterator[str]:
    """Yield the numbers that a record of the intent may have, in the order to try them."""
    if terms.number_of is not None:
        for n in range(NUMBERS_MAX):
            yield terms.number_of(intent.campaign, intent.nik, n)
    yield drawn


def under_first_free(
    connection: Connection, numbers: Iterator[str], add: Callable[[str], int]
) -> tuple[int, str]:
    """Add a record by `add(number)` under the first number that is free; return its id and number.

    `add` raises `LostRaceError`, having written nothing, where something is in the way. This one
    raises it where that is not the number, or none is free.
    """
    for number in numbers:
        try:
            return add(number), number
        except LostRaceError:
            if connection.one(_TAKEN, number=number) is None:
                raise
    raise LostRaceError
