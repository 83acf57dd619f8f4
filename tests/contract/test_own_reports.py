"""What people report, whoever they are: each opens a case, and so many a day, in SQL."""

from datetime import timedelta

import pytest

from core.appointments.requests import LookUp
from core.cases import reports
from core.cases.reports import APPEALS_UNVOUCHED_A_DAY_MAX, REPORTS_A_DAY_MAX
from core.cases.requests import Appeal, ReportLostPhone
from core.messages import Address, AddressKind, Channel
from core.registration.intent import OutcomeKind
from core.registration.requests import Register
from tests.contract.test_own_changes import FAR, MAIL, House
from tests.fixtures.clinics import AT, CAMPAIGN, START, person_intent, phone


@pytest.fixture
async def house(database_url):
    opened = House(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def number(house):
    return await house.register(1)


async def test_a_lost_phone_is_the_same_case_for_a_number_that_is_none(house, number):
    def lost(one, key):
        return ReportLostPhone(key, one, CAMPAIGN, phone(2), Channel.SMS, AT)

    known, unknown = await house.twice(lost(number, "a")), await house.twice(lost("none", "b"))
    assert known.number != unknown.number
    assert known.by == unknown.by
    assert house.cases() == [("lost_phone", "open")] * 2
    for n in range(REPORTS_A_DAY_MAX - 2):
        assert (await house.do(lost(f"{n}", f"{n}"))).number
    assert (await house.do(lost("more", "more"))).by is None


async def test_who_lost_a_phone_sees_the_case_by_the_new_one(house, number):
    again = person_intent(1, intent_id="again", message_id="y", address=phone(2))
    outcome = await house.do(Register(again))
    assert (outcome.kind, outcome.proven) == (OutcomeKind.ALREADY_REGISTERED, False)
    await house.do(ReportLostPhone("a", number, CAMPAIGN, phone(2), Channel.SMS, AT))
    report = await house.do(LookUp(phone(2), CAMPAIGN, at=AT))
    assert (report.registrations, report.in_review) == ((), True)


async def test_an_appeal_is_a_case_by_number_and_by_nik_and_for_nobody(house):
    number = await house.register(1, status="not_listed")

    def appeal(key, **named):
        given = {"number": "", "nik": "", "letter": key, "vouched": False, "at": AT} | named
        return Appeal(key=key, campaign=CAMPAIGN, address=MAIL, **given)

    for key, named in (("a", {"number": number}), ("b", {"nik": FAR}), ("c", {"number": "none"})):
        assert (await house.twice(appeal(key, **named))).number
    assert house.cases() == [("not_listed_appeal", "open")] * APPEALS_UNVOUCHED_A_DAY_MAX
    assert (await house.do(appeal("d", number=number))).by is None
    [entry] = (await house.do(LookUp(phone(1), CAMPAIGN, at=AT))).registrations
    assert entry.case
    assert entry.decided_by == (START + timedelta(days=3)).date()


@pytest.mark.parametrize("kind", [AddressKind.WEB, AddressKind.EMAIL])
async def test_addresses_that_cost_nothing_fill_no_queue(house, monkeypatch, kind):
    monkeypatch.setattr(reports, "REPORTS_UNVOUCHED_OF_ALL_MAX", 2)

    async def lost(address):
        request = ReportLostPhone(address.value, "none", CAMPAIGN, address, Channel.WEB, AT)
        return bool((await house.do(request)).number)

    assert [await lost(Address(kind, f"{n}@x.example")) for n in range(3)] == [True, True, False]
    assert await lost(phone(3))
    assert len(house.cases()) == 3


async def test_mailboxes_that_nobody_vouches_for_fill_no_queue_with_appeals(house, monkeypatch):
    monkeypatch.setattr(reports, "APPEALS_UNVOUCHED_OF_ALL_MAX", 2)

    async def appeal(n, *, vouched=False):
        sender = Address(AddressKind.EMAIL, f"{n}@x.example")
        request = Appeal(f"{n}", CAMPAIGN, sender, "none", "", "l", vouched, AT)
        return bool((await house.do(request)).number)

    assert [await appeal(n) for n in range(3)] == [True, True, False]
    assert await appeal(3, vouched=True)
