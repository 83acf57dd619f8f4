"""What people and officials change in a record, in SQL; each keeps the old value in history.

Every change is a plain function of a `Connection`, the record's id and the `Actor`; it is
idempotent by the actor's key, takes the row's lock, and raises `LostRaceError` to be run again.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes something, why and when; the same `key` changes it once.

    `name` is an operator's, "person" for whoever the record is about, or a rule's.
    """

    name: str
    key: str = field(repr=False)
    at: datetime
    reason: str = field(default="", repr=False)


PERSON = "person"
