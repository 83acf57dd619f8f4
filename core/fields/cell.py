"""The cells of an imported row, and their faults. Pure."""

from typing import NamedTuple


class Fault(NamedTuple):
    """What is wrong with a row, without its contents."""

    column: str
    problem: str


class FaultyError(Exception):
    """The row cannot be used; `fault` says why."""

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
    """Return the text with single spaces, or raise `FaultyError`, also if it is empty."""
    found = tidy(column, text, characters_max)
    if not found:
        raise FaultyError(column, "is empty")
    return found
