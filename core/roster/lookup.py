"""The roster: who is entitled, as a file of the ministry's said, kept in SQL."""

from datetime import datetime
from functools import partial

from core.database.database import Database
from core.database.statements import Connection, Statement, iso_utc
from core.database.unavailable import UnavailableError
from core.roster.listing import Applicant, Listing

# what is listed under the NIK, whether there is a real roster at all, and whether it has an end
_LISTED = Statement("""
    SELECT
        listed.full_name,
        listed.facility_code,
        EXISTS (SELECT 1 FROM roster WHERE campaign = :campaign AND demo = 0),
        EXISTS (SELECT 1 FROM rosters WHERE campaign = :campaign AND read_at IS NULL)
    FROM (SELECT 1) AS always
    LEFT JOIN roster AS listed ON listed.campaign = :campaign AND listed.nik = :nik
""")
_BEGIN = Statement("""
    INSERT INTO rosters (campaign, begun_at)
    VALUES (:campaign, :at)
    ON CONFLICT (campaign) DO UPDATE
    SET begun_at = excluded.begun_at, read_at = NULL
""")
_END = Statement("""
    UPDATE rosters
    SET read_at = :at
    WHERE campaign = :campaign
""")
_CALL = Statement("""
    INSERT INTO rosters (campaign, begun_at, read_at, checks_after)
    VALUES (:campaign, :at, :at, 0)
    ON CONFLICT (campaign) DO UPDATE
    SET checks_after = 0
""")
_ANY = Statement("""
    SELECT id
    FROM roster
    WHERE campaign = :campaign AND demo = 0
    LIMIT 1
""")
_BEGUN = Statement("""
    SELECT begun_at
    FROM rosters
    WHERE campaign = :campaign AND read_at IS NULL
""")
# Who has registered is invited no more. An invitation that is being owed just now is waited for,
# and one that waits for us finds nobody to invite.
_PASS_OVER = Statement("""
    UPDATE roster
    SET invited_at = coalesce(invited_at, :at)
    WHERE campaign = :campaign AND nik = :nik
""")
_UNINVITE = Statement("""
    UPDATE outbox
    SET status = 'withdrawn'
    WHERE status = 'queued' AND key = (
        SELECT :prefix || CAST(id AS TEXT)
        FROM roster
        WHERE campaign = :campaign AND nik = :nik AND invited_at IS NOT NULL
    )
""")


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
    connection.run(_BEGIN, campaign=campaign, at=iso_utc(now))


def end_reading(connection: Connection, campaign: str, *, now: datetime, checks: bool) -> None:
    """Note that it has been read to its end; with `checks`, everybody is asked about again."""
    connection.run(_END, campaign=campaign, at=iso_utc(now))
    if checks:
        call_for_checks(connection, campaign, now=now)


def call_for_checks(connection: Connection, campaign: str, *, now: datetime) -> None:
    """Have everybody asked about again who is not verified: the verifier goes through them."""
    connection.run(_CALL, campaign=campaign, at=iso_utc(now))


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
    if connection.run(_PASS_OVER, campaign=campaign, nik=nik, at=iso_utc(at)):
        prefix = invitation_key(campaign, "")
        connection.run(_UNINVITE, campaign=campaign, nik=nik, prefix=prefix)
