"""The cells of a row in a file, and what is wrong with one. Pure."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What is wrong with a row; never what it holds."""

    column: str
    problem: str


class FaultyError(Exception):
    """The row cannot be used as it is."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(column)
        self.fault = Fault(column, problem)


def tidy(column: str, text: str, characters_max: int) -> str:
    """Return the text with single spaces, or raise `FaultyError`."""
    found = " ".join(text.split())
    if len(found) > characters_max:
        raise FaultyError(column, f"is longer than {characters_max} characters")
    if not found.isprintable():
        raise FaultyError(column, "has characters that cannot be read")
    return found


def needed(column: str, text: str, characters_max: int) -> str:
    """Return the text likewise, of a column that may not be empty."""
    found = tidy(column, text, characters_max)
    if not found:
        raise FaultyError(column, "is empty")
    return found
