"""What a person may be told of their registrations, read from SQL."""

from sqlalchemy import select

from core.conversation.session import LookUp
from core.standing import Standing, StatusReport
from core.statements import Connection, Statement, given
from core.tables import addresses, intents, records

STANDINGS_MAX = 10  # of one address; more fit no screen

_STANDINGS = Statement(
    select(records.c.number, records.c.full_name, records.c.status)
    .join(addresses, addresses.c.record_id == records.c.id)
    .where(
        addresses.c.kind == given("kind"),
        addresses.c.value == given("value"),
        addresses.c.verified == 1,
        records.c.campaign == given("campaign"),
    )
    .order_by(records.c.id)
    .limit(given("limit"))
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


def read_standings(connection: Connection, wish: LookUp) -> StatusReport:
    """Return what the person at this address may be told."""
    whose = {
        "kind": wish.address.kind.value,
        "value": wish.address.value,
        "campaign": wish.campaign,
    }
    rows = connection.all(_STANDINGS, **whose, limit=STANDINGS_MAX)
    return StatusReport(
        registrations=tuple(
            Standing(number=number, full_name=full_name, status=status)
            for number, full_name, status in rows
        ),
        in_review=bool(connection.all(_IN_REVIEW, **whose)),
    )
