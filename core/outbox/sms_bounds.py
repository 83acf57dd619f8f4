"""How many SMS one phone is sent that it has not asked for itself, and in which countries. Pure.

Anybody may name any phone in a letter, and ask for a code to be sent there. What a phone gets by
others is counted by phone, whatever records it stands on and whoever asks.
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
# Of one count: what is left over by those who are trusted less is there for the others.
CODES_AN_HOUR_MAX: Final[dict[Asker, int]] = {"mailbox": 2, "stranger": 4, "known": 5}
CODES_A_DAY_MAX: Final[dict[Asker, int]] = {"mailbox": 4, "stranger": 7, "known": 10}


class Bound(NamedTuple):
    """At most `most` of something for one `subject`, in so many seconds from the first on."""

    subject: str
    most: int
    seconds: int = DAY_SECONDS


def asker(address: Address, phone: str, *, proven: bool) -> Asker:
    """Return who asks for a code to `phone`: known is that phone, or one that has proven itself.

    A mailbox costs nothing; a phone costs a SIM, and the network vouches for its number.
    """
    if proven or address == Address(AddressKind.PHONE, phone):
        return "known"
    return "mailbox" if address.kind is AddressKind.EMAIL else "stranger"


def code_bounds(phone: str, who: Asker) -> tuple[Bound, ...]:
    """Return what bounds the codes that one phone is sent, over all records and askers."""
    return (
        Bound(f"codes an hour:{phone}", CODES_AN_HOUR_MAX[who], HOUR_SECONDS),
        Bound(f"codes a day:{phone}", CODES_A_DAY_MAX[who]),
    )


def unasked_bound(phone: str, due: datetime) -> Bound:
    """Return what bounds the other SMS that a phone is due to get on the (UTC) day of `due`."""
    return Bound(f"unasked:{phone}:{due.astimezone(UTC).date().isoformat()}", UNASKED_MAX)


def is_abroad(phone: str, countries: frozenset[str]) -> bool:
    """Say whether only a phone that has written to us may be sent SMS there."""
    return country_of(phone) not in countries
