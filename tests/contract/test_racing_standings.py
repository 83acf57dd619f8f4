"""Two transactions about one record in the same moment, on PostgreSQL."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg
import pytest

from core.campaign import Doses, Limits
from core.database.database import open_database
from core.database.drivers import driver_for
from core.database.statements import Statement
from core.fields.nik_slips import meeting_keys
from core.messages import Channel
from core.registration.checks import SqlChecks
from core.registration.notice_answers import answer_notice
from core.registration.requests import AnswerNotice, SendCode
from core.registration.store import record
from core.registration.terms import Terms
from tests.contract.test_standing import (
    AT,
    HER_NAME,
    HERS,
    HIS,
    HIS_NAME,
    HISTORY,
    MAIL,
    Desk,
)
from tests.fixtures.postgres import done_or_blocked
from tests.unit.core.registration.test_identity import intent

NUMBER = "7K3M-9QXC"
_LOCK = Statement("SELECT pg_advisory_xact_lock(:key)")
_DUE = Statement("UPDATE records SET check_due_at = created_at")


@pytest.fixture
async def desk(pg_emptied):
    database = open_database(pg_emptied)
    yield Desk(database)
    await database.close()


@pytest.fixture
async def contested(desk):
    """Return the number of a record in his name, contested since the roster has hers."""
    await desk.list(HER_NAME)
    return (await desk.send(MAIL, HIS_NAME)).number


@asynccontextmanager
async def registering(dsn):
    """Register her on another gateway; it commits once the block waits for it, or is done."""
    hers = intent(intent_id="h", address=HERS, phone=HERS.value, full_name=HER_NAME)
    with psycopg.connect(dsn) as raw:
        other = driver_for(dsn).connection(raw.cursor(), "postgresql")
        for key in sorted(meeting_keys(hers.campaign, hers.nik, hers.phone)):
            other.all(_LOCK, key=key)
        record(other, intent=hers, terms=Terms(Limits(), Doses()), number=NUMBER)

        async def meet(operation):
            task = asyncio.ensure_future(operation)
            await done_or_blocked(dsn, task)
            raw.commit()
            return await task

        yield meet


async def test_a_code_takes_nothing_from_who_is_registered_just_now(desk, contested, pg_emptied):
    async with registering(pg_emptied) as meet:
        assert await meet(desk.prove(contested, HIS)) == "right"
    assert await desk.standings() == [(HIS_NAME, "contested"), (HER_NAME, "held")]


async def test_no_code_goes_to_a_phone_that_is_taken_off_just_now(desk, pg_emptied):
    claimed = await desk.send(MAIL, HER_NAME, phone=HIS.value)
    at = int(AT.timestamp()) + 3_600
    async with registering(pg_emptied) as meet:
        await meet(desk.effects.run(SendCode("ask", claimed.number, "c", HIS, "id", at)))
    sent = await desk.all(Statement("SELECT value FROM outbox WHERE key LIKE '%/code'"))
    assert sent == [(HERS.value,)]


@pytest.mark.usefixtures("contested")
async def test_the_registrys_word_meets_who_is_registered_just_now(desk, pg_emptied):
    await desk.database.write(lambda use: use.run(_DUE))
    checks = SqlChecks(desk.database)
    [check] = await checks.claim(now=AT + timedelta(days=1), lease_seconds=60, limit=1)
    async with registering(pg_emptied) as meet:
        await meet(checks.settle(check, "verified", "F1", at=AT + timedelta(days=1)))
    assert await desk.standings() == [(HIS_NAME, "contested"), (HER_NAME, "held")]


async def test_a_denial_that_comes_twice_at_once_is_noted_once(desk, pg_emptied):
    await desk.send(MAIL, HIS_NAME, phone=HIS.value)
    at = int(AT.timestamp()) + 3_600
    denied = AnswerNotice(HIS, Channel.SMS, "c", mine=False, key="k", at=at)
    with psycopg.connect(pg_emptied) as raw:
        other = driver_for(pg_emptied).connection(raw.cursor(), "postgresql")
        first = answer_notice(other, request=denied, terms=Terms(Limits(), Doses()))
        task = asyncio.ensure_future(desk.effects.run(denied))
        await done_or_blocked(pg_emptied, task)
        raw.commit()
        assert await task == first
    assert [field for field, *_ in await desk.all(HISTORY)] == ["phone", "notice"]
