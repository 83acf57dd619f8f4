"""What a person may be told of their registrations and appointments, read from SQL."""

from collections.abc import Sequence

from sqlalchemy import case, select

from core.appointments.history import read_history, read_screened
from core.appointments.requests import STANDINGS_MAX, LookUp, Standing, StatusReport
from core.appointments.rules import Person
from core.campaign import Doses
from core.database.statements import Connection, Row, Statement, given
from core.database.tables import addresses, intents, records
from core.fields.nik import sex_of
from core.fields.timezones import moment
from core.messages import AddressKind

_shown = ("id", "number", "full_name", "status", "nik", "phone")
_shows = select(*(records.c[name] for name in _shown))
_linked = select(addresses.c.record_id).where(
    addresses.c.kind == given("kind"),
    addresses.c.value == given("value"),
    addresses.c.verified == 1,
)
_mine_first = case((records.c.phone == given("phone"), 0), else_=1)
_PROVEN_BY_ADDRESS = Statement(
    _shows.where(records.c.id.in_(_linked), records.c.campaign == given("campaign"))
    .order_by(_mine_first, records.c.id)
    .limit(given("limit"))
)
_PROVEN_BY_CODE = Statement(
    _shows.where(records.c.number == given("number"), records.c.campaign == given("campaign"))
)
_IN_REVIEW = Statement(
    select(intents.c.id)
    .where(
        intents.c.kind == given("kind"),
        intents.c.value == given("value"),
        intents.c.campaign == given("campaign"),
        intents.c.outcome == "in_review",
    )
    .limit(1)
)


def read_standings(connection: Connection, wish: LookUp, doses: Doses) -> StatusReport:
    """Return what the person at this address may be told."""
    here = {"kind": wish.address.kind.value, "value": wish.address.value}
    rows = _proven(connection, wish)
    people = _people(connection, rows[:STANDINGS_MAX])
    return StatusReport(
        registrations=tuple(
            standing(number, full_name, person, wish=wish, doses=doses)
            for number, full_name, person in people
        ),
        in_review=bool(connection.all(_IN_REVIEW, **here, campaign=wish.campaign)),
        more=len(rows) > STANDINGS_MAX,
    )


def standing(
    number: str, full_name: str, person: Person, *, wish: LookUp, doses: Doses
) -> Standing:
    """Return one registration as its own person may see it."""
    at = moment(wish.at)
    due, booked = person.due(doses, at), person.booked
    return Standing(
        number=number,
        full_name=full_name,
        status=person.status,
        appointment=None if booked is None else booked.shown("booked"),
        next_dose=due.dose,
        since=due.since,
        screened=person.screened is not None and person.screened.holds(wish),
        postponed=person.postponed(at),
        sex=sex_of(person.nik),
    )


def _people(connection: Connection, rows: Sequence[Row]) -> Sequence[tuple[str, str, Person]]:
    if not rows:
        return ()
    found = [row[0] for row in rows]
    history, screened = read_history(connection, found), read_screened(connection, found)
    return [
        (
            number,
            full_name,
            Person(
                id=this,
                nik=nik,
                status=status,
                phone=phone,
                history=[kept for kept in history if kept.record_id == this],
                screened=screened.get(this),
            ),
        )
        for this, number, full_name, status, nik, phone in rows
    ]


def _proven(connection: Connection, wish: LookUp) -> Sequence[Row]:
    if wish.proven:
        return connection.all(_PROVEN_BY_CODE, number=wish.proven, campaign=wish.campaign)
    here = wish.address
    return connection.all(
        _PROVEN_BY_ADDRESS,
        kind=here.kind.value,
        value=here.value,
        phone=here.value if here.kind is AddressKind.PHONE else "",
        campaign=wish.campaign,
        limit=STANDINGS_MAX + 1,
    )
