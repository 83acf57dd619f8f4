"""Links that open a phone's conversation in a browser, once, in SQL."""

from datetime import datetime, timedelta
from math import ceil

from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import moment
from core.handovers.aliases import link_browser
from core.handovers.requests import GiveLink, LinkGiven
from core.handovers.rules import CODE_SECONDS, LINK_PATH, digest_of, link_bounds
from core.messages import Address, AddressKind
from core.outbox.rate_limits import count
from core.registration.addresses import address_columns
from core.registration.terms import Terms

_PUT = Statement("""
    INSERT INTO handovers
        (kind, value, secret, key, phone, answers, intent, taken_by, expires_at)
    VALUES (:kind, :value, :secret, :key, '', '', '', '', :expires_at)
    ON CONFLICT (kind, value) DO UPDATE
    SET secret = excluded.secret,
        key = excluded.key,
        taken_by = '',
        expires_at = excluded.expires_at
""")
_FIND = """
    SELECT kind, value, taken_by
    FROM handovers
    WHERE secret = :secret AND kind <> 'web' AND expires_at > :now
    {lock}
"""
_READ = Statement(_FIND, lock="")
_LOCK = Statement(_FIND, lock="FOR UPDATE")
_OPENED_IN = Statement("""
    SELECT taken_by
    FROM handovers
    WHERE secret = :secret AND kind <> 'web' AND taken_by = :taker
""")
_TAKE = Statement("""
    UPDATE handovers
    SET taken_by = :taker
    WHERE kind = :kind AND value = :value
""")


def give_link(connection: Connection, *, request: GiveLink, terms: Terms, token: str) -> LinkGiven:
    """Keep a link for the phone, in place of its last one; only a digest of it is stored."""
    now = moment(request.at)
    if over := count(connection, link_bounds(request.address), at=now, key=request.key):
        return LinkGiven(until=ceil(over.timestamp()))
    until = iso_utc(now + timedelta(seconds=CODE_SECONDS))
    where = {**address_columns(request.address), "key": request.key}
    connection.run(_PUT, **where, secret=digest_of(token), expires_at=until)
    link = f"{terms.public_url.rstrip('/')}{LINK_PATH}{token}"
    return LinkGiven(link=link, until=request.at + CODE_SECONDS)


def find_link(connection: Connection, *, token: str, now: datetime) -> Address | None:
    """Return the phone whose conversation the link opens; None if it opens none any more."""
    row = connection.one(_READ, secret=digest_of(token), now=iso_utc(now))
    return Address(AddressKind(row[0]), row[1]) if row is not None and not row[2] else None


def is_opened_in(connection: Connection, *, token: str, browser: Address) -> bool:
    """Return True if this browser spent the link, and the phone has not ended it since."""
    given = {"secret": digest_of(token), "taker": browser.value}
    return connection.one(_OPENED_IN, **given) is not None


def open_link(
    connection: Connection, *, token: str, browser: Address, now: datetime, seconds: int
) -> bool:
    """Spend the link and link the browser for so long; return False if it is spent or too old.

    The browser that spent it may open it again: its answer may have been lost.
    """
    row = connection.one(_LOCK, secret=digest_of(token), now=iso_utc(now))
    if row is None or row[2] not in ("", browser.value):
        return False
    phone = Address(AddressKind(row[0]), row[1])
    connection.run(_TAKE, **address_columns(phone), taker=browser.value)
    link_browser(connection, browser.value, phone, at=now, seconds=seconds)
    return True
