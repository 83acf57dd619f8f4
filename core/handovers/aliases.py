"""Browsers that are a phone's: from the hand-over on, both have one conversation. In SQL."""

from datetime import datetime, timedelta

from core.database.statements import Connection, Statement, iso_utc
from core.handovers.requests import EndLinks
from core.handovers.rules import BROWSERS_PER_PHONE_MAX
from core.messages import Address, AddressKind
from core.registration.addresses import address_columns

_FIND = Statement("""
    SELECT kind, value
    FROM aliases
    WHERE browser = :browser AND expires_at > :now
""")
_PUT = Statement("""
    INSERT INTO aliases (browser, kind, value, since, expires_at)
    VALUES (:browser, :kind, :value, :since, :expires_at)
    ON CONFLICT (browser) DO UPDATE
    SET kind = excluded.kind,
        value = excluded.value,
        since = excluded.since,
        expires_at = excluded.expires_at
""")
_KEEP_NEWEST = Statement("""
    DELETE FROM aliases
    WHERE kind = :kind
        AND value = :value
        AND browser NOT IN (
            SELECT browser
            FROM aliases
            WHERE kind = :kind AND value = :value
            ORDER BY since DESC, browser
            LIMIT :most
        )
""")

_END = Statement("""
    DELETE FROM aliases
    WHERE kind = :kind AND value = :value
""")
_END_OPEN = Statement("""
    DELETE FROM handovers
    WHERE kind = :kind AND value = :value
""")


def find_alias(connection: Connection, *, browser: Address, now: datetime) -> Address | None:
    """Return the phone that this browser was linked to; None if it is none's."""
    row = connection.one(_FIND, browser=browser.value, now=iso_utc(now))
    return None if row is None else Address(AddressKind(row[0]), row[1])


def link_browser(
    connection: Connection, browser: str, phone: Address, *, at: datetime, seconds: int
) -> None:
    """Link the browser with this value to the phone; a phone keeps its newest links."""
    where = address_columns(phone)
    until = iso_utc(at + timedelta(seconds=seconds))
    connection.run(_PUT, browser=browser, **where, since=iso_utc(at), expires_at=until)
    connection.run(_KEEP_NEWEST, **where, most=BROWSERS_PER_PHONE_MAX)


def end_links(connection: Connection, *, request: EndLinks) -> None:
    """Unlink all browsers of the phone; a link that it was given and nobody opened ends, too."""
    where = address_columns(request.address)
    connection.run(_END_OPEN, **where)
    connection.run(_END, **where)
