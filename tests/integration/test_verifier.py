"""The verifier: every record gets the registry's verdict, and its person one message."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from core.database.database import open_database
from core.database.statements import Statement, column_list, iso_utc
from core.database.unavailable import UnavailableError
from core.messages import Address, AddressKind, Channel
from core.operators.queries import Queries
from core.registration.checks import SqlChecks
from core.registration.rechecks import OPEN, RECORDS_STEP
from core.roster.listing import Listing
from core.roster.lookup import SqlRoster, request_rechecks
from gateway.operators.gauges import measure_checks
from gateway.registry.verifier import (
    BACKOFF,
    BATCH_MAX,
    LEASE_SECONDS,
    Verifier,
)
from gateway.runtime.metrics import Metrics
from tests.fixtures.effects import recorder
from tests.scripts import CAMPAIGN
from tests.unit.core.registration.test_identity import intent as made

NOW = datetime(2021, 1, 20, 3, 0, tzinfo=UTC)  # ten in the morning at Jakarta
LATER = NOW + timedelta(seconds=LEASE_SECONDS + 1)
NIK = "3204115706960001"
PHONE = "+6281211110001"
LISTED = Listing(listed=True, full_name="SITI AMINAH, S.Kep.", facility_code="F1")
UNLISTED = Listing(listed=False)
ANOTHER = Listing(listed=True, full_name="Budi Santoso", facility_code="F2")
MESSAGES = Statement("""
    SELECT key, channel, kind, value, reply, answers_request, quiet
    FROM outbox
    ORDER BY id
""")
KEPT = ("status", "facility_code", "check_due_at", "check_attempts", "version", "updated_at")
RECORD = Statement("SELECT {columns} FROM records ORDER BY id", columns=column_list(KEPT))
SET = Statement("UPDATE records SET status = :status")
HISTORY = Statement("SELECT field, old, new FROM history")
ADD = Statement("""
    INSERT INTO roster (nik, full_name, facility_code, campaign, demo, profession)
    VALUES (:nik, :full_name, :facility_code, :campaign, :demo, 'perawat')
