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

from sqlalchemy import func, null, select, update

from core.database.database import Database
from core.database.statements import Connection, Row, Statement, given, stamp
from core.database.tables import addresses, history, records, rosters
from core.fields.timezones import zone_of
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.sms_bounds import HOME
from core.outbox.store import owe, withdraw
from core.outbox.withholding import owe_unasked
from core.registration.statements import ADD_HISTORY
from core.roster.listing import Applicant, Verdict

OPEN = ("received", "not_listed", "in_review")  # what the registry's word still changes
RECORDS_STEP = 5_000  # records looked at in one transaction, where all of them are
_DOORS = {
    AddressKind.PHONE: Channel.SMS,
    AddressKind.EMAIL: Channel.EMAIL,
    AddressKind.WHATSAPP: Channel.WHATSAPP,
}

_asked = ("number", "campaign", "nik", "full_name", "birth_date", "profession")
_DUE = Statement(
    select(
        records.c.id,
        records.c.check_attempts,
        records.c.check_round,
        *(records.c[name] for name in _asked),
    )
    .where(records.c.check_due_at <= given("now"))
    .order_by(records.c.check_due_at, records.c.id)
    .limit(given("limit"))
    .with_for_update(skip_locked=True)
)
_LEASE = Statement(
    update(records)
    .where(records.c.id == given("this"))
    .values(check_due_at=given("until"), check_attempts=records.c.check_attempts + 1)
)
_ours = (records.c.id == given("this"), records.c.check_due_at == given("lease"))
_told = ("number", "status", "version", "nik", "phone", "language")
_FIND = Statement(select(*(records.c[name] for name in _told)).where(*_ours).with_for_update())
_CLOSE = Statement(update(records).where(*_ours).values(check_due_at=null(), check_attempts=0))
_SETTLE = Statement(
    update(records)
    .where(*_ours)
    .values(
        status=given("verdict"),
        facility_code=given("facility_code"),
        version=records.c.version + 1,
        updated_at=given("at"),
        check_due_at=null(),
        check_attempts=0,
    )
)
_WORDS = Statement(
    select(history.c.intent_id).where(
        history.c.record_id == given("record_id"), history.c.field == "status"
    )
)
_POSTPONE = Statement(update(records).where(*_ours).values(check_due_at=given("until")))
_OLDEST = Statement(select(func.min(records.c.check_due_at)))
_FIRST_ADDRESS = Statement(
    select(addresses.c.kind, addresses.c.value)
    .where(
        addresses.c.record_id == given("record_id"),
        addresses.c.kind.in_([kind.value for kind in _DOORS]),
    )
    .order_by(addresses.c.verified.desc(), addresses.c.linked_at, addresses.c.value)
    .limit(1)
)
_step = (records.c.id > given("after"), records.c.id <= given("upto"))
_ALL_DUE = Statement(
    update(records)
    .where(*_step, records.c.campaign == given("campaign"), records.c.status.in_(OPEN))
    .values(check_due_at=given("now"), check_attempts=0, check_round=records.c.check_round + 1)
)
_LAST = Statement(select(func.max(records.c.id)))
_called = select(rosters.c.campaign, rosters.c.checks_after).where(
    rosters.c.checks_after.is_not(None)
)
_CALLED = Statement(_called)
_TAKE_CALL = Statement(_called.limit(1).with_for_update())
_ADVANCE = Statement(
    update(rosters)
    .where(rosters.c.campaign == given("campaign"))
    .values(checks_after=given("upto"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A record that one verifier has until its lease ends; `attempts` counts this one."""

    record_id: int
    lease: str
    attempts: int
    applicant: Applicant


class _Found(NamedTuple):
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
        until = stamp(now + timedelta(seconds=lease_seconds))
        return await self._database.write(
            partial(_claim, now=stamp(now), until=until, limit=limit)
        )

    async def settle(
        self, check: Check, verdict: Verdict, facility_code: str, *, at: datetime
    ) -> bool:
        """Give the record its status and owe the person the word on it; or, where it has it, not.

        Say whether the status changed.
        """
        found = _Found(verdict, facility_code, at)
        operation = partial(_settle, check=check, found=found, countries=self._countries)
        return await self._database.write(operation)

    async def close(self, check: Check) -> None:
        """Leave the record as it is: nobody has a word on anybody."""
        await self._run(_CLOSE, this=check.record_id, lease=check.lease)

    async def postpone(self, check: Check, *, due_at: datetime) -> None:
        """Give the check back, to be claimed again at `due_at`."""
        await self._run(_POSTPONE, this=check.record_id, lease=check.lease, until=stamp(due_at))

    async def call_up(self, *, now: datetime) -> bool:
        """Make the next `RECORDS_STEP` records due where all are to be asked about again.

        Say whether there were any left. Each step is noted with what it did, so that whoever
        comes after a crash goes on from there.
        """
        if not await self._database.read(lambda connection: connection.all(_CALLED)):
            return False
        await self._database.write(partial(_call_up, now=stamp(now)))
        return True

    async def oldest_due(self) -> datetime | None:
        """Return when the oldest open check is due, or was."""
        ((since,),) = await self._database.read(lambda connection: connection.all(_OLDEST))
        return datetime.fromisoformat(str(since)) if since else None

    async def _run(self, statement: Statement, **values: str | int) -> None:
        await self._database.write(lambda connection: connection.run(statement, **values))


def _call_up(connection: Connection, *, now: str) -> None:
    called = connection.one(_TAKE_CALL)
    if called is None:
        return
    campaign, after = called
    upto = after + RECORDS_STEP
    connection.run(_ALL_DUE, after=after, upto=upto, campaign=campaign, now=now)
    [(last,)] = connection.all(_LAST)
    connection.run(_ADVANCE, campaign=campaign, upto=upto if upto < (last or 0) else None)


def _claim(connection: Connection, *, now: str, until: str, limit: int) -> Sequence[Check]:
    rows = connection.all(_DUE, now=now, limit=limit)
    for row in rows:
        connection.run(_LEASE, this=row[0], until=until)
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
    connection: Connection, *, check: Check, found: _Found, countries: frozenset[str]
) -> bool:
    verdict, facility_code, at = found
    this: dict[str, str | int] = {"this": check.record_id, "lease": check.lease}
    row = connection.one(_FIND, **this)
    if row is None:
        return False
    number, status, version = row[:3]
    if status == verdict or status not in OPEN:
        connection.run(_CLOSE, **this)
        return False
    when, key = stamp(at), f"{number}/verification/{version + 1}"
    connection.run(_SETTLE, **this, verdict=verdict, facility_code=facility_code or None, at=when)
    earlier = connection.all(_WORDS, record_id=check.record_id)
    withdraw(connection, [row[0] for row in earlier])  # it would contradict this one
    kept = {"field": "status", "old": status, "new": verdict, "at": when}
    connection.run(ADD_HISTORY, record_id=check.record_id, intent_id=key, **kept)
    if (address := _address(connection, check.record_id, row[4])) is not None:
        word = _word(row, verdict, address, key=key, at=at)
        if word.channel is Channel.SMS:
            owe_unasked(connection, word, record_id=check.record_id, countries=countries)
        else:
            owe(connection, word)
    return True


def _word(row: Row, verdict: Verdict, address: Address, *, key: str, at: datetime) -> Outgoing:
    number, _status, _version, nik, _phone, language = row
    said = Prompt(f"verification_{verdict}", {"number": number})
    return Outgoing(
        key=key,
        channel=_DOORS[address.kind],
        address=address,
        reply=Reply((said,), language, ends=True),
        created_at=at,
        answers_request=False,
        quiet=zone_of(nik),
    )


def _address(connection: Connection, record_id: int, phone: str | None) -> Address | None:
    """Return the phone on file, or else the address that the record came by."""
    if phone:
        return Address(AddressKind.PHONE, phone)
    found = connection.one(_FIRST_ADDRESS, record_id=record_id)
    return Address(AddressKind(found[0]), found[1]) if found else None
