"""How far a record stands, and the one change of it: from `claimed` to `held`, or out of the way.

Of each NIK at most one record is current: claimed or held. Others of the same NIK stay beside it,
each with a number of its own.
"""

from enum import StrEnum
from typing import Final


class RecordStanding(StrEnum):
    """What vouches for a record."""

    CLAIMED = "claimed"  # nothing: it yields to a person for whom something vouches
    HELD = "held"  # an address, the roster or an operator
    SUPERSEDED = "superseded"  # it yielded
    CONTESTED = "contested"  # nothing, and the NIK is another's: a case for the desk


CURRENT: Final = "standing IN ('claimed', 'held')"  # spelt as the index `uq_records_current` is
