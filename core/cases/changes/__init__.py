"""What people and officials change in a record, in SQL; each keeps the old value in history.

Every change is a plain function of a `Connection`, the record's id and the `Actor`. It locks the
record first, and is idempotent by the actor's key: a second run reads from the history what the
first did. Write each `alone`; where the text says so, with the `meeting_keys` of the NIK and phone
that are new, so that look-alikes registered in the same moment are seen. Nothing here sends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


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

Why = Literal[
    "unknown",  # no such record
    "closed",  # it was withdrawn or merged, or it yielded
    "nik_taken",  # another current record has the NIK: `number`
    "not_linked",  # the address is none of the record's
    "full",  # all its addresses are proven, and it has as many as it may
    "same",  # the two records are one
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was changed: field -> the value before; empty if all was so already."""

    number: str
    old: Mapping[str, str | None] = field(default_factory=dict[str, str | None], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing was changed; `number` is that of the record in the way."""

    why: Why
    number: str = ""
