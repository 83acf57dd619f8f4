"""Checks with the registry that are due: taken by one verifier at a time, settled once, told once.

A check is a record whose `check_due_at` is set. Who takes one moves that time forward, and only
who still finds it where they put it may settle: an answer that comes too late, or after the name
was corrected or the roster read again, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import NamedTuple

from core.database.database import Database
from core.database.statements import Connection, Row, Statement, iso_utc
from core.fields.timezones import zone_of
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.sms_bounds import HOME
from core.outbox.store import enqueue, withdraw
from core.outbox.withholding import enqueue_unasked
from core.registration.rechecks import OPEN, are_called_for, call_up
from core.registration.statements import ADD_HISTORY
from core.roster.listing import Applicant, Verdict

_DOORS = {
    AddressKind.PHONE: Channel.SMS,
    AddressKind.EMAIL: Channel.EMAIL,
    AddressKind.WHATSAPP: Channel.WHATSAPP,
}

_DUE = Statement("""
    SELECT
        id, check_attempts, check_round, number, campaign, nik, full_name, birth_date, profession
    FROM records
    WHERE check_due_at <= :now
    ORDER BY check_due_at, id
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
""")
_LEASE = Statement("""
    UPDATE records
    SET check_due_at = :until, check_attempts = check_attempts + 1
    WHERE id = :row_id
""")
_FIND = Statement("""
    SELECT number, status, version, nik, phone, language
    FROM records
    WHERE id = :row_id AND check_due_at = :lease
    FOR UPDATE
""")
_CLOSE = Statement("""
    UPDATE records
    SET check_due_at = NULL, check_attempts = 0
    WHERE id = :row_id AND check_due_at = :lease
""")
_SETTLE = Statement("""
    UPDATE records
    SET status = :verdict,
        facility_code = :facility_code,
        version = version + 1,
        updated_at = :at,
        check_due_at = NULL,
        check_attempts = 0
    WHERE id = :row_id AND check_due_at = :lease
""")
_WORDS = Statement("""
    SELECT intent_id
    FROM history
    WHERE record_id = :row_id AND field = 'status'
""")
_POSTPONE = Statement("""
    UPDATE records
    SET check_due_at = :until
    WHERE id = :row_id AND check_due_at = :lease
""")
_OLDEST = Statement("SELECT min(check_due_at) FROM records")
_FIRST_ADDRESS = Statement(
    """
    SELECT kind, value
    FROM addresses
    WHERE record_id = :row_id AND kind IN ({kinds})
    ORDER BY verified DESC, linked_at, value
    LIMIT 1
""",
    kinds=", ".join(f"'{kind.value}'" for kind in _DOORS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A record that one verifier has until its lease ends; `attempts` counts this one."""

    record_id: int
    lease: str
    attempts: int
    applicant: Applicant


class _Record(NamedTuple):
    """A record that somebody has, as far as its person is told of it."""

    number: str
    status: str
    version: int
    nik: str
    phone: str | None
    language: str


class _RegistryAnswer(NamedTuple):
    """The registry's word, and when it came."""

    verdict: Verdict
    facility_code: str
    at: datetime


