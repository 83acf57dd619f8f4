"""The roster: who is entitled, as a file of the ministry's said, kept in SQL."""

from datetime import datetime
from functools import partial

from sqlalchemy import Text, cast, exists, func, null, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.database.database import Database
from core.database.statements import Connection, Statement, given, stamp
from core.database.tables import outbox, roster, rosters
from core.database.unavailable import UnavailableError
from core.roster.listing import Applicant, Listing

_this = (roster.c.campaign == given("campaign"), roster.c.nik == given("nik"))
_real = exists().where(roster.c.campaign == given("campaign"), roster.c.demo == 0)
_unread = exists().where(rosters.c.campaign == given("campaign"), rosters.c.read_at.is_(None))
# what is listed under the NIK, whether there is a real roster at all, and whether it has an end
_LISTED = Statement(
    select(
        select(roster.c.full_name).where(*_this).scalar_subquery(),
        select(roster.c.facility_code).where(*_this).scalar_subquery(),
        _real,
        _unread,
    )
)
_BEGIN = Statement(
    insert(rosters)
    .values(campaign=given("campaign"), begun_at=given("at"))
    .on_conflict_do_update(
        index_elements=["campaign"], set_={"begun_at": given("at"), "read_at": null()}
    )
)
_END = Statement(
    update(rosters).where(rosters.c.campaign == given("campaign")).values(read_at=given("at"))
)
_CALL = Statement(
    insert(rosters)
    .values(campaign=given("campaign"), begun_at=given("at"), read_at=given("at"), checks_after=0)
    .on_conflict_do_update(index_elements=["campaign"], set_={"checks_after": 0})
)
_ANY = Statement(
    select(roster.c.id).where(roster.c.campaign == given("campaign"), roster.c.demo == 0).limit(1)
)
_BEGUN = Statement(
    select(rosters.c.begun_at).where(
        rosters.c.campaign == given("campaign"), rosters.c.read_at.is_(None)
    )
)

_invitation = (
    select(given("prefix").op("||")(cast(roster.c.id, Text)))
    .where(*_this, roster.c.invited_at.is_not(None))
    .scalar_subquery()
)
# Who has registered is invited no more. An invitation that is being owed just now is waited for,
# and one that waits for us finds nobody to invite.
_PASS_OVER = Statement(
    update(roster).where(*_this).values(invited_at=func.coalesce(roster.c.invited_at, given("at")))
)
_UNINVITE = Statement(
    update(outbox)
    .where(outbox.c.key == _invitation, outbox.c.status == "queued")
    .values(status="withdrawn")
)


class UnreadRosterError(UnavailableError):
    """An import has not come to its end: who is not listed yet may still be."""


class SqlRoster:
    """A `Registry` on SQL: what `satupintu roster import` brought in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look_up(self, applicant: Applicant) -> Listing | None:
        """Return what is listed under the NIK; None where nothing but demo rows is.

        Raises `UnreadRosterError` where only the rest of an import can tell.
        """
        return await self._database.read(
            partial(find_listing, campaign=applicant.campaign, nik=applicant.nik)
        )


def find_listing(connection: Connection, *, campaign: str, nik: str) -> Listing | None:
    """Return what is listed under the NIK, in the transaction that is going on.

    Demo rows make somebody listed, never not listed; nor does half a roster: that raises
    `UnreadRosterError`.
    """
    [(full_name, facility_code, real, unread)] = connection.all(
        _LISTED, campaign=campaign, nik=nik
    )
    if full_name is not None:
        return Listing(listed=True, full_name=full_name, facility_code=facility_code)
    if unread:
        raise UnreadRosterError("the roster has not been read to its end")
    return Listing(listed=False) if real else None


def begin_reading(connection: Connection, campaign: str, *, now: datetime) -> None:
    """Note that a roster is being read: until then nobody is told that they are not on it."""
    connection.run(_BEGIN, campaign=campaign, at=stamp(now))


def end_reading(connection: Connection, campaign: str, *, now: datetime, checks: bool) -> None:
    """Note that it has been read to its end; with `checks`, everybody is asked about again."""
    connection.run(_END, campaign=campaign, at=stamp(now))
    if checks:
        call_for_checks(connection, campaign, now=now)


def call_for_checks(connection: Connection, campaign: str, *, now: datetime) -> None:
    """Have everybody asked about again who is not verified: the verifier goes through them."""
    connection.run(_CALL, campaign=campaign, at=stamp(now))


def unread_since(connection: Connection, campaign: str) -> str | None:
    """Return when an import was begun that has not come to its end, or None."""
    found = connection.one(_BEGUN, campaign=campaign)
    return str(found[0]) if found else None


def has_roster(connection: Connection, campaign: str) -> bool:
    """Say whether anybody is on the roster, demo rows apart: else nobody is verified by it."""
    return connection.one(_ANY, campaign=campaign) is not None


def invitation_key(campaign: str, member_id: int | str) -> str:
    """Return the key under which a member of the roster is invited, once."""
    return f"invite/{campaign}/{member_id}"


def uninvite(connection: Connection, *, campaign: str, nik: str, at: datetime) -> None:
    """Owe an invitation no more that nobody has sent yet, in the transaction that is going on."""
    if connection.run(_PASS_OVER, campaign=campaign, nik=nik, at=stamp(at)):
        prefix = invitation_key(campaign, "")
        connection.run(_UNINVITE, campaign=campaign, nik=nik, prefix=prefix)
