"""Who looked at the data of a person, for that person, in SQL."""

from datetime import datetime, timedelta
from typing import Final

from core.cases.own_record import Claim, own_record
from core.cases.requests import LOOKS_DAYS, LOOKS_MAX, Look, Looks, ReadLooks
from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import WIB, local, moment

SHARED_ROLE: Final = "manager"  # of the token that names nobody

# Rules and the person's own wishes look at nothing.
_LOOKS = Statement("""
    SELECT audit.at, audit.why, operators.role, facilities.name
    FROM audit
    LEFT JOIN operators ON operators.name = audit.operator
    LEFT JOIN facilities ON facilities.code = operators.facility_code
    WHERE audit.number = :number
        AND audit.at >= :since
        AND audit.operator NOT IN ('', 'person', 'rule', 'registry', 'feed')
    ORDER BY audit.at DESC, audit.id DESC
    LIMIT :limit
""")


def read_looks(connection: Connection, *, request: ReadLooks) -> Looks:
    """Return the newest looks of officials; none where the record is not the person's own."""
    if own_record(connection, Claim.of(request), lock=False) is None:
        return Looks()
    since = iso_utc(moment(request.at) - timedelta(days=LOOKS_DAYS))
    rows = connection.all(_LOOKS, number=request.number, since=since, limit=LOOKS_MAX + 1)
    looks = [_look(at, why, role, place) for at, why, role, place in rows]
    return Looks(looks=tuple(looks[:LOOKS_MAX]), more=len(looks) > LOOKS_MAX)


def _look(at: str, why: str, role: str | None, facility: str | None) -> Look:
    on = local(datetime.fromisoformat(at), WIB).date()
    return Look(on=on, role=role or SHARED_ROLE, facility=facility or "", why=why)