class SqlChecks:
    """The checks that are due, in SQL."""

    def __init__(self, database: Database, *, countries: frozenset[str] = HOME) -> None:
        """`countries` are those that SMS go to, unless the phone itself has written to us."""
        self._database, self._countries = database, countries

    async def claim(self, *, now: datetime, lease_seconds: int, limit: int) -> Sequence[Check]:
        """Take due checks, oldest first; nobody else gets them until the lease runs out."""
        until = iso_utc(now + timedelta(seconds=lease_seconds))
        return await self._database.write(
            partial(_claim, now=iso_utc(now), until=until, limit=limit)
        )

    async def settle(
        self, check: Check, verdict: Verdict, facility_code: str, *, at: datetime
    ) -> bool:
        """Give the record its status and owe the person the word on it; or, where it has it, not.

        Say whether the status changed.
        """
        found = _RegistryAnswer(verdict, facility_code, at)
        operation = partial(_settle, check=check, found=found, countries=self._countries)
        return await self._database.write(operation)

    async def close(self, check: Check) -> None:
        """Leave the record as it is: nobody has a word on anybody."""
        await self._run(_CLOSE, row_id=check.record_id, lease=check.lease)

    async def postpone(self, check: Check, *, due_at: datetime) -> None:
        """Give the check back, to be claimed again at `due_at`."""
        await self._run(
            _POSTPONE, row_id=check.record_id, lease=check.lease, until=iso_utc(due_at)
        )

    async def call_up(self, *, now: datetime) -> bool:
        """Make the next `RECORDS_STEP` records due where all are to be asked about again.

        Say whether there were any left. Each step is noted with what it did, so that whoever
        comes after a crash goes on from there.
        """
        if not await self._database.read(are_called_for):
            return False
        await self._database.write(partial(call_up, now=iso_utc(now)))
        return True

    async def oldest_due(self) -> datetime | None:
        """Return when the oldest open check is due, or was."""
        ((since,),) = await self._database.read(lambda connection: connection.all(_OLDEST))
        return datetime.fromisoformat(str(since)) if since else None

    async def _run(self, statement: Statement, **values: str | int) -> None:
        await self._database.write(lambda connection: connection.run(statement, **values))


def _claim(connection: Connection, *, now: str, until: str, limit: int) -> Sequence[Check]:
    rows = connection.all(_DUE, now=now, limit=limit)
    for row in rows:
        connection.run(_LEASE, row_id=row[0], until=until)
    return [_check(row, until) for row in rows]


def _check(row: Row, lease: str) -> Check:
    record_id, attempts, round_, number, campaign, nik, full_name, birth_date, profession = row
    asked = blake2b(f"{full_name}\n{profession}\n{round_}".encode(), digest_size=8).hexdigest()
    applicant = Applicant(
        key=f"{number}/{asked}",
        campaign=campaign,
        nik=nik,
        full_name=full_name,
        birth_date=date.fromisoformat(birth_date),
        profession=profession,
    )
    return Check(record_id=record_id, lease=lease, attempts=attempts + 1, applicant=applicant)


def _settle(
    connection: Connection, *, check: Check, found: _RegistryAnswer, countries: frozenset[str]
) -> bool:
    verdict, facility_code, at = found
    where: dict[str, str | int] = {"row_id": check.record_id, "lease": check.lease}
    row = connection.one(_FIND, **where)
    if row is None:
        return False
    record = _Record._make(row)
    if record.status == verdict or record.status not in OPEN:
        connection.run(_CLOSE, **where)
        return False
    when, key = iso_utc(at), f"{record.number}/verification/{record.version + 1}"
    connection.run(_SETTLE, **where, verdict=verdict, facility_code=facility_code or None, at=when)
    earlier = connection.all(_WORDS, **where)
    withdraw(connection, [intent_id for (intent_id,) in earlier])  # it would contradict this one
    kept = {"field": "status", "old": record.status, "new": verdict, "at": when}
    connection.run(ADD_HISTORY, record_id=check.record_id, intent_id=key, **kept)
    if (address := _address(connection, check.record_id, record.phone)) is not None:
        word = _word(record, verdict, address, key=key, at=at)
        if word.channel is Channel.SMS:
            enqueue_unasked(connection, word, record_id=check.record_id, countries=countries)
        else:
            enqueue(connection, word)
    return True


def _word(
    record: _Record, verdict: Verdict, address: Address, *, key: str, at: datetime
) -> Outgoing:
    said = Prompt(f"verification_{verdict}", {"number": record.number})
    return Outgoing(
        key=key,
        channel=_DOORS[address.kind],
        address=address,
        reply=Reply((said,), record.language, ends=True),
        created_at=at,
        answers_request=False,
        quiet=zone_of(record.nik),
    )


def _address(connection: Connection, record_id: int, phone: str | None) -> Address | None:
    """Return the phone on file, or else the address that the record came by."""
    if phone:
        return Address(AddressKind.PHONE, phone)
    found = connection.one(_FIRST_ADDRESS, row_id=record_id)
    return Address(AddressKind(found[0]), found[1]) if found else None
