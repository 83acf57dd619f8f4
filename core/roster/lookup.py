"""The roster imported from the ministry's file, in SQL: look-ups, and the state of imports."""

from datetime import datetime
from functools import partial

from core.database.database import Database
from core.database.statements import Connection, Statement, iso_utc
from core.database.unavailable import UnavailableError
from core.fields.name_matching import same_name
from core.roster.listing import Applicant, Listing
from core.roster.requests import FindProfession, FoundProfession

# The entry of the NIK, whether the roster has any real rows, and whether an import is unfinished.
_LISTED = Statement("""
    SELECT
        listed.full_name,
        listed.facility_code,
        EXISTS (SELECT 1 FROM roster WHERE campaign = :campaign AND demo = 0),
        EXISTS (SELECT 1 FROM rosters WHERE campaign = :campaign AND read_at IS NULL)
    FROM (SELECT 1) AS always
    LEFT JOIN roster AS listed ON listed.campaign = :campaign AND listed.nik = :nik
""")
_PROFESSION = Statement("""
    SELECT full_name, profession
    FROM roster
    WHERE campaign = :campaign AND nik = :nik
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
_REQUEST_RECHECKS = Statement("""
    INSERT INTO rosters (campaign, begun_at, read_at, checks_after)
    VALUES (:campaign, :at, :at, 0)
    ON CONFLICT (campaign) DO UPDATE
    SET checks_after = 0
""")
_ANY_ENTRY = Statement("""
    SELECT id
    FROM roster
    WHERE campaign = :campaign AND demo = 0
    LIMIT 1
""")
_UNFINISHED = Statement("""
    SELECT begun_at
    FROM rosters
    WHERE campaign = :campaign AND read_at IS NULL
""")
# Marks a registered person as invited. The row lock orders us with an inviting transaction: the
# later of the two sees what the earlier did.
_MARK_INVITED = Statement("""
    UPDATE roster
    SET invited_at = coalesce(invited_at, :at)
    WHERE campaign = :campaign AND nik = :nik
""")
_TAKE_OFF = Statement("DELETE FROM roster WHERE campaign = :campaign AND nik = :nik")
_WITHDRAW = Statement("""
    UPDATE outbox
    SET status = 'withdrawn'
    WHERE status = 'queued' AND key = (
        SELECT :prefix || CAST(id AS TEXT)
        FROM roster
        WHERE campaign = :campaign AND nik = :nik AND invited_at IS NOT NULL
    )
""")


class UnfinishedImportError(UnavailableError):
    """An import is unfinished: a person not listed yet may still be."""


class SqlRoster:
    """A `Registry` in SQL: the rows of `satupintu roster import`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look_up(self, applicant: Applicant) -> Listing | None:
        """Look the applicant up as `find_listing` does."""
        return await self._database.read(
            partial(find_listing, campaign=applicant.campaign, nik=applicant.nik)
        )


def find_listing(connection: Connection, *, campaign: str, nik: str) -> Listing | None:
    """Return what is listed under the NIK; None if the roster has demo rows only, or none.

    Demo rows can list a person but never exclude one; neither can an unfinished import, which
    raises `UnfinishedImportError`.
    """
    [(full_name, facility_code, real, unread)] = connection.all(
        _LISTED, campaign=campaign, nik=nik
    )
    if full_name is not None:
        return Listing(listed=True, full_name=full_name, facility_code=facility_code)
    if unread:
        raise UnfinishedImportError("the roster has not been read to its end")
    return Listing(listed=False) if real else None


def find_profession(
    connection: Connection, *, request: FindProfession, name_match_min: int
) -> FoundProfession:
    """Return the profession of whoever is listed under the NIK, if the names match."""
    row = connection.one(_PROFESSION, campaign=request.campaign, nik=request.nik)
    if row is None or not same_name(request.full_name, row[0], name_match_min):
        return FoundProfession()
    return FoundProfession(written=row[1])


def begin_import(connection: Connection, campaign: str, *, now: datetime) -> None:
    """Mark an import as begun: until it ends, nobody counts as absent."""
    connection.run(_BEGIN, campaign=campaign, at=iso_utc(now))


def end_import(connection: Connection, campaign: str, *, now: datetime, checks: bool) -> None:
    """Mark the import as complete; with `checks`, request rechecks of all open records."""
    connection.run(_END, campaign=campaign, at=iso_utc(now))
    if checks:
        request_rechecks(connection, campaign, now=now)


def request_rechecks(connection: Connection, campaign: str, *, now: datetime) -> None:
    """Request another check of every record that is not verified; the verifier schedules them."""
    connection.run(_REQUEST_RECHECKS, campaign=campaign, at=iso_utc(now))


def unfinished_since(connection: Connection, campaign: str) -> str | None:
    """Return when the unfinished import was begun, or None."""
    found = connection.one(_UNFINISHED, campaign=campaign)
    return str(found[0]) if found else None


def has_roster(connection: Connection, campaign: str) -> bool:
    """Return whether the roster has an entry that is no demo row."""
    return connection.one(_ANY_ENTRY, campaign=campaign) is not None


def invitation_key(campaign: str, member_id: int | str) -> str:
    """Return the outbox key of a roster member's one invitation."""
    return f"invite/{campaign}/{member_id}"


def take_off(connection: Connection, *, campaign: str, nik: str) -> bool:
    """Take a NIK off the roster, and withdraw its invitation; return False if it is not listed.

    The record of the NIK stays as it is. The next import lists it again, if its file does.
    """
    connection.run(_WITHDRAW, campaign=campaign, nik=nik, prefix=invitation_key(campaign, ""))
    return bool(connection.run(_TAKE_OFF, campaign=campaign, nik=nik))


def uninvite(connection: Connection, *, campaign: str, nik: str, at: datetime) -> None:
    """Withdraw the invitation of a person who registers, unless it was sent; invite no more."""
    if connection.run(_MARK_INVITED, campaign=campaign, nik=nik, at=iso_utc(at)):
        prefix = invitation_key(campaign, "")
        connection.run(_WITHDRAW, campaign=campaign, nik=nik, prefix=prefix)
