"""Invitations: one SMS to each person on the roster who has not registered.

A batch marks its people as invited and enqueues their messages in one transaction. So a crash
leaves each person either invited or not, and the next run continues with the rest.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from core.campaign import Campaign
from core.database.database import Database
from core.database.statements import Connection, Row, Statement, iso_utc
from core.outbox.message import Outgoing
from core.outbox.store import enqueue_all
from core.roster.invitation_words import Member, Seat, Words, read_words
from core.wording.catalog import Wording

BATCH_MAX = 1_000  # people in one transaction; a gateway waits that long to write
PROPOSING_MAX = 100  # where seats are proposed: each may be of a regency that is searched first
WINDOW_ROWS = 20_000  # scanned by one statement, however few are to be invited

KINDS = ("registered", "invited", "without_phone", "opted_out", "to_invite")

# Demo rows are excluded: their invented phones may belong to real people. A record that is only
# claimed keeps nobody from being invited.
_COUNT = Statement("""
    SELECT kind, count(*)
    FROM (
        SELECT
            CASE
                WHEN EXISTS (
                    SELECT 1
                    FROM records
                    WHERE records.nik = roster.nik
                        AND records.campaign = roster.campaign
                        AND records.standing = 'held'
                ) THEN 'registered'
                WHEN invited_at IS NOT NULL THEN 'invited'
                WHEN coalesce(phone, '') = '' THEN 'without_phone'
                WHEN EXISTS (
                    SELECT 1
                    FROM opt_outs
                    WHERE opt_outs.kind = 'phone' AND opt_outs.value = roster.phone AND out > 0
                ) THEN 'opted_out'
                ELSE 'to_invite'
            END AS kind
        FROM roster
        WHERE campaign = :campaign AND demo = 0 AND id > :after AND id <= :until
    ) AS members
    GROUP BY kind
""")
_LAST = Statement("SELECT max(id) FROM roster")
_INVITE = Statement("""
    WITH due AS (
        SELECT id
        FROM roster
        WHERE campaign = :campaign
            AND demo = 0
            AND id > :after
            AND id <= :until
            AND invited_at IS NULL
            AND nik >= :first
            AND nik < :beyond
            AND (:profession = '' OR profession = :profession)
            AND coalesce(phone, '') <> ''
            AND NOT EXISTS (
                SELECT 1
                FROM records
                WHERE records.nik = roster.nik
                    AND records.campaign = roster.campaign
                    AND records.standing = 'held'
            )
            AND NOT EXISTS (
                SELECT 1
                FROM opt_outs
                WHERE opt_outs.kind = 'phone' AND opt_outs.value = roster.phone AND out > 0
            )
        ORDER BY id
        LIMIT :limit
        FOR UPDATE OF roster SKIP LOCKED
    )
    UPDATE roster
    SET invited_at = :at
    WHERE id IN (SELECT id FROM due)
    RETURNING id, nik, full_name, phone, profession, facility_code
""")


_SHARED = Statement("""
    SELECT roster.id
    FROM roster
    JOIN roster AS other ON other.phone = roster.phone
    WHERE roster.id BETWEEN :first AND :last
        AND roster.campaign = :campaign
        AND other.campaign = :campaign
        AND other.id <> roster.id
        AND other.demo = 0
""")


class Wave(NamedTuple):
    """Whom a wave is for: NIKs that begin with `region`, and a profession; "" for all."""

    region: str = ""
    profession: str = ""


EVERYBODY = Wave()


Propose = Callable[[Connection, Sequence[Member], datetime], Mapping[int, Seat]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What invitations are made from, and for whom; `propose` finds seats, by the member's id.

    Without it no invitation asks for a `YA`, since no seat could follow.
    """

    words: Words
    wave: Wave = EVERYBODY
    propose: Propose | None = None


def draft_invitation(campaign: Campaign, wording: Wording) -> Draft:
    """Return the draft; raise `ValueError` if one SMS leaves no room for a name."""
    return Draft(read_words(campaign, wording))


async def count_members(database: Database, campaign: str) -> dict[str, int]:
    """Return the number of people on the roster by kind, of `KINDS`."""
    counts, after = dict.fromkeys(KINDS, 0), 0
    last = await _last(database)
    while after < last:
        for kind, count in await database.read(partial(_count, campaign=campaign, after=after)):
            counts[kind] += count
        after += WINDOW_ROWS
    return counts


async def invite(
    database: Database, draft: Draft, clock: Callable[[], datetime], *, limit: int | None = None
) -> AsyncIterator[int]:
    """Invite everybody of the kind "to_invite", or `limit` of them; yield each batch's size."""
    after, last = 0, await _last(database)
    batch = BATCH_MAX if draft.propose is None else PROPOSING_MAX
    while after < last and limit != 0:
        most = batch if limit is None else min(limit, batch)
        operation = partial(_invite, draft=draft, at=clock(), after=after, limit=most)
        invited, after = await database.write(operation)
        limit = None if limit is None else limit - invited
        yield invited


async def _last(database: Database) -> int:
    ((last,),) = await database.read(lambda connection: connection.all(_LAST))
    return int(last or 0)


def _count(connection: Connection, *, campaign: str, after: int) -> Sequence[Row]:
    return connection.all(_COUNT, campaign=campaign, after=after, until=after + WINDOW_ROWS)


def _invite(
    connection: Connection, *, draft: Draft, at: datetime, after: int, limit: int
) -> tuple[int, int]:
    """Invite up to `limit` people of one window; return how many, and the next `after`."""
    until = after + WINDOW_ROWS
    found = connection.all(
        _INVITE,
        campaign=draft.words.campaign.id,
        after=after,
        until=until,
        limit=limit,
        first=draft.wave.region,
        beyond=f"{draft.wave.region}:",  # the character after 9
        profession=draft.wave.profession,
        at=iso_utc(at),
    )
    members = [Member(*row) for row in sorted(found)]  # by id: RETURNING has no order
    enqueue_all(connection, _invitations(connection, draft, members, at))
    return len(found), members[-1].id if len(found) == limit else until


def _invitations(
    connection: Connection, draft: Draft, members: Sequence[Member], at: datetime
) -> Iterator[Outgoing]:
    if draft.propose is None:
        return (draft.words.invitation(one, None, at, asks=False) for one in members)
    shared = _shared(connection, draft.words.campaign.id, members)
    members = [one._replace(shared=one.id in shared) for one in members]
    seats = draft.propose(connection, [one for one in members if not one.shared], at)
    return (draft.words.invitation(one, seats.get(one.id), at, asks=True) for one in members)


def _shared(connection: Connection, campaign: str, members: Sequence[Member]) -> frozenset[int]:
    """Return the ids of those whose phone somebody else on the roster has, too."""
    if not members:
        return frozenset()
    span = {"first": members[0].id, "last": members[-1].id}
    return frozenset(row[0] for row in connection.all(_SHARED, campaign=campaign, **span))
