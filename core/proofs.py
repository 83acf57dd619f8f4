"""Codes sent by SMS that prove who holds the phone on file, in SQL."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec

from core import proof_statements as sql
from core.campaign import Limits
from core.codes import (
    CODE_SECONDS,
    DAY_SECONDS,
    Bound,
    Proof,
    Verdict,
    bounds,
    code_key,
    code_message,
    judge,
    may_prove,
)
from core.conversation.session import CheckCode, SendCode
from core.conversation.talk import at
from core.database import Database
from core.message import Address, AddressKind
from core.outbox import owe
from core.ports import UnavailableError
from core.record_statements import ADD_ADDRESS, CHANGE_ADDRESS, TOUCH_RECORD, hold_addresses
from core.standing import CodeChecked, CodeSent
from core.statements import Connection, Plain, Row, stamp

RACES_MAX = 10  # lost in a row; each is another's progress


class _LostRaceError(Exception):
    """Another transaction linked the address first; nothing of this one is kept."""


class SqlProofs:
    """A `ProofStore` on SQL."""

    def __init__(
        self, database: Database, *, limits: Limits, draw_code: Callable[[], int]
    ) -> None:
        """`draw_code` gives a random whole number below `core.codes.CODES`."""
        self._database = database
        self._limits, self._draw_code = limits, draw_code

    async def send_code(self, wish: SendCode) -> CodeSent:
        """Owe an SMS with a code to the phone on file, if there is one."""
        operation = partial(_send, wish=wish, code=f"{self._draw_code():06d}")
        return CodeSent(too_many=not await self._database.write(operation))

    async def check_code(self, wish: CheckCode) -> CodeChecked:
        """Say whether it is the live code; every wrong one is counted."""
        operation = partial(_check, wish=wish, most=self._limits.addresses_per_record_max)
        for _ in range(RACES_MAX):
            try:
                return CodeChecked(verdict=await self._database.write(operation))
            except _LostRaceError:
                continue
        raise UnavailableError("too many wrote to the same record")


def _send(connection: Connection, *, wish: SendCode, code: str) -> bool:
    """Say whether one more code may be asked for; if it may, send it to who has that number."""
    now = at(wish.at)
    connection.run(sql.FORGET, before=stamp(now - timedelta(seconds=DAY_SECONDS)))
    if not all(_count(connection, bound, now, wish.key) for bound in bounds(wish)):
        return False
    found = connection.one(sql.PHONE, number=wish.number, campaign=wish.campaign)
    if found is None or not found[1] or connection.one(sql.OWED, key=code_key(wish)):
        return True
    connection.run(
        sql.KEEP,
        **_place(wish.address),
        record_id=found[0],
        code=code,
        key=wish.key,
        expires_at=stamp(now + timedelta(seconds=CODE_SECONDS)),
    )
    owe(connection, code_message(wish, found[1], code))
    return True


def _count(connection: Connection, bound: Bound, now: datetime, key: str) -> bool:
    stale = stamp(now - timedelta(seconds=DAY_SECONDS))
    this: dict[str, Plain] = {"subject": bound.subject, "now": stamp(now), "key": key}
    return connection.run(sql.COUNT, **this, stale=stale, most=bound.most) > 0


def _check(connection: Connection, *, wish: CheckCode, most: int) -> Verdict:
    found = connection.one(sql.PROOF, number=wish.number, campaign=wish.campaign)
    verdict, counts = judge(_proof(found[1:]) if found else None, wish)
    if found is None or not counts:
        return verdict
    if verdict != "right":
        connection.run(sql.TRY, record_id=found[0], key=wish.key)
        return verdict
    connection.run(sql.PROVE, record_id=found[0], key=wish.key)
    if may_prove(wish.address) and _link(connection, found[0], wish, most):
        connection.run(TOUCH_RECORD, record_id=found[0], at=stamp(at(wish.at)))
    return verdict


def _proof(row: Row) -> Proof:
    kind, value, code, tries, expires_at, checked_by, proven_by = row
    return Proof(
        asker=Address(AddressKind(kind), value),
        code=code,
        tries=tries,
        expires_at=int(datetime.fromisoformat(expires_at).timestamp()),
        checked_by=checked_by,
        proven_by=proven_by,
    )


def _link(connection: Connection, record_id: int, wish: CheckCode, most: int) -> bool:
    """Make the address a proven one of the record, if there is room; say whether it is new so."""
    linked = hold_addresses(connection, record_id)
    verified, seen = _seen(linked, wish.address)
    before: list[str] = [] if seen is None else msgspec.json.decode(seen)
    channels = [*dict.fromkeys([*before, wish.channel.value])]
    if (verified and channels == before) or (seen is None and len(linked) >= most):
        return False
    kept: dict[str, Plain] = {
        **_place(wish.address),
        "record_id": record_id,
        "verified": 1,
        "channels": msgspec.json.encode(channels).decode(),
    }
    if seen is None:
        touched = connection.run(ADD_ADDRESS, **kept, at=stamp(at(wish.at)))
    else:
        touched = connection.run(CHANGE_ADDRESS, **kept, seen=seen)
    if not touched:
        raise _LostRaceError
    return True


def _seen(linked: Sequence[Row], address: Address) -> tuple[bool, str | None]:
    """Return whether the address is proven already, and its channels as they are kept."""
    this = (address.kind.value, address.value)
    found = ((bool(row[2]), row[3]) for row in linked if (row[0], row[1]) == this)
    return next(found, (False, None))


def _place(address: Address) -> dict[str, str]:
    return {"kind": address.kind.value, "value": address.value}
