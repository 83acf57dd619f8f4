"""A person whom a letter names is told so by one SMS, and answers it: SQLite, PostgreSQL."""

from datetime import timedelta

import pytest

from core.database.statements import Statement
from core.messages import LIST, Address, AddressKind, Channel, Voucher
from core.operators.queries import Queries
from core.outbox.sms_bounds import UNASKED_MAX
from core.registration.bounds import notice_bounds
from core.registration.intent import OutcomeKind
from core.registration.notice_answers import OPEN_DAYS
from core.registration.requests import AnswerNotice, CheckCode, NoticeAnswered, SendCode
from tests.contract.test_standing import AT, HER_NAME, HERS, HIS, HIS_NAME, MAIL, RECORDS, Desk

NOTICES = Statement("""
    SELECT value, status, reply
    FROM outbox
    WHERE key LIKE '%/notice'
    ORDER BY id
""")


class Notices(Desk):
    async def answer(self, address=HERS, *, mine, key="k1", after=timedelta(hours=1)):
        at = int((AT + after).timestamp())
        request = AnswerNotice(address, Channel.SMS, "c", mine, key, at)
        return await self.effects.run(request)

    async def write(self, name=HER_NAME, **changes):
        return await self.send(MAIL, name, phone=HERS.value, **changes)

    async def notices(self):
        return [(value, status) for value, status, _ in await self.all(NOTICES)]


@pytest.fixture
def desk(database):
    return Notices(database)


async def test_the_phone_that_a_letter_names_is_told_by_whom(desk):
    await desk.write()
    [(value, status, reply)] = await desk.all(NOTICES)
    assert (value, status) == (HERS.value, "queued")
    assert HER_NAME in reply
    assert "a***@mail.example" in reply
    assert MAIL.value not in reply


@pytest.mark.parametrize(
    "changes",
    [{"voucher": Voucher.MAILBOX}, {"voucher": Voucher.NOBODY}],
    ids=["authentic", "nobody's"],
)
async def test_also_where_the_record_is_held(desk, changes):
    await desk.list(HER_NAME)
    assert (await desk.write(**changes)).kind is OutcomeKind.REGISTERED
    assert await desk.notices() == [(HERS.value, "queued")]


async def test_nobody_else_is_told(desk):
    await desk.send(HERS, HER_NAME)  # by her own phone
    await desk.write()  # the record is held, and none is made
    assert await desk.notices() == []


async def test_a_phone_is_told_so_many_times_a_day(desk):
    for _ in range(UNASKED_MAX + 1):
        await desk.write(HIS_NAME)
    assert await desk.notices() == [
        *[(HERS.value, "queued")] * UNASKED_MAX,
        (HERS.value, "withheld"),
    ]


async def test_so_many_notices_of_letters_go_out_in_a_day(desk, monkeypatch):
    """Of all that nobody vouches for; an authentic mailbox is bounded by its NIKs."""
    monkeypatch.setattr(
        "core.registration.store.notice_bounds",
        lambda one, limits: tuple(bound._replace(most=1) for bound in notice_bounds(one, limits)),
    )
    await desk.write()
    await desk.send(MAIL, HIS_NAME, phone="+6281211119999")
    await desk.send(MAIL, HIS_NAME, phone="+6281211118888", voucher=Voucher.MAILBOX)
    assert [status for _, status in await desk.notices()] == ["queued", "withheld", "queued"]


async def test_yes_makes_the_record_hers(desk):
    claimed = await desk.write()
    told = await desk.answer(mine=True)
    assert told == NoticeAnswered(number=claimed.number)
    assert await desk.all(RECORDS) == [(claimed.number, HER_NAME, HERS.value, "held", "received")]
    assert [one.number for one in await desk.status(HERS)] == [claimed.number]


async def test_not_me_takes_the_phone_off_and_opens_a_case(desk):
    claimed = await desk.write(HIS_NAME)
    at = int(AT.timestamp())
    await desk.effects.run(SendCode("ask", claimed.number, "c", HERS, "id", at))
    [(code,)] = await desk.all(Statement("SELECT code FROM proofs"))
    assert await desk.answer(mine=False) == NoticeAnswered()
    assert await desk.all(RECORDS) == [(claimed.number, HIS_NAME, None, "contested", "in_review")]
    check = CheckCode(claimed.number, "c", HERS, Channel.SMS, code, "check", at)
    assert (await desk.effects.run(check)).verdict == "expired"
    assert (await desk.send(HERS, HER_NAME)).kind is OutcomeKind.REGISTERED  # the NIK is free


