"""Due checks with the registry: claimed by one verifier at a time, settled and notified once.

A check is a record whose `check_due_at` is set. A claim moves that time forward, as a lease; only
a verifier that finds it unmoved may settle. So an answer changes nothing if it comes after the
lease, after a correction of the name, or after another import of the roster.
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
from core.registration.rechecks import OPEN, rechecks_requested, schedule_rechecks
from core.registration.standing import RecordStanding
from core.registration.statements import ADD_HISTORY
from core.registration.superseding import hold
from core.roster.listing import Applicant, Verdict

_CHANNELS = {
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
    SELECT number, status, version, nik, phone, language, standing
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
_EARLIER_KEYS = Statement("""
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
    kinds=", ".join(f"'{kind.value}'" for kind in _CHANNELS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check claimed by one verifier until its lease ends; `attempts` includes this one.

    `lease` is the value of `check_due_at` that the claim wrote.
    """

    record_id: int
    lease: str
    attempts: int
    applicant: Applicant


class _Record(NamedTuple):
    """What settling reads of a record."""

    number: str
    status: str
    version: int
    nik: str
    phone: str | None
    language: str
    standing: str


class _RegistryAnswer(NamedTuple):
    """The registry's verdict, and when it came."""

    verdict: Verdict
    facility_code: str
    at: datetime


class SqlChecks:
    """Due checks, in SQL."""

    def __init__(self, database: Database, *, countries: frozenset[str] = HOME) -> None:
        """A phone outside `countries` (ISO codes) gets SMS only if it has written to us."""
        self._database, self._countries = database, countries

    async def claim(self, *, now: datetime, lease_seconds: int, limit: int) -> Sequence[Check]:
        """Claim up to `limit` due checks, oldest first, until the lease ends."""
        until = iso_utc(now + timedelta(seconds=lease_seconds))
        return await self._database.write(
            partial(_claim, now=iso_utc(now), until=until, limit=limit)
        )

    async def settle(
        self, check: Check, verdict: Verdict, facility_code: str, *, at: datetime
    ) -> bool:
        """Give the record its status and enqueue the message about it; return False if unchanged.

        `facility_code` is "" where the registry names none.
        """
        answer = _RegistryAnswer(verdict, facility_code, at)
        operation = partial(_settle, check=check, answer=answer, countries=self._countries)
        return await self._database.write(operation)

    async def close(self, check: Check) -> None:
        """End the check without a verdict: the record keeps its status."""
        await self._run(_CLOSE, row_id=check.record_id, lease=check.lease)

    async def postpone(self, check: Check, *, due_at: datetime) -> None:
        """Release the check, to be claimed again from `due_at`."""
        await self._run(
            _POSTPONE, row_id=check.record_id, lease=check.lease, until=iso_utc(due_at)
        )

    async def schedule_rechecks(self, *, now: datetime) -> bool:
        """Make the checks of the next `RECORDS_STEP` records due, if rechecks are requested.

        Return False if none are left. A step and its progress are one transaction, so the next
        call resumes after a crash.
        """
        if not await self._database.read(rechecks_requested):
            return False
        await self._database.write(partial(schedule_rechecks, now=iso_utc(now)))
        return True

    async def oldest_due(self) -> datetime | None:
        """Return the earliest due time of all checks; None if there are none."""
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
    digest = blake2b(f"{full_name}\n{profession}\n{round_}".encode(), digest_size=8).hexdigest()
    applicant = Applicant(
        key=f"{number}/{digest}",
        campaign=campaign,
        nik=nik,
        full_name=full_name,
        birth_date=date.fromisoformat(birth_date),
        profession=profession,
    )
    return Check(record_id=record_id, lease=lease, attempts=attempts + 1, applicant=applicant)


def _settle(
    connection: Connection, *, check: Check, answer: _RegistryAnswer, countries: frozenset[str]
) -> bool:
    verdict, facility_code, at = answer
    where: dict[str, str | int] = {"row_id": check.record_id, "lease": check.lease}
    row = connection.one(_FIND, **where)
    if row is None:
        return False
    record = _Record._make(row)
    key = f"{record.number}/verification/{record.version + 1}"
    held = _is_held(connection, check, record, answer, key=key)
    contested = not held and record.standing == RecordStanding.CONTESTED
    if contested or record.status == verdict or record.status not in OPEN:
        connection.run(_CLOSE, **where)
        return False
    when = iso_utc(at)
    connection.run(_SETTLE, **where, verdict=verdict, facility_code=facility_code or None, at=when)
    earlier = connection.all(_EARLIER_KEYS, **where)
    withdraw(connection, [intent_id for (intent_id,) in earlier])  # they contradict this verdict
    change = {"field": "status", "old": record.status, "new": verdict, "at": when}
    connection.run(ADD_HISTORY, record_id=check.record_id, intent_id=key, **change)
    address = _address(connection, check.record_id, record.phone) if held else None
    if address is not None:
        message = _message(record, verdict, address, key=key, at=at)
        if message.channel is Channel.SMS:
            enqueue_unasked(connection, message, record_id=check.record_id, countries=countries)
        else:
            enqueue(connection.of_record(check.record_id), message)
    return True


def _is_held(
    connection: Connection, check: Check, record: _Record, answer: _RegistryAnswer, *, key: str
) -> bool:
    """Return whether the record is held, for which the roster's name is enough.

    Only a person whose record is held hears a verdict: any other record may be a stranger's probe.
    """
    if answer.verdict != "verified":
        return record.standing == RecordStanding.HELD
    return bool(hold(connection, check.record_id, key=key, at=answer.at))


def _message(
    record: _Record, verdict: Verdict, address: Address, *, key: str, at: datetime
) -> Outgoing:
    prompt = Prompt(f"verification_{verdict}", {"number": record.number})
    return Outgoing(
        key=key,
        channel=_CHANNELS[address.kind],
        address=address,
        reply=Reply((prompt,), record.language, ends=True),
        created_at=at,
        answers_request=False,
        quiet=zone_of(record.nik),
    )


def _address(connection: Connection, record_id: int, phone: str | None) -> Address | None:
    """Return the phone on file, or else the best linked address; None if it has neither."""
    if phone:
        return Address(AddressKind.PHONE, phone)
    found = connection.one(_FIRST_ADDRESS, row_id=record_id)
    return Address(AddressKind(found[0]), found[1]) if found else None
