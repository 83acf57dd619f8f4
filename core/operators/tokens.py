"""Personal tokens of the API: drawn at random, kept as a digest, within the scopes of the role."""

import hashlib
import json
import secrets
from datetime import datetime
from typing import Final, NamedTuple

from core.database.statements import Connection, Row, Statement, iso_utc
from core.operators.roles import SCOPES, Operator, Role, Scope

PREFIX: Final = "sp_"  # so that a secret scanner knows one
TOKEN_BYTES: Final = 32
TOKEN_CHARACTERS_MAX: Final = 100

_ADD = Statement("""
    INSERT INTO operator_tokens (operator_id, digest, label, scopes, created_at)
    SELECT id, :digest, :label, :scopes, :at
    FROM operators
    WHERE name = :name AND disabled_at = ''
""")
_FIND = Statement("""
    SELECT operators.name, operators.role, operators.facility_code, operator_tokens.scopes
    FROM operator_tokens
    JOIN operators ON operators.id = operator_tokens.operator_id
    WHERE operator_tokens.digest = :digest
        AND operator_tokens.revoked_at = ''
        AND operators.disabled_at = ''
""")
_REVOKE = Statement("""
    UPDATE operator_tokens
    SET revoked_at = :at
    WHERE revoked_at = '' AND label = :label
        AND operator_id IN (SELECT id FROM operators WHERE name = :name)
""")


def digest_of_secret(secret: str) -> str:
    """Return the digest by which a token, cookie or link of ours is kept.

    What we draw has 256 bits: unlike a password it needs no slow digest.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def draw_token() -> str:
    """Return a new token."""
    return PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


class NewToken(NamedTuple):
    """A token of the operator with that name; `label` says what it is for."""

    name: str
    token: str
    label: str
    scopes: frozenset[Scope]


def add_token(connection: Connection, new: NewToken, at: datetime) -> bool:
    """Add it; return False if there is no such operator, or they are disabled."""
    digest, scopes = digest_of_secret(new.token), json.dumps(sorted(new.scopes))
    values = {"name": new.name, "label": new.label, "scopes": scopes}
    return bool(connection.run(_ADD, digest=digest, **values, at=iso_utc(at)))


def find_by_token(connection: Connection, token: str) -> Operator | None:
    """Return whose token it is; None if it is nobody's, was revoked, or they are disabled."""
    row = connection.one(_FIND, digest=digest_of_secret(token))
    return None if row is None else _operator(row)


def revoke_tokens(connection: Connection, name: str, label: str, at: datetime) -> int:
    """Revoke an operator's tokens with that label; return how many."""
    return connection.run(_REVOKE, name=name, label=label, at=iso_utc(at))


def _operator(row: Row) -> Operator:
    name, role, facility_code, scopes = row
    allowed = SCOPES[Role(role)]
    return Operator(
        name=name,
        role=Role(role),
        scopes=allowed & frozenset(json.loads(scopes)),
        facility_code=facility_code,
    )