""")


def intent(message="1", **changes):
    given = {
        "intent_id": f"intent-{message}",
        "campaign": "test",
        "channel": Channel.SMS,
        "address": Address(AddressKind.PHONE, PHONE),
        "received_at": NOW,
        "nik": NIK,
        "full_name": "Siti Aminah",
        "phone": PHONE,
    }
    return made(**{**given, **changes})


class OperatorApi:
    """A registry that says what it is told to say, or is down."""

    def __init__(self, *words):
        self.words, self.asked = list(words), []

    async def look_up(self, applicant):
        self.asked.append(applicant)
        word = self.words.pop(0) if len(self.words) > 1 else self.words[0]
        if isinstance(word, Exception):
            raise word
        return word


class House:
    def __init__(self, database):
        self.database, self.now = database, NOW
        self.numbers = iter(range(1, 1_000_000))
        self.register = self.recorder(asks_registry=True)
        self.checks, self.metrics, self.nudges = SqlChecks(database), Metrics(), []

    def recorder(self, **terms):
        return recorder(
            self.database, limits=CAMPAIGN.limits, draw_below=lambda _: next(self.numbers), **terms
        )

    def verifier(self, registry, checks=None):
        return Verifier(
            checks=checks or self.checks,
            registry=registry,
            name_match_min=CAMPAIGN.limits.name_match_min,
            metrics=self.metrics,
            clock=lambda: self.now,
            on_pending=lambda: self.nudges.append(1),
        )

    async def verify(self, *words, at=None):
        self.now = at or self.now
        return await self.verifier(OperatorApi(*words)).verify_due(self.now)

    async def all(self, statement, **values):
        return await self.database.read(lambda connection: connection.all(statement, **values))

    async def call(self, campaign):
        await self.database.write(partial(request_rechecks, campaign=campaign, now=NOW))
        while await self.checks.schedule_rechecks(now=NOW):
            pass

    async def record(self):
        ((*row,),) = await self.all(RECORD)
        return dict(zip(KEPT, row, strict=True))

    async def write(self, statement, **values):
        await self.database.write(lambda connection: connection.run(statement, **values))

    async def list(self, nik=NIK, full_name="Siti Aminah", demo=0):
        row = {"nik": nik, "full_name": full_name, "facility_code": "F1", "demo": demo}
        await self.write(ADD, **row, campaign="test")


@pytest.fixture
def house(database):
    return House(database)


@pytest.mark.parametrize(
    ("word", "status", "facility"),
    [
        (LISTED, "verified", "F1"),
        (UNLISTED, "not_listed", None),
        (ANOTHER, "in_review", "F2"),
    ],
)
async def test_the_verdict_becomes_the_status_and_is_notified_once(house, word, status, facility):
    outcome = await house.register(intent())
    assert outcome.status == "received"
    before = await house.record()
    assert before["check_due_at"] is not None

    assert await house.verify(word) == 1
    assert await house.verify(word, at=LATER) == 0

    after = await house.record()
    assert (after["status"], after["facility_code"]) == (status, facility)
    assert (after["check_due_at"], after["check_attempts"]) == (None, 0)
    assert after["version"] == before["version"] + 1
    ((key, channel, kind, value, reply, answers, quiet),) = await house.all(MESSAGES)
    assert key == f"record/1/verification/{after['version']}"
    assert (channel, kind, value, answers, quiet) == ("sms", "phone", PHONE, 0, "WIB")
    assert f'"verification_{status}"' in reply
    assert outcome.number in reply
    assert house.nudges == [1]
    assert await house.all(HISTORY) == [("status", "received", status)]


async def test_a_redelivery_gets_the_present_status(house):
    await house.register(intent())
    await house.verify(LISTED)
    assert (await house.register(intent())).status == "verified"


async def test_the_registry_hears_what_it_needs_under_the_same_key(house):
    await house.register(intent())
    office = OperatorApi(UnavailableError(), UnavailableError(), LISTED)
    verifier = house.verifier(office)
    for _ in range(3):
        await verifier.verify_due(house.now)
        house.now += timedelta(hours=1)
    assert len({applicant.key for applicant in office.asked}) == 1
    asked = office.asked[0]
    assert (asked.nik, asked.full_name, asked.campaign) == (NIK, "Siti Aminah", "test")
    assert NIK not in repr(asked) + asked.key


@pytest.mark.parametrize("error", [UnavailableError(), ZeroDivisionError(NIK)])
async def test_a_failed_check_is_retried_and_notifies_nobody(house, error, logged):
    await house.register(intent())
    assert await house.verify(error) == 0
    assert await house.verify(LISTED) == 0  # not yet
    assert await house.all(MESSAGES) == []
    assert NIK not in str(logged())

    assert await house.verify(LISTED, at=NOW + timedelta(seconds=BACKOFF.first_seconds)) == 1
    assert (await house.record())["status"] == "verified"
    assert len(await house.all(MESSAGES)) == 1


async def test_an_outage_of_days_loses_nobody_and_notifies_everybody_once(house):
    for n in range(BATCH_MAX + 3):
        phone = f"+62812111100{n:02d}"
        one = intent(
            str(n),
            nik=f"32041157069{n:02d}001",
            full_name="Siti " + "abcdefghij"[n // 10] * 4 + "klmnopqrst"[n % 10] * 4,
            address=Address(AddressKind.PHONE, phone),
            phone=phone,
        )
        assert (await house.register(one)).kind == "registered"
    down, up = OperatorApi(UnavailableError()), OperatorApi(UNLISTED)
    verifier = house.verifier(down)
    for _ in range(60):
        house.now += timedelta(hours=1, seconds=1)
        while down.asked:
            down.asked.clear()
            await verifier.verify_due(house.now)
    assert await house.all(MESSAGES) == []

    verifier.registry = up
    house.now += timedelta(hours=1)
    while await verifier.verify_due(house.now):
        pass
    assert len(up.asked) == BATCH_MAX + 3
    assert len(await house.all(MESSAGES)) == BATCH_MAX + 3


async def test_two_verifiers_at_once_enqueue_one_message(house, database_url):
    await house.register(intent())
    other = open_database(database_url)
    both = [
        house.verifier(OperatorApi(LISTED)),
        house.verifier(OperatorApi(LISTED), SqlChecks(other)),
    ]
    await asyncio.gather(*(one.verify_due(NOW) for one in both))
    await other.close()
    assert len(await house.all(MESSAGES)) == 1


async def test_a_crash_between_asking_and_settling_is_made_good_after_the_lease(house):
    await house.register(intent())
    (lost,) = await house.checks.claim(now=NOW, lease_seconds=LEASE_SECONDS, limit=9)
    assert await house.verify(LISTED, at=NOW + timedelta(seconds=LEASE_SECONDS - 1)) == 0
    assert await house.verify(LISTED, at=NOW + timedelta(seconds=LEASE_SECONDS)) == 1
    # and who was thought lost comes back with another answer
    assert not await house.checks.settle(lost, "not_listed", "", at=LATER)
    assert (await house.record())["status"] == "verified"
    assert len(await house.all(MESSAGES)) == 1


async def test_an_answer_about_a_name_that_was_corrected_is_dropped(house):
    await house.register(intent())
    (check,) = await house.checks.claim(now=NOW, lease_seconds=LEASE_SECONDS, limit=9)
    corrected = await house.register(intent("2", full_name="Siti Aminahh"))
    assert corrected.kind == "updated"

    assert not await house.checks.settle(check, "in_review", "F1", at=NOW)
    await house.checks.postpone(check, due_at=NOW + timedelta(hours=1))
    await house.checks.close(check)
    office = OperatorApi(LISTED)
    assert await house.verifier(office).verify_due(NOW) == 1
    assert office.asked[0].full_name == "Siti Aminahh"


async def test_a_linked_address_meanwhile_changes_nothing_about_the_check(house):
    await house.register(intent())
    (check,) = await house.checks.claim(now=NOW, lease_seconds=LEASE_SECONDS, limit=9)
    before = await house.record()
    linked = intent("2", address=Address(AddressKind.PHONE, "+6281211110002"))
    await house.register(linked)
    assert (await house.record())["version"] == before["version"] + 1

    assert await house.checks.settle(check, "verified", "F1", at=NOW)


async def test_the_same_verdict_again_is_not_notified_again(house):
    await house.register(intent())
    await house.verify(UNLISTED)
    version = (await house.record())["version"]
    await house.write(Statement("UPDATE records SET check_due_at = :at"), at="2021")
    assert await house.verify(UNLISTED) == 1
    after = await house.record()
    assert (after["version"], after["check_due_at"]) == (version, None)
    assert len(await house.all(MESSAGES)) == 1


async def test_a_verified_record_stays_verified(house):
    await house.register(intent())
    await house.write(SET, status="verified")
    await house.verify(UNLISTED)
    record = await house.record()
    assert (record["status"], record["check_due_at"]) == ("verified", None)
    assert await house.all(MESSAGES) == []


@pytest.mark.parametrize(
    ("address", "channel"),
    [
        (Address(AddressKind.EMAIL, "siti@klinik.example"), "email"),
        (Address(AddressKind.WHATSAPP, "ID.12345"), "whatsapp"),
        (Address(AddressKind.PHONE, "+6281211110009"), "sms"),
    ],
)
async def test_a_person_without_a_phone_is_notified_at_their_address(house, address, channel):
    await house.register(intent(address=address, phone=None))
    await house.verify(LISTED)
    ((_key, via, kind, value, *_),) = await house.all(MESSAGES)
    assert (via, kind, value) == (channel, address.kind.value, address.value)


async def test_a_person_without_an_address_is_verified_all_the_same(house):
    token = Address(AddressKind.WEB, "token")
    await house.register(intent(address=token, phone=None))
    await house.verify(LISTED)
    assert (await house.record())["status"] == "verified"
    assert await house.all(MESSAGES) == []


# With the roster as the registry.


async def test_a_corrected_name_is_checked_again_and_the_result_notified(house):
    await house.list(full_name="Siti Rahmuwoto Kusumedewi")
    record = house.recorder()
    first = await record(intent(full_name="Siti Rahmawati Kusumadewi"))
    assert first.status == "in_review"
    again = await record(intent("2", full_name="Siti Rahmawoto Kusumadewi"))
    assert again.kind == "updated"

    assert await house.verifier(SqlRoster(house.database)).verify_due(NOW) == 1
    record = await house.record()
    assert (record["status"], record["facility_code"]) == ("verified", "F1")
    assert len(await house.all(MESSAGES)) == 1


async def test_a_name_corrected_after_it_was_verified_is_not_checked_again(house):
    await house.list()
    record = house.recorder()
    assert (await record(intent())).status == "verified"
    assert (await record(intent("2", full_name="Siti Aminahh"))).kind == "updated"
    assert (await house.record())["check_due_at"] is None


@pytest.mark.parametrize(
    ("demo", "nik", "status"),
    [
        (1, NIK, "verified"),
        (1, "3175015203880009", "received"),
        (0, "3175015203880009", "not_listed"),
    ],
)
async def test_demo_rows_list_somebody_and_leave_nobody_out(house, demo, nik, status):
    await house.list(nik, demo=demo)
    assert (await house.recorder()(intent())).status == status


async def test_a_roster_of_another_campaign_says_nothing(house):
    await house.list()
    assert (await house.recorder()(intent(campaign="other"))).status == "received"


async def test_an_empty_roster_leaves_records_as_they_are(house):
    await house.register(intent())
    assert await house.verifier(SqlRoster(house.database)).verify_due(NOW) == 1
    record = await house.record()
    assert (record["status"], record["check_due_at"]) == ("received", None)
    assert await house.all(MESSAGES) == []


@pytest.mark.parametrize("status", [*OPEN, "verified"])
async def test_all_but_the_verified_are_asked_about_again(house, status):
    await house.recorder()(intent())
    await house.write(SET, status=status)
    await house.call("other")
    assert (await house.record())["check_due_at"] is None
    await house.call("test")
    assert ((await house.record())["check_due_at"] is None) == (status == "verified")


@pytest.mark.parametrize(
    ("ahead", "steps"), [(1, 1), (RECORDS_STEP, 1), (RECORDS_STEP + 1, 2), (3 * RECORDS_STEP, 3)]
)
async def test_those_asked_about_again_are_made_due_step_by_step(house, ahead, steps):
    await house.recorder()(intent())
    await house.database.write(partial(request_rechecks, campaign="test", now=NOW))
    start = Statement("UPDATE rosters SET checks_after = :after")
    await house.write(start, after=1 - ahead)
    for step in range(1, steps + 1):
        assert (await house.record())["check_due_at"] is None
        assert await house.checks.schedule_rechecks(now=NOW), step
    assert (await house.record())["check_due_at"] == iso_utc(NOW)
    assert not await house.checks.schedule_rechecks(now=NOW)


async def test_a_new_round_is_a_new_question_and_takes_back_what_was_not_sent_yet(house):
    await house.register(intent())
    office = OperatorApi(UnavailableError(), UNLISTED, LISTED)
    verifier = house.verifier(office)
    assert await verifier.verify_due(NOW) == 0
    assert await verifier.verify_due(LATER) == 1
    await house.call("test")
    assert await verifier.verify_due(NOW) == 1
    first, again, anew = [applicant.key for applicant in office.asked]
    assert first == again != anew
    said = await house.all(Statement("SELECT key, status FROM outbox ORDER BY id"))
    assert [status for key, status in said if "/verification/" in key] == ["withdrawn", "queued"]


# Bounds and figures.


def test_the_back_off_doubles_up_to_a_minute_and_never_ends():
    waits = [BACKOFF.seconds(attempts, 1.0) for attempts in (1, 2, 3)]
    assert waits == [BACKOFF.first_seconds, 2 * BACKOFF.first_seconds, 4 * BACKOFF.first_seconds]
    assert BACKOFF.seconds(1_000_000, 1.0) == BACKOFF.longest_seconds
    assert BACKOFF.seconds(1_000_000, 0.0) == BACKOFF.longest_seconds / 2


async def test_a_batch_has_a_bound(house):
    for n in range(BATCH_MAX + 1):
        name = "Siti " + "abcdefghij"[n // 10] * 4 + "klmnopqrst"[n % 10] * 4
        phone = Address(AddressKind.PHONE, f"+62812111100{n:02d}")
        await house.register(
            intent(str(n), nik=f"32041157069{n:02d}001", full_name=name, address=phone)
        )
    office = OperatorApi(UNLISTED)
    assert await house.verifier(office).verify_due(NOW) == BATCH_MAX


async def test_the_verifier_runs_until_it_is_stopped(house):
    await house.register(intent())
    verifier = house.verifier(OperatorApi(LISTED))
    running = asyncio.create_task(verifier.run())
    async with asyncio.timeout(10):
        while not house.nudges:
            await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(await Queries(house.database).messages(PHONE, limit=9)) == 1


async def test_the_oldest_check_is_measured(house):
    async def shown():
        await measure_checks(house.checks, house.metrics, now=NOW + timedelta(seconds=90))
        lines = house.metrics.text().decode().splitlines()
        name = "satupintu_verification_oldest_seconds"
        return next(line.split()[1] for line in lines if line.startswith(name))

    assert await shown() == "0.0"
    await house.register(intent())
    assert await shown() == "90.0"
    await house.verify(UNLISTED)
    assert await shown() == "0.0"
    assert (
        'satupintu_verifications_total{result="not_listed"} 1.0' in house.metrics.text().decode()
    )
