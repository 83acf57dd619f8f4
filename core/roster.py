"""The roster: who is entitled, as a file of the ministry's said, kept in SQL."""

from functools import partial

from sqlalchemy import exists, select

from core.database import Database
from core.statements import Connection, Statement, given
from core.tables import roster
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
