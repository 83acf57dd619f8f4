"""The registrations and appointments that an address may be shown, read from SQL."""

from collections.abc import Sequence

from core.appointments.history import PERSON_COLUMNS, people_of
from core.appointments.requests import STATUS_ENTRIES_MAX, LookUp, StatusReport
from core.appointments.rules import Person
from core.appointments.views import StatusEntry
from core.campaign import Doses
from core.database.statements import Connection, Row, Statement, column_list
from core.fields.nik import sex_of
from core.fields.timezones import moment
from core.messages import AddressKind
from core.registration.statements import OF_NUMBER

_PROVEN_BY_ADDRESS = Statement(
    """
    SELECT number, full_name, {person}
    FROM records
    WHERE id IN (
        SELECT record_id
        FROM addresses
        WHERE kind = :kind
          AND value = :value
          AND verified = 1
    )
      AND campaign = :campaign
    ORDER BY
        CASE WHEN standing = 'superseded' THEN 1 ELSE 0 END,
        CASE WHEN phone = :phone THEN 0 ELSE 1 END,
        id
    LIMIT :limit
    """,
    person=column_list(PERSON_COLUMNS),
)
_PROVEN_BY_CODE = Statement(
    """
    SELECT number, full_name, {person}
    FROM records
    WHERE id = {of_number}
      AND campaign = :campaign
    """,
    person=column_list(PERSON_COLUMNS),
    of_number=OF_NUMBER,
)
# An intent keeps its outcome; its case, which `cases` keys so, is what an official ends.
_IN_REVIEW = Statement("""
    SELECT id
    FROM intents
    WHERE kind = :kind
      AND value = :value
      AND campaign = :campaign
      AND outcome = 'in_review'
      AND EXISTS (
          SELECT 1
          FROM cases
          WHERE key = 'nik:' || intents.campaign || ':' || intents.nik || ':' || intents.kind
                  || ':' || intents.value
              AND status <> 'decided'
      )
    LIMIT 1
""")


def read_status(connection: Connection, request: LookUp, doses: Doses) -> StatusReport:
    """Return the registrations that the person at this address may see."""
    here = {"kind": request.address.kind.value, "value": request.address.value}
    rows = _proven(connection, request)
    shown = rows[:STATUS_ENTRIES_MAX]
    people = people_of(connection, [tuple(person) for _, _, *person in shown])
    return StatusReport(
        registrations=tuple(
            _entry(number, full_name, person, request=request, doses=doses)
            for (number, full_name, *_), person in zip(shown, people, strict=True)
        ),
        in_review=bool(connection.all(_IN_REVIEW, **here, campaign=request.campaign)),
        more=len(rows) > STATUS_ENTRIES_MAX,
    )


def _proven(connection: Connection, request: LookUp) -> Sequence[Row]:
    if request.proven:
        return connection.all(_PROVEN_BY_CODE, number=request.proven, campaign=request.campaign)
    here = request.address
    return connection.all(
        _PROVEN_BY_ADDRESS,
        kind=here.kind.value,
        value=here.value,
        phone=here.value if here.kind is AddressKind.PHONE else "",
        campaign=request.campaign,
        limit=STATUS_ENTRIES_MAX + 1,
    )


def _entry(
    number: str, full_name: str, person: Person, *, request: LookUp, doses: Doses
) -> StatusEntry:
    at = moment(request.at)
    due, booked = person.due(doses, at), person.booked
    return StatusEntry(
        number=number,
        full_name=full_name,
        status=person.status,
        phone=person.phone,
        appointment=None if booked is None else booked.shown("booked"),
        next_dose=due.dose,
        since=due.since,
        screened=person.screened is not None and person.screened.holds(request, at),
        postponed=person.postponed(at),
        asks_site=person.waits(request, at),
        sex=sex_of(person.nik),
    )
