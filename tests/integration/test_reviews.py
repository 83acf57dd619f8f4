"""What waits for an operator, on both databases: every intent and record that is in review."""

from datetime import date, timedelta

import pytest

from core.database.statements import Statement
from core.messages import Address, AddressKind
from core.operators.queries import Queries
from core.registration.notice_answers import NOT_MINE
from core.registration.statements import ADD_HISTORY
from tests.contract.test_record_stores import ADD_LISTED, NIK, NOW, intent
from tests.fixtures.effects import recorder

OTHER = Address(AddressKind.PHONE, "+6281299990009")
HOLD = Statement("UPDATE records SET status = 'in_review' WHERE number = :number")
MOVE = Statement("UPDATE records SET nik = '1' WHERE number = :number")
SLIP = NIK[:-2] + NIK[-1] + NIK[-2]


@pytest.fixture
def register(database):
    record = recorder(database)
    count = iter(range(1, 1_000))

    async def register(**changes):
        n = next(count)
        at = NOW + timedelta(seconds=n)
        return await record(intent(str(n), received_at=at, consent_at=at, **changes))

    return register


async def put_in_review(database, number):
    await database.write(lambda connection: connection.run(HOLD, number=number))


async def listed(database, limit=10):
    found = await Queries(database).reviews(limit=limit)
    return [(one.reason, one.number, one.record_number) for one in found]


async def test_a_record_with_a_name_unlike_the_rosters_is_listed(database, register):
    row = {"campaign": "test", "nik": NIK, "full_name": "Siti Aminah", "facility_code": ""}
    await database.write(lambda connection: connection.run(ADD_LISTED, **row))
    number = (await register(full_name="Zulkifli")).number
    [one] = await Queries(database).reviews(limit=10)
    assert (one.reason, one.number) == ("name_differs_from_roster", number)
    assert (one.record_number, one.intent.full_name) == (number, "Zulkifli")


async def test_as_many_records_are_listed_as_are_counted(database, register):
    for n in range(3):
        number = (await register(nik=f"{NIK[:12]}{n + 5:02}00", full_name=f"A{'b' * n}")).number
        await put_in_review(database, number)
    stats = await Queries(database).stats()
    assert stats["status"] == {"in_review": 3}
    assert len(await listed(database)) == 3


async def test_another_name_for_a_nik_says_whose_record_it_is(database, register):
    number = (await register()).number
    assert (await register(full_name="Budi Santoso", address=OTHER)).number is None
    assert await listed(database) == [("name_differs_from_record", number, number)]


async def test_a_likely_duplicate_says_of_whose_record(database, register):
    await register(nik=f"{NIK[:-4]}0900", full_name="Ani Lestari")
    number = (await register()).number
    await register(nik=SLIP)
    assert await listed(database) == [("likely_duplicate", None, number)]


async def test_a_likely_duplicate_by_its_phone_says_of_whose_record(database, register):
    number = (await register()).number
    born = date(1995, 6, 17)
    await register(nik=f"{NIK[:10]}950001", birth_date=born, full_name="Siti Amina")
    assert await listed(database) == [("likely_duplicate", None, number)]


async def test_a_duplicate_of_nothing_that_is_left_is_listed_all_the_same(database, register):
    number = (await register()).number
    await register(nik=SLIP)
    await database.write(lambda connection: connection.run(MOVE, number=number))
    assert await listed(database) == [("likely_duplicate", None, None)]


async def test_the_newest_come_first_of_both_kinds_and_no_more_than_asked(database, register):
    first = (await register()).number
    await register(full_name="Budi Santoso", address=OTHER)
    await put_in_review(database, first)
    third = (await register(nik=f"{NIK[:-4]}0900", full_name="Ani Lestari")).number
    await put_in_review(database, third)
    expected = [
        ("name_differs_from_roster", third, third),
        ("name_differs_from_record", first, first),
        ("name_differs_from_roster", first, first),
    ]
    assert await listed(database) == expected
    assert await listed(database, limit=2) == expected[:2]


async def test_a_record_in_review_whose_phone_was_denied_waits_for_both(database, register):
    number = (await register()).number
    await put_in_review(database, number)
    denied = {"record_id": 1, "intent_id": "k", "field": "notice", "old": None, "new": NOT_MINE}
    await database.write(lambda use: use.run(ADD_HISTORY, **denied, at="2021-01-20"))
    assert sorted(await listed(database)) == [
        ("name_differs_from_roster", number, number),
        ("phone_denied", number, number),
    ]


async def test_a_record_that_has_yielded_is_listed(database, register):
    mailbox = Address(AddressKind.EMAIL, "anybody@mail.example")
    claimed = (await register(address=mailbox, full_name="Zulkifli")).number
    await register()
    assert await listed(database) == [("superseded", claimed, claimed)]
