"""What came of an intent, for whoever holds the token of its address."""

from typing import Final, NamedTuple

from core.database.statements import Connection, Statement
from core.messages import Address
from core.registration.addresses import address_columns

# The newest intent of an address; whether any address has proven its record.
_ASKED = Statement("""
    SELECT
        intents.outcome, intents.number, records.status, records.standing,
        EXISTS (
            SELECT 1
            FROM addresses
            WHERE addresses.record_id = records.id AND addresses.verified = 1
        )
    FROM intents
    LEFT JOIN records ON records.id = intents.record_id
    WHERE intents.kind = :kind AND intents.value = :value AND intents.campaign = :campaign
    ORDER BY intents.id DESC
    LIMIT 1
""")
_HELD: Final = "held"


class Asked(NamedTuple):
    """What its sender may be told of an intent; None of what is not theirs to see."""

    outcome: str
    number: str | None
    status: str | None
    standing: str | None


def read_asked(connection: Connection, *, address: Address, campaign: str) -> Asked | None:
    """Return what came of the newest intent of this address, if there is one.

    It is no more than was told when it was made: nobody has proven the address, and that another
    has the record, or the NIK, is not for its holder to learn.
    """
    row = connection.one(_ASKED, **address_columns(address), campaign=campaign)
    if row is None:
        return None
    outcome, number, status, _standing, proven = row
    if outcome == "received":
        return Asked(outcome, number, "received", "claimed")
    if number is None:
        return Asked(outcome, None, None, None)
    told = status if outcome == "registered" and not proven else None
    return Asked(outcome, number, told, _HELD)
