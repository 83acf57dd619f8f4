"""Invitations: one SMS to each person on the roster who has not registered.

A batch marks its people as invited and enqueues their messages in one transaction. So a crash
leaves each person either invited or not, and the next run continues with the rest.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from core.campaign import Campaign
from core.database.database import Database
from core.database.statements import Connection, Row, Statement, iso_utc
from core.fields.nik import DIGITS, mask
from core.fields.timezones import zone_of
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.store import enqueue_all
from core.roster.lookup import invitation_key
from core.wording.catalog import Wording
from core.wording.gsm7 import SEGMENT_SEPTETS, septets, to_gsm7

BATCH_MAX = 1_000  # people in one transaction; a gateway waits that long to write
WINDOW_ROWS = 20_000  # scanned by one statement, however few are to be invited
NAME_SEPTETS_MIN = 8  # less is no recognisable name

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
    RETURNING id, nik, full_name, phone
""")


class Wave(NamedTuple):
    """Whom a wave is for: NIKs that begin with `region`, and a profession; "" for all."""

    region: str = ""
    profession: str = ""


EVERYBODY = Wave()


@dataclass(frozen=True, slots=True)
class Draft:
    """What invitations of this campaign are made from; `room` is left for the name."""

    campaign: Campaign
    room: int  # septets
    wave: Wave = EVERYBODY


def draft_invitation(campaign: Campaign, wording: Wording) -> Draft:
    """Return the draft; raise `ValueError` if one SMS leaves no room for a name."""
    nameless = wording.text(_reply(campaign, "", "*" * DIGITS), "short")
    room = SEGMENT_SEPTETS - septets(to_gsm7(nameless))
    if room < NAME_SEPTETS_MIN:
        raise ValueError("an invitation would take more than one SMS: its words are too long")
    return Draft(campaign, room)


def cut_name(full_name: str, room: int) -> str:
    """Return as much of a name, in GSM-7, as fits in `room` septets: whole words if possible."""
    words = to_gsm7(full_name).replace("@", "").split()  # a leading @ would mark a phrase's key
    while len(words) > 1 and septets(" ".join(words)) > room:
        words.pop()
    name = " ".join(words)[:room]
    while septets(name) > room:
        name = name[:-1]
    return name


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
    while after < last and limit != 0:
        most = BATCH_MAX if limit is None else min(limit, BATCH_MAX)
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
        campaign=draft.campaign.id,
        after=after,
        until=until,
        limit=limit,
        first=draft.wave.region,
        beyond=f"{draft.wave.region}:",  # the character after 9
        profession=draft.wave.profession,
        at=iso_utc(at),
    )
    found = sorted(found)  # by id: RETURNING has no order
    enqueue_all(connection, (_invitation(draft, row, at) for row in found))
    return len(found), found[-1][0] if len(found) == limit else until


def _invitation(draft: Draft, member: Row, at: datetime) -> Outgoing:
    member_id, nik, full_name, phone = member
    campaign = draft.campaign
    return Outgoing(
        key=invitation_key(campaign.id, member_id),
        channel=Channel.SMS,
        address=Address(AddressKind.PHONE, phone),
        reply=_reply(campaign, cut_name(full_name, draft.room), mask(nik)),
        created_at=at,
        answers_request=False,
        headers={"sender": campaign.sender_id} if campaign.sender_id else {},
        quiet=zone_of(nik),
        bulk=True,
    )


def _reply(campaign: Campaign, name: str, nik: str) -> Reply:
    prompt = Prompt("invitation", {"name": name, "nik": nik})
    return Reply((prompt,), campaign.language, ends=True)
