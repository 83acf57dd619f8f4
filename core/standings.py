"""What a person may be told of their registrations and appointments, read from SQL."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from core.campaign import Doses
from core.conversation.session import LookUp
from core.conversation.talk import at as moment
from core.eligibility import next_due
from core.histories import (
    RECORDS_MAX,
    Kept,
    Screened,
    postponed,
    read_history,
    read_screened,
)
from core.message import AddressKind
from core.standing import Standing, StatusReport
from core.statements import Connection, Row, Statement, given
from core.tables import addresses, intents, records
from core.zones import local, zone_of

STANDINGS_MAX: Final = RECORDS_MAX  # of one address; more fit no screen

_shown = select(*(records.c[name] for name in ("id", "number", "full_name", "status", "nik")))
_linked = select(addresses.c.record_id).where(
    addresses.c.kind == given("kind"),
    addresses.c.value == given("value"),
    addresses.c.verified == 1,
)
_on_file = select(records.c.id).where(records.c.phone == given("phone"))
_PROVEN_BY_ADDRESS = Statement(
    _shown.where(
        records.c.id.in_(_linked.union(_on_file)), records.c.campaign == given("campaign")
    )
    .order_by(records.c.id)
    .limit(given("limit"))
)
_PROVEN_BY_CODE = Statement(
    _shown.where(records.c.number == given("number"), records.c.campaign == given("campaign"))
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
    rows = _proven(connection, wish)
    found = [row[0] for row in rows]
    history = read_history(connection, found) if found else ()
    screened = read_screened(connection, found) if found else {}
    here = {"kind": wish.address.kind.value, "value": wish.address.value}
    return StatusReport(
        registrations=tuple(
            standing(
                row[1:],
                [kept for kept in history if kept.record_id == row[0]],
                screened.get(row[0]),
                wish=wish,
                doses=doses,
            )
            for row in rows
        ),
        in_review=bool(connection.all(_IN_REVIEW, **here, campaign=wish.campaign)),
    )


def standing(
    row: Row,
    history: Sequence[Kept],
    screened: Screened | None,
    *,
    wish: LookUp,
    doses: Doses,
) -> Standing:
    """Return one registration (number, name, status, NIK) as its own person may see it."""
    number, full_name, status, nik = row
    at = moment(wish.at)
    until = postponed(screened, local(at, zone_of(nik)).date())
    due = next_due((kept.visit for kept in history), doses, at=at, postponed=until)
    booked = next((kept for kept in history if kept.status == "booked"), None)
    return Standing(
        number=number,
        full_name=full_name,
        status=status,
        appointment=None if booked is None else booked.shown("booked"),
        next_dose=due.dose,
        since=due.since,
        screened=screened is not None and _holds(screened, wish),
        postponed=until,
    )


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
        limit=STANDINGS_MAX,
    )


def _holds(screened: Screened, wish: LookUp) -> bool:
    """Say whether the answers still stand for those to the campaign's present questions."""
    newest = moment(wish.at) - timedelta(days=wish.valid_days) <= screened.at
    return newest and screened.outcome == "proceed" and screened.version == wish.version