async def test_not_me_leaves_a_held_record_as_it_is_and_opens_a_case(desk):
    """Anybody may have named that phone, and its owner may be anybody."""
    await desk.list(HER_NAME)
    held = await desk.write()
    assert await desk.answer(mine=False) == NoticeAnswered()
    assert await desk.all(RECORDS) == [(held.number, HER_NAME, None, "held", held.status)]
    reviews = await Queries(desk.effects.database).reviews(limit=9)
    assert [(one.number, one.reason) for one in reviews] == [(held.number, "phone_denied")]


@pytest.mark.parametrize("mine", [True, False])
async def test_the_same_answer_again_answers_no_other_notice(desk, mine):
    await desk.write(HIS_NAME)
    await desk.write(HER_NAME)
    first = await desk.answer(mine=mine)
    before = await desk.all(RECORDS), await desk.counts()
    assert await desk.answer(mine=mine) == first
    assert (await desk.all(RECORDS), await desk.counts()) == before


async def test_the_newest_notice_is_answered_and_then_the_one_before(desk):
    older, newer = await desk.write(HIS_NAME), await desk.write(HER_NAME)
    await desk.answer(mine=False, key="k1")
    phones = {number: phone for number, _, phone, _, _ in await desk.all(RECORDS)}
    assert phones == {older.number: HERS.value, newer.number: None}
    await desk.answer(mine=False, key="k2")
    assert {phone for _, _, phone, _, _ in await desk.all(RECORDS)} == {None}
    assert await desk.answer(mine=False, key="k3") is None


@pytest.mark.parametrize(("days", "open_"), [(OPEN_DAYS - 1, True), (OPEN_DAYS, False)])
async def test_a_notice_is_open_for_so_many_days(desk, days, open_):
    await desk.write()
    told = await desk.answer(mine=True, after=timedelta(days=days, hours=1))
    assert (told is not None) == open_


async def test_no_other_phone_answers_it(desk):
    await desk.write()
    assert await desk.answer(HIS, mine=True) is None
    assert [standing for _, standing in await desk.standings()] == ["claimed"]


async def test_a_withheld_notice_was_never_read(desk):
    await desk.write()
    hold = Statement("UPDATE outbox SET status = 'withheld'")
    await desk.database.write(lambda use: use.run(hold))
    assert await desk.answer(mine=True) is None


async def test_a_record_that_has_yielded_is_nobodys_to_answer_for(desk):
    await desk.write(HIS_NAME)
    await desk.send(HIS, HER_NAME)
    assert await desk.answer(mine=True) is None


async def test_yes_to_a_contested_record_takes_nothing_from_who_holds_the_nik(desk):
    hers = Address(AddressKind.PHONE, "+6281299990009")
    await desk.send(hers, HER_NAME)
    await desk.write(HIS_NAME)
    assert await desk.answer(mine=True) is not None
    assert await desk.standings() == [(HER_NAME, "held"), (HIS_NAME, "contested")]


async def test_the_phone_that_a_list_on_the_web_names_is_told_and_answers(desk):
    browser = Address(AddressKind.WEB, "browser")
    listed = {"channel": Channel.WEB, "provider": LIST, "voucher": Voucher.NOBODY}
    await desk.send(browser, HER_NAME, phone=HERS.value, **listed)
    [(value, status, reply)] = await desk.all(NOTICES)
    assert (value, status) == (HERS.value, "queued")
    assert "notice_list" in reply
    assert HER_NAME in reply
    assert isinstance(await desk.answer(mine=True), NoticeAnswered)


async def test_a_form_on_the_web_tells_no_phone(desk):
    browser = Address(AddressKind.WEB, "browser")
    form = {"channel": Channel.WEB, "provider": "form", "voucher": Voucher.NOBODY}
    await desk.send(browser, HER_NAME, phone=HERS.value, **form)
    assert await desk.notices() == []
