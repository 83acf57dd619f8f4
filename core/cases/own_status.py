"""What waits for an official, or for its time, beside what is on file for a person, in SQL."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.appointments.requests import STATUS_ENTRIES_MAX, LookUp, StatusReport
from core.appointments.status import read_status
from core.appointments.views import StatusEntry
from core.campaign import Doses
from core.cases.kinds import CaseKind
from core.cases.requests import COOLING_HOURS
from core.cases.waiting import answered_by
from core.database.statements import Connection, Statement, parameter_list
from core.fields.timezones import WIB, local

_NUMBERS: Final = parameter_list(f"number_{place}" for place in range(STATUS_ENTRIES_MAX))
_OF_RECORDS = Statement(f"""
    SELECT records.number, kept.number, cases.id, cases.kind, cases.opened_at
    FROM records
    LEFT JOIN records AS kept ON kept.id = records.merged_into
    LEFT JOIN cases ON cases.record_id = records.id AND cases.status <> 'decided'
        AND (
            cases.kind IN ('roster_name', 'name_conflict', 'not_listed_appeal', 'erase_request')
            OR cases.key LIKE 'correction:%'
        )
    WHERE records.number IN ({_NUMBERS})
    ORDER BY cases.id
""")  # noqa: S608 our own words
# What an address sent, and what it reported of a number that it named.
_OF_ADDRESS = Statement("""
    SELECT max(cases.id)
    FROM intents
    JOIN cases ON cases.nik = intents.nik
    WHERE intents.kind = :kind
        AND intents.value = :value
        AND intents.campaign = :campaign
        AND cases.address_kind = :kind
        AND cases.value = :value
        AND cases.kind IN ('name_conflict', 'twin_nik', 'lost_phone')
        AND cases.status <> 'decided'
""")


class _Waits(NamedTuple):
    """What a record waits for, and the number that goes on for it."""

    kept: str = ""
    case: int = 0
    opened_at: datetime | None = None
    erased_at: datetime | None = None


def read_own_status(connection: Connection, *, request: LookUp, doses: Doses) -> StatusReport:
    """Return what the person at this address may see, with the cases that wait."""
    report = read_status(connection, request, doses)
    waits = _waits(connection, report)
    here = {"kind": request.address.kind.value, "value": request.address.value}
    ((case,),) = connection.all(_OF_ADDRESS, **here, campaign=request.campaign)
    entries = (_entry(one, waits.get(one.number, _Waits())) for one in report.registrations)
    return replace(report, registrations=tuple(entries), in_review=bool(case), case=case or 0)


def _waits(connection: Connection, report: StatusReport) -> Mapping[str, _Waits]:
    if not report.registrations:
        return {}
    numbers = [one.number for one in report.registrations]
    numbers += [""] * (STATUS_ENTRIES_MAX - len(numbers))
    named = {f"number_{place}": number for place, number in enumerate(numbers)}
    found: dict[str, _Waits] = {}
    for number, kept, case, kind, opened_at in connection.all(_OF_RECORDS, **named):
        waits = found.get(number, _Waits(kept=kept or ""))
        found[number] = waits if case is None else _add(waits, case, kind, opened_at)
    return found


def _add(waits: _Waits, case: int, kind: str, opened_at: str) -> _Waits:
    opened = datetime.fromisoformat(opened_at)
    if kind == CaseKind.ERASE_REQUEST:
        return waits._replace(erased_at=opened + timedelta(hours=COOLING_HOURS))
    return waits._replace(case=case, opened_at=opened)


def _entry(one: StatusEntry, waits: _Waits) -> StatusEntry:
    opened, erased = waits.opened_at, waits.erased_at
    return replace(
        one,
        kept=waits.kept,
        case=waits.case,
        decided_by=answered_by(opened) if opened else None,
        erased_on=local(erased, WIB).date() if erased else None,
    )
