"""One's own record: found by its number, for whoever is proven to be its person."""

from typing import NamedTuple

from core.cases.requests import Correct, Leave, ReadLooks
from core.database.statements import Connection, Statement
from core.messages import Address
from core.registration.addresses import address_columns

_FIND = """
    SELECT
        records.id, records.number, records.campaign, records.nik, records.full_name,
        records.phone, records.status, records.language,
        EXISTS (
            SELECT 1
            FROM appointments
            WHERE appointments.record_id = records.id AND appointments.status = 'booked'
        ),
        addresses.verified
    FROM records
    LEFT JOIN addresses
        ON addresses.record_id = records.id
        AND addresses.kind = :kind
        AND addresses.value = :value
    WHERE records.number = :number AND records.campaign = :campaign
"""
_READ = Statement(_FIND)
_LOCK = Statement(f"{_FIND} FOR NO KEY UPDATE OF records")


class OwnRecord(NamedTuple):
    """A record as a wish sees it; `verified` is NULL where the address is not linked."""

    id: int
    number: str
    campaign: str
    nik: str
    full_name: str
    phone: str | None
    status: str
    language: str
    booked: bool
    verified: int | None


class Claim(NamedTuple):
    """Whose record somebody says it is: `proven` where a code has proven it a moment ago."""

    number: str
    campaign: str
    address: Address
    proven: bool = False

    @classmethod
    def of(cls, request: Correct | Leave | ReadLooks) -> "Claim":
        """Return the claim that a request makes."""
        return cls(request.number, request.campaign, request.address, request.proven)


def find_record(connection: Connection, claim: Claim, *, lock: bool = True) -> OwnRecord | None:
    """Return the record with this number, locked unless it is only read, whoever asks."""
    where = {"number": claim.number, "campaign": claim.campaign, **address_columns(claim.address)}
    row = connection.one(_LOCK if lock else _READ, **where)
    return None if row is None else OwnRecord._make(row)


def own_record(connection: Connection, claim: Claim, *, lock: bool = True) -> OwnRecord | None:
    """Return the record, if the address is proven to be its person's, or a code just was.

    A mailbox proves nothing by itself, even one that was proven once.
    """
    record = find_record(connection, claim, lock=lock)
    if record is None:
        return None
    entitled = claim.proven or (bool(record.verified) and not claim.address.forgeable)
    return record if entitled else None
