"""When WhatsApp's window is known to be closed, in SQLite and in PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from core.events import Receipt, ReceiptStatus
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.receipts import STAND_IN, TEMPLATE, Recorded
from core.outbox.store import SqlOutbox
from core.outbox.window import WINDOW, answers_within, is_closed
from core.registration.store import opt, opt_marketing
from tests.scripts import PHONE, START

OTHER = Address(AddressKind.PHONE, "+6281211110002")
INSTANT = timedelta(microseconds=1)
ANSWER = Outgoing(
    key="1",
    channel=Channel.WHATSAPP,
    address=PHONE,
    reply=Reply((Prompt("help"),), "id"),
    created_at=START,
    provider="meta",
)


@pytest.fixture
def closed(database):
    def ask(at, address=PHONE):
        return database.read(partial(is_closed, address=address, at=at))

    return ask


async def test_the_last_answer_tells_when_the_last_message_came(database, closed):
    outbox = SqlOutbox(database)
    assert not await closed(START + 9 * WINDOW)
    await outbox.put(ANSWER)
    assert not await closed(START + WINDOW - INSTANT)
    assert await closed(START + WINDOW)
    assert not await closed(START + WINDOW, OTHER)
    await outbox.put(replace(ANSWER, key="2", created_at=START + timedelta(hours=1)))
    assert not await closed(START + WINDOW)
    assert await closed(START + WINDOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "other",
    [
        {"answers_request": False},
        {"channel": Channel.SMS},
        {"address": OTHER},
    ],
)
async def test_what_answers_no_message_there_opens_no_window(database, closed, other):
    outbox = SqlOutbox(database)
    await outbox.put(ANSWER)
    await outbox.put(replace(ANSWER, key="2", created_at=START + WINDOW, **other))
    assert await closed(START + WINDOW)


def test_an_answer_is_within_the_window_of_its_own_message():
    assert answers_within(ANSWER, START + WINDOW - INSTANT)
    assert not answers_within(ANSWER, START + WINDOW)
    assert not answers_within(replace(ANSWER, answers_request=False), START)


@pytest.mark.parametrize("way", ["", TEMPLATE, STAND_IN])
async def test_a_receipt_finds_the_message_whatever_way_it_went(database, way):
    outbox = SqlOutbox(database)
    await outbox.put(ANSWER)
    [claimed] = await outbox.claim(now=START, lease_seconds=60, limit=1)
    await outbox.sent(claimed.id, provider=f"{way}meta", provider_id="w1", at=START)
    failed = Receipt(provider="meta", provider_id="w1", status=ReceiptStatus.FAILED)
    assert await outbox.receipt(failed, at=START)
    [again] = await outbox.claim(now=START, lease_seconds=60, limit=1)
    assert again.refused_by == (f"{way}meta",)


async def test_a_receipt_without_an_id_tells_by_its_mark_which_way_failed(database):
    outbox = SqlOutbox(database)
    await outbox.put(ANSWER)
    [claimed] = await outbox.claim(now=START, lease_seconds=60, limit=1)
    failed = {"provider": "meta", "provider_id": "w2", "status": ReceiptStatus.FAILED}
    receipt = Receipt(**failed, reference=claimed.id, template=True, channel=Channel.WHATSAPP)
    assert await outbox.receipt(receipt, at=START)
    [again] = await outbox.claim(now=START + WINDOW, lease_seconds=60, limit=1)
    assert again.refused_by == (f"{TEMPLATE}meta",)


async def test_that_a_message_arrived_is_learned_once(database):
    outbox = SqlOutbox(database)
    await outbox.put(ANSWER)
    [claimed] = await outbox.claim(now=START, lease_seconds=60, limit=1)
    await outbox.sent(claimed.id, provider="meta", provider_id="w1", at=START)
    told = [
        await outbox.receipt(Receipt(provider="meta", provider_id=name, status=status), at=START)
        for name, status in (
            ("w1", ReceiptStatus.SENT),
            ("w1", ReceiptStatus.DELIVERED),
            ("w1", ReceiptStatus.DELIVERED),
            ("w1", ReceiptStatus.READ),
            ("w2", ReceiptStatus.READ),
        )
    ]
    noted = Recorded.NOTED
    assert told == [noted, Recorded.ARRIVED, noted, noted, Recorded.UNKNOWN]


# What came, in order: of everything ("all") or of marketing; out or in again. Then what is sent.
WISHES = {
    "marketing alone": ([("marketing", True)], ["1"]),
    "marketing, and back": ([("marketing", True), ("marketing", False)], ["1", "2"]),
    "all, then marketing": ([("all", True), ("marketing", True)], []),
    "all, then back to marketing": ([("all", True), ("marketing", False)], []),
    "marketing, then all": ([("marketing", True), ("all", True)], []),
    "marketing, then all back": ([("marketing", True), ("all", False)], ["1", "2"]),
}


@pytest.mark.parametrize(("wishes", "sent"), WISHES.values(), ids=WISHES)
async def test_who_wants_no_marketing_gets_all_else(database, wishes, sent):
    outbox = SqlOutbox(database)
    note = {"all": opt, "marketing": opt_marketing}
    for place, (what, out) in enumerate(wishes):
        at = START + timedelta(seconds=place)
        await database.write(partial(note[what], address=PHONE, out=out, at=at))
    unasked = replace(ANSWER, answers_request=False, channel=Channel.SMS)
    await outbox.put(unasked)
    await outbox.put(replace(unasked, key="2", channel=Channel.WHATSAPP, bulk=True))
    claimed = await outbox.claim(now=START + WINDOW, lease_seconds=60, limit=9)
    assert [one.message.key for one in claimed] == sent
