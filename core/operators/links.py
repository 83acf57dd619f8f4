"""Links that work once: to enrol, or in dev to sign in. Kept as digests."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.database.statements import Connection, Statement, iso_utc
from core.operators.tokens import TOKEN_BYTES, digest_of_secret


class Purpose(StrEnum):
    """What a link is for."""

    ENROL = "enrol"  # to choose a password, and a secret for the authenticator app
    SIGN_IN = "sign_in"  # dev only


VALID_HOURS: Final = {Purpose.ENROL: 24, Purpose.SIGN_IN: 1}

_ADD = Statement("""
    INSERT INTO operator_links (digest, operator_id, purpose, expires_at)
    SELECT :digest, id, :purpose, :expires_at
    FROM operators
    WHERE name = :name AND disabled_at = ''
""")
_FIND = Statement("""
    SELECT operators.name
    FROM operator_links
    JOIN operators ON operators.id = operator_links.operator_id
    WHERE operator_links.digest = :digest
        AND operator_links.purpose = :purpose
        AND operator_links.used_at = ''
        AND operator_links.expires_at > :now
        AND operators.disabled_at = ''
""")
_USE = Statement("""
    UPDATE operator_links
    SET used_at = :now
    WHERE digest = :digest AND used_at = ''
""")
_USE_OLDER = Statement("""
    UPDATE operator_links
    SET used_at = :now
    WHERE used_at = '' AND purpose = :purpose
        AND operator_id IN (SELECT id FROM operators WHERE name = :name)
""")


def draw_secret_text() -> str:
    """Return what stands in a new link or cookie: 256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def add_link(
    connection: Connection, name: str, secret: str, purpose: Purpose, at: datetime
) -> bool:
    """Add a link of an operator, and end the older ones; False if there is no such operator."""
    connection.run(_USE_OLDER, name=name, purpose=purpose, now=iso_utc(at))
    expires = iso_utc(at + timedelta(hours=VALID_HOURS[purpose]))
    values = {"digest": digest_of_secret(secret), "purpose": purpose, "expires_at": expires}
    return bool(connection.run(_ADD, name=name, **values))


def find_link(connection: Connection, secret: str, purpose: Purpose, at: datetime) -> str | None:
    """Return whose link it is; None if it was used, has expired, or is nobody's."""
    digest = digest_of_secret(secret)
    row = connection.one(_FIND, digest=digest, purpose=purpose, now=iso_utc(at))
    return None if row is None else str(row[0])


def use_link(connection: Connection, secret: str, purpose: Purpose, at: datetime) -> str | None:
    """Return whose link it is, as `find_link` does, and end it; only one caller gets it."""
    name = find_link(connection, secret, purpose, at)
    if name is None or not connection.run(_USE, digest=digest_of_secret(secret), now=iso_utc(at)):
        return None
    return name
