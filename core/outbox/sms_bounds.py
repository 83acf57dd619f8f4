"""Bounds on SMS that a phone did not ask for itself, and the countries they go to. Pure.

Anybody can name any phone in an email and have a code sent there. So these SMS are counted by
phone, whatever record it is on and whatever address asks.
"""

from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from core.fields.phone import country_of
from core.messages import Address, AddressKind

HOUR_SECONDS: Final = 3_600
DAY_SECONDS: Final = 86_400
HOME: Final = frozenset({"ID"})
UNASKED_MAX: Final = 3  # verdicts, tickets, reminders, on one day

Asker = Literal["mailbox", "stranger", "known"]
# All share one count, so the less trusted leave some for the others.
CODES_AN_HOUR_MAX: Final[dict[Asker, int]] = {"mailbox": 2, "stranger": 4, "known": 5}
CODES_A_DAY_MAX: Final[dict[Asker, int]] = {"mailbox": 4, "stranger": 7, "known": 10}


class Bound(NamedTuple):
    """At most `most` effects for one `subject` within `seconds` of the first."""

    subject: str
    most: int
    seconds: int = DAY_SECONDS


def asker(address: Address, phone: str, *, proven: bool) -> Asker:
    """Return how far `address` is trusted to ask for a code to `phone`.

    "known" is the phone itself, or a proven address. A mailbox costs nothing; another phone
    ("stranger") costs a SIM, and the network vouches for its number.
    """
    if proven or address == Address(AddressKind.PHONE, phone):
        return "known"
    return "mailbox" if address.kind is AddressKind.EMAIL else "stranger"


def code_bounds(phone: str, trust: Asker) -> tuple[Bound, ...]:
    """Return the bounds on codes to one phone, over all records and askers."""
    return (
        Bound(f"codes an hour:{phone}", CODES_AN_HOUR_MAX[trust], HOUR_SECONDS),
        Bound(f"codes a day:{phone}", CODES_A_DAY_MAX[trust]),
    )


def unasked_bound(phone: str, due: datetime) -> Bound:
    """Return the bound on other unasked SMS to a phone on the UTC day of `due`."""
    return Bound(f"unasked:{phone}:{due.astimezone(UTC).date().isoformat()}", UNASKED_MAX)


def is_abroad(phone: str, countries: frozenset[str]) -> bool:
    """Return True if the phone's country only gets SMS after the phone has written to us."""
    return country_of(phone) not in countries
