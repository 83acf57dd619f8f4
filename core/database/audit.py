"""The audit: who did or saw what, of whom, why and when, as a hash chain.

A row's digest covers the row before it, so that no row can be changed, removed or put in between
unnoticed. The number of a record and the reason are covered by a salted digest of their own:
an erasure empties both with their salt, and the chain still verifies.
"""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from core.database.statements import Connection, Plain, Statement, iso_utc

CHAIN = "audit"
COMMAND = "command"  # the operator of what was done on the command line

_HEAD = Statement("SELECT digest FROM audit_heads WHERE chain = :chain FOR UPDATE")
_ADD_HEAD = Statement("""
    INSERT INTO audit_heads (chain, digest)
    VALUES (:chain, '')
    ON CONFLICT (chain) DO NOTHING
""")
_MOVE_HEAD = Statement("UPDATE audit_heads SET digest = :digest WHERE chain = :chain")
_ADD = Statement("""
    INSERT INTO audit (at, action, number, operator, why, salt, sealed, digest)
    VALUES (:at, :action, :number, :operator, :reason, :salt, :sealed, :digest)
""")
_ERASE = Statement("""
    UPDATE audit
    SET number = NULL, why = '', salt = ''
    WHERE number = :number
""")


class Noted(NamedTuple):
    """What happened: `action` is a word of ours; `number` that of the record it is about."""

    at: datetime
    action: str
    operator: str
    number: str | None = None
    why: str = ""


def note(connection: Connection, *rows: Noted) -> None:
    """Add rows. Their transaction holds the head of the chain: write `alone`, and note last."""
    connection.run(_ADD_HEAD, chain=CHAIN)
    head = connection.one(_HEAD, chain=CHAIN)
    assert head is not None, "it was added"
    digest, added = str(head[0]), list[dict[str, Plain]]()
    for one in rows:
        salt = secrets.token_hex(16)
        sealed = seal(salt, one.number or "", one.why)
        row = {"at": iso_utc(one.at), "action": one.action, "operator": one.operator}
        digest = chain_digest(digest, **row, sealed=sealed)
        erasable = {"number": one.number, "reason": one.why, "salt": salt}
        added.append({**row, **erasable, "sealed": sealed, "digest": digest})
    connection.run_many(_ADD, added)
    connection.run(_MOVE_HEAD, chain=CHAIN, digest=digest)


def forget(connection: Connection, numbers: Sequence[str]) -> None:
    """Empty what the audit says of the records with these numbers; the chain stays whole."""
    for number in numbers:
        connection.run(_ERASE, number=number)


def seal(salt: str, number: str, why: str) -> str:
    """Return the digest of what an erasure empties."""
    return _digest([salt, number, why])


def chain_digest(before: str, *, at: str, action: str, operator: str, sealed: str) -> str:
    """Return the digest of a row, given that of the row before it ("" for the first)."""
    return _digest([before, at, action, operator, sealed])


def _digest(parts: list[str]) -> str:
    """Return SHA-256 of the parts as a JSON list: no part can run into the next."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
