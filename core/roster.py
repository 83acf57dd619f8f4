"""The roster: who is entitled, as a file of the ministry's said, kept in SQL."""

from functools import partial

from sqlalchemy import Text, cast, exists, select, update

from core.database import Database
from core.statements import Connection, Statement, given
from core.tables import outbox, roster
from core.verification import Applicant, Listing

_this = (roster.c.campaign == given("campaign"), roster.c.nik == given("nik"))
_real = exists().where(roster.c.campaign == given("campaign"), roster.c.demo == 0)
# what is listed under the NIK, and whether there is a real roster at all
_LISTED = Statement(
    select(
        select(roster.c.full_name).where(*_this).scalar_subquery(),
        select(roster.c.facility_code).where(*_this).scalar_subquery(),
        _real,
    )
)

_invitation = (
    select(given("prefix").op("||")(cast(roster.c.id, Text)))
    .where(*_this, roster.c.invited_at.is_not(None))
    .scalar_subquery()
)
_UNINVITE = Statement(
    update(outbox)
    .where(outbox.c.key == _invitation, outbox.c.status == "queued")
    .values(status="withdrawn")
)


class SqlRoster:
    """A `Registry` on SQL: what `satupintu roster import` brought in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look_up(self, applicant: Applicant) -> Listing | None:
        """Return what is listed under the NIK; None where nothing but demo rows is."""
        return await self._database.read(
            partial(find_listing, campaign=applicant.campaign, nik=applicant.nik)
        )


def find_listing(connection: Connection, *, campaign: str, nik: str) -> Listing | None:
    """Return what is listed under the NIK, in the transaction that is going on.

    Demo rows make somebody listed, never not listed.
    """
    found = connection.one(_LISTED, campaign=campaign, nik=nik)
    full_name, facility_code, real = found or (None, None, 0)
    if full_name is not None:
        return Listing(listed=True, full_name=full_name, facility_code=facility_code)
    return Listing(listed=False) if real else None


def invitation_key(campaign: str, member_id: int | str) -> str:
    """Return the key under which a member of the roster is invited, once."""
    return f"invite/{campaign}/{member_id}"


def uninvite(connection: Connection, *, campaign: str, nik: str) -> None:
    """Owe an invitation no more that nobody has sent yet, in the transaction that is going on."""
    prefix = invitation_key(campaign, "")
    connection.run(_UNINVITE, campaign=campaign, nik=nik, prefix=prefix)
