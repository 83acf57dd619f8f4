"""What the first page of the desk shows: what waits, what failed, and how the day goes.

Each statement reads a partial index, or a bounded number of rows: the page is shown all day.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from core.database.statements import Connection, Plain, Row, Statement, iso_utc
from core.fields.nik import regions
from core.fields.timezones import WIB, local

MESSAGES_MAX: Final = 1_000  # the newest, by which providers are judged
DEAD_MAX: Final = 10_000  # the newest, counted by reason
WHY_MAX: Final = 10  # reasons shown
SEATS_DAYS: Final = 7
REGENCIES_MAX: Final = 20  # shown, those with the fewest seats

_CASES = Statement("""
    SELECT kind, COUNT(*), MIN(opened_at)
    FROM cases
    WHERE status <> 'decided'
    GROUP BY kind
    ORDER BY MIN(opened_at)
""")
_DEAD = Statement("""
    SELECT why, COUNT(*)
    FROM (
        SELECT COALESCE(why, '') AS why
        FROM outbox
        WHERE status = 'dead'
        ORDER BY id DESC
        LIMIT :bound
    ) AS newest
    GROUP BY why
    ORDER BY COUNT(*) DESC, why
    LIMIT :limit
""")
_QUEUED = Statement("""
    SELECT COUNT(*), MIN(not_before)
    FROM outbox
    WHERE status = 'queued'
        AND bulk = 0
""")
_PROVIDERS = Statement("""
    SELECT channel, provider, status, COUNT(*)
    FROM (
        SELECT channel, COALESCE(provider, '') AS provider, status
        FROM outbox
        ORDER BY id DESC
        LIMIT :bound
    ) AS newest
    WHERE provider <> ''
    GROUP BY channel, provider, status
    ORDER BY channel, provider, status
""")
_CHECKS = Statement("""
    SELECT COUNT(*), MIN(check_due_at)
    FROM records
    WHERE check_due_at IS NOT NULL
""")
_APPROVALS = Statement("""
    SELECT COUNT(*), MIN(asked_at)
    FROM approvals
    WHERE outcome = ''
        AND expires_at > :now
""")
_SEATS = Statement("""
    SELECT facilities.regency_code, SUM(slots.capacity - slots.booked), SUM(slots.capacity)
    FROM slots
    JOIN facilities ON facilities.code = slots.facility_code
    WHERE slots.campaign = :campaign
        AND slots.start > :now
        AND slots.start < :until
    GROUP BY facilities.regency_code
    ORDER BY SUM(slots.capacity - slots.booked), facilities.regency_code
    LIMIT :limit
""")
_APPOINTMENTS = Statement("""
    SELECT appointments.status, COUNT(*)
    FROM slots
    JOIN appointments ON appointments.slot_id = slots.id
    WHERE slots.campaign = :campaign
        AND slots.start >= :since
        AND slots.start < :until
    GROUP BY appointments.status
""")


def read_today(connection: Connection, *, now: datetime) -> dict[str, Any]:
    """Return counts of what waits, each with since when: cases, messages, checks, approvals."""
    return {
        "cases": [
            {"kind": kind, "count": count, "since": since}
            for kind, count, since in connection.all(_CASES)
        ],
        "dead": _pairs(connection.all(_DEAD, bound=DEAD_MAX, limit=WHY_MAX), "why"),
        "queued": _waiting(connection.one(_QUEUED)),
        "checks": _waiting(connection.one(_CHECKS)),
        "approvals": _waiting(connection.one(_APPROVALS, now=iso_utc(now))),
        "providers": _providers(connection.all(_PROVIDERS, bound=MESSAGES_MAX)),
    }


def read_seats(connection: Connection, *, campaign: str, now: datetime) -> dict[str, Any]:
    """Return the seats of the next days by regency, and today's appointments by status.

    Today is that of the capital. It reads every slot of those days: callers keep the answer.
    """
    day: date = local(now, WIB).date()
    since = datetime.combine(day, time(), local(now, WIB).tzinfo)
    given: dict[str, Plain] = {"campaign": campaign, "now": iso_utc(now), "limit": REGENCIES_MAX}
    rows = connection.all(_SEATS, **given, until=iso_utc(since + timedelta(days=SEATS_DAYS)))
    between = {"since": iso_utc(since), "until": iso_utc(since + timedelta(days=1))}
    return {
        "days": SEATS_DAYS,
        "regencies": [
            {
                "code": code,
                "name": regions().get(code, ""),
                "free": int(free),
                "capacity": int(all_),
            }
            for code, free, all_ in rows
        ],
        "appointments": {
            status: int(count)
            for status, count in connection.all(_APPOINTMENTS, campaign=campaign, **between)
        },
    }


def _waiting(row: Row | None) -> dict[str, Any]:
    count, since = row or (0, None)
    return {"count": int(count), "since": since}


def _pairs(rows: Sequence[Row], name: str) -> list[dict[str, Any]]:
    return [{name: value, "count": int(count)} for value, count in rows]


def _providers(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return one entry for each provider of a channel, with its messages by status."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for channel, provider, status, count in rows:
        found.setdefault((channel, provider), {})[status] = int(count)
    return [_provider(*key, by_status) for key, by_status in found.items()]


def _provider(channel: str, provider: str, by_status: Mapping[str, int]) -> dict[str, Any]:
    total = sum(by_status.values())
    dead = by_status.get("dead", 0)
    return {"channel": channel, "provider": provider, "count": total, "dead": dead}
