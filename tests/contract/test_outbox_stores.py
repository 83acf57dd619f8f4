"""One suite over the outbox in SQLite and in PostgreSQL."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from core.database.statements import Statement
from core.events import Receipt, ReceiptStatus
from core.fields.timezones import local
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import ASIDE_MAX, OTHERS_SECONDS, Outgoing
from core.outbox.store import SqlOutbox, withdraw
from core.registration.store import opt

NOW = datetime(2021, 1, 20, 3, 0, tzinfo=UTC)  # 10:00 WIB, 12:00 WIT
PHONE = Address(AddressKind.PHONE, "+628111000001")
OTHER = Address(AddressKind.PHONE, "+628111000002")
STATE = Statement("SELECT key, status, provider, why, refused_by FROM outbox")


@dataclass
class Store:
    outbox: Any
    database: Any

    async def opt(self, **wish):
        await self.database.write(partial(opt, address=PHONE, **wish))

    async def put(self, *keys, **changes):
        for key in keys:
            await self.outbox.put(message(key, **changes))

    async def claim(self, at=NOW, limit=10, lease_seconds=60):
        return await self.outbox.claim(now=at, lease_seconds=lease_seconds, limit=limit)

    async def keys(self, at=NOW, **more):
        return [claimed.message.key for claimed in await self.claim(at, **more)]

    async def sent(self, key="1", provider="p", provider_id="p1", at=NOW):
        """Put, claim and hand over one message; return its id."""
        await self.put(key)
        [claimed] = await self.claim(at)
        await self.outbox.sent(claimed.id, provider=provider, provider_id=provider_id, at=at)
        return claimed.id

    async def unsure(self, key="1", provider="p", minutes=1):
        """Put and claim one message, with its provider in doubt; return its id."""
        await self.put(key)
        [claimed] = await self.claim()
        await self.doubt(claimed.id, provider, minutes)
        return claimed.id

    async def doubt(self, message_id, provider, minutes=1):
        due_at = NOW + timedelta(minutes=minutes)
        await self.outbox.retry(message_id, due_at=due_at, why="silent", unsure_of=provider)

    def own(self, *accounts):
        self.outbox = SqlOutbox(self.database, accounts=accounts)

    async def withdraw(self, *keys):
        await self.database.write(lambda connection: withdraw(connection, keys))

    async def hear(self, *words, by="p", called="p1", **more):
        """Take in receipts of these statuses; return whether each was for one of ours."""
        receipts = [
            Receipt(provider=by, provider_id=called, status=ReceiptStatus(word), **more)
            for word in words
        ]
        return [bool(await self.outbox.receipt(one, at=NOW)) for one in receipts]

    async def state(self, key="1"):
        """Return status, provider, reason and who refused, of the message with this key."""
        rows = await self.database.read(lambda connection: connection.all(STATE))
        [(_, status, provider, why, refused)] = [row for row in rows if row[0] == key]
        return status, provider, why, [name for name in refused.strip('[]"').split('","') if name]

    async def status(self, key="1"):
        return (await self.state(key))[0]


@pytest.fixture
def store(database):
    return Store(SqlOutbox(database), database)


def message(key="1", **changes):
    values = {
        "key": key,
        "channel": Channel.SMS,
        "address": PHONE,
        "reply": Reply((Prompt("hello", {"name": "Siti"}, ("a", "b")),), "id", page=1, ends=True),
        "created_at": NOW,
        "headers": {"to": "1199"},
    }
    return Outgoing(**{**values, **changes})


def phone(number):
    return Address(AddressKind.PHONE, f"+62{number}")


def later(**time):
    return NOW + timedelta(**time)


def wib(day, hour, minute=0, second=0):
    return datetime(2021, 1, day, hour, minute, second, tzinfo=local(NOW, "WIB").tzinfo)


async def test_a_message_comes_back_as_it_was_put_and_says_since_when_it_is_due(store):
    put = message(
        provider="kannel",
        bulk=True,
        quiet="WIB",
        answers_request=False,
        not_after=later(days=1),
    )
    await store.outbox.put(put)
    [claimed] = await store.claim()
    assert (claimed.message, claimed.attempts) == (replace(put, not_before=NOW), 1)
    assert (claimed.refused_by, claimed.unsure_of, claimed.doubts) == ((), "", 0)


async def test_a_key_put_twice_is_stored_once(store):
    await asyncio.gather(*(store.put("1") for _ in range(5)))
    assert len(await store.claim()) == 1


async def test_a_claimed_message_is_not_claimed_again_before_its_lease_ends(store):
    await store.put("1")
    assert len(await store.claim()) == 1
    assert not await store.claim(later(seconds=59))
    [again] = await store.claim(later(seconds=60))
    assert again.attempts == 2


async def test_claims_at_once_share_no_message(store):
    for number in range(20):
        await store.put(str(number), address=phone(number))

    claims = await asyncio.gather(*(store.claim(limit=7) for _ in range(4)))
    ids = [claimed.id for claim in claims for claimed in claim]
    assert len(ids) == len(set(ids))
    assert all(len(claim) <= 7 for claim in claims)


async def test_messages_are_not_claimed_before_they_are_due(store):
    await store.put("1")
    [claimed] = await store.claim()
    await store.outbox.retry(
        claimed.id, due_at=later(seconds=300), why="busy", refused_by=["a", "b"], unsure_of="c"
    )

    assert not await store.claim(later(seconds=299))
    [again] = await store.claim(later(seconds=300))
    assert (again.refused_by, again.unsure_of) == (("a", "b"), "c")


# The order of one person's messages.


async def test_a_later_message_to_an_address_waits_for_the_earlier(store):
    await store.put("first", "second")
    [first] = await store.claim()
    assert first.message.key == "first"
    await store.outbox.retry(first.id, due_at=later(hours=1), why="busy")
    assert await store.keys(later(minutes=59)) == []
    [first] = await store.claim(later(hours=1))
    await store.outbox.sent(first.id, provider="kannel", provider_id="k1", at=NOW)
    assert await store.keys() == ["second"]


async def test_channels_and_addresses_do_not_wait_for_each_other(store):
    await store.put("1")
    await store.put("2", channel=Channel.WHATSAPP)
    await store.put("3", address=OTHER)
    assert sorted(await store.keys()) == ["1", "2", "3"]


async def test_a_dead_message_is_not_claimed_and_holds_nothing_up(store):
    await store.put("first", "second")
    [first] = await store.claim()
    await store.outbox.dead(first.id, why="unknown number")
    assert await store.keys(later(days=1)) == ["second"]
    assert await store.state("first") == ("dead", None, "unknown number", [])


async def test_a_message_for_later_waits_and_holds_up_nothing_until_then(store):
    await store.put("reminder", not_before=later(days=1))
    await store.put("answer")
    assert await store.keys(lease_seconds=2 * 86_400) == ["answer"]
    assert await store.keys(later(days=1, microseconds=-1)) == []
    assert await store.keys(later(days=1)) == ["reminder"]


async def test_in_bulk_comes_last_and_holds_up_no_answer(store):
    await store.put("bulk", "more bulk", bulk=True)
    await store.put("answer")
    await store.put("answer to another", address=OTHER, created_at=later(seconds=-1))
    assert await store.keys(limit=1) == ["answer to another"]
    assert await store.keys(limit=1) == ["answer"]
    assert await store.keys() == ["bulk"]
    assert await store.keys() == []


async def test_a_reply_holds_up_bulk_messages(store):
    await store.put("answer")
    await store.put("bulk", bulk=True)
    assert await store.keys() == ["answer"]


async def test_a_reply_does_not_wait_for_an_unasked_message(store):
    await store.put("reminder", quiet="WIB")
    [reminder] = await store.claim()
    await store.outbox.retry(reminder.id, due_at=later(hours=1), why="busy")
    await store.put("another reminder", quiet="WIB")
    await store.put("answer")
    assert await store.keys() == ["answer"]


# Quiet hours.


@pytest.mark.parametrize(("zone", "ahead_hours"), [("WIB", 0), ("WITA", 1), ("WIT", 2)])
async def test_quiet_hours_are_from_eight_to_eight(store, zone, ahead_hours):
    ahead = timedelta(hours=ahead_hours)
    last, night = wib(20, 19, 59, 59) - ahead, wib(20, 20) - ahead
    morning = wib(21, 8) - ahead
    for number, at in enumerate([last, night]):
        await store.put(str(number), address=phone(number), quiet=zone, created_at=NOW)
        assert await store.keys(at, lease_seconds=86_400) == (["0"] if at == last else [])

    assert await store.keys(morning - timedelta(seconds=1)) == []
    assert await store.keys(morning) == ["1"]


async def test_a_message_put_at_night_is_due_in_the_morning_and_holds_up_no_reply(store):
    night = wib(20, 23)
    await store.put("news", quiet="WIB", created_at=night)
    await store.put("answer", created_at=night)
    assert await store.keys(night, lease_seconds=86_400) == ["answer"]
    assert await store.keys(wib(21, 7, 59)) == []
    [news] = await store.claim(wib(21, 8))
    assert (news.message.key, news.message.not_before) == ("news", wib(21, 8))


async def test_a_message_put_off_is_young_again_in_the_morning(store):
    await store.put("news", quiet="WIB", created_at=wib(20, 19))
    assert await store.keys(wib(20, 21)) == []
    [news] = await store.claim(wib(21, 8))
    assert (news.message.not_before, news.attempts) == (wib(21, 8), 1)


async def test_one_claim_puts_off_so_many_and_no_more(store):
    for number in range(ASIDE_MAX + 1):
        await store.put(str(number), address=phone(number), quiet="WIB")
    await store.put("other", address=OTHER, created_at=later(seconds=1))
    assert await store.keys(wib(20, 21)) == []
    assert await store.keys(wib(20, 21)) == ["other"]


async def test_an_answer_is_found_behind_more_than_one_claim_puts_off(store):
    for number in range(ASIDE_MAX + 1):
        await store.put(str(number), address=phone(number), quiet="WIB", bulk=True)
    await store.put("answer", created_at=later(seconds=1))
    assert await store.keys(wib(20, 21)) == ["answer"]


# Opt-outs and withdrawal.


async def test_an_opted_out_address_gets_replies_and_nothing_else(store):
    await store.opt(out=True, at=NOW)
    await store.put("news", answers_request=False)
    await store.put("answer")
    assert await store.keys() == ["answer"]
    assert await store.status("news") == "opted_out"


async def test_the_latest_opt_out_or_opt_in_wins(store):
    await store.opt(out=False, at=NOW)
    await store.opt(out=True, at=later(hours=-1))
    await store.put("news", answers_request=False)
    assert len(await store.claim()) == 1


async def test_of_two_opt_outs_at_the_same_time_the_second_counts(store):
    await store.opt(out=False, at=NOW)
    await store.opt(out=True, at=NOW)
    await store.put("news", answers_request=False)
    assert not await store.claim()


async def test_a_withdrawn_message_is_not_sent_and_a_sent_one_stays_sent(store):
    await store.sent("sent")
    await store.put("reminder", not_before=later(days=1))
    await store.withdraw("sent", "reminder", "unknown")
    assert await store.keys(later(days=1)) == []
    assert (await store.status("sent"), await store.status("reminder")) == ("sent", "withdrawn")


async def test_a_withdrawn_message_does_not_come_back(store):
    await store.put("dead")
    [claimed] = await store.claim()
    await store.outbox.dead(claimed.id, why="x")
    await store.sent("sent")
    await store.withdraw("dead", "sent")
    await store.hear("failed")
    assert (await store.status("dead"), await store.status("sent")) == ("withdrawn", "queued")
    [again] = await store.claim()
    assert again.message.not_after <= NOW  # the sender buries it


async def test_a_message_with_an_end_waits_for_no_other(store):
    await store.put("held")
    [held] = await store.claim()
    await store.outbox.retry(held.id, due_at=later(minutes=15), why="busy")
    await store.put("code", not_after=later(minutes=10))
    await store.put("other")
    assert await store.keys(later(minutes=1)) == ["code"]


async def test_an_answer_leaves_by_the_number_that_was_written_to(store):
    """With two gateways, the other one's replies are claimed only after their time."""
    store.own("1199", "1050")
    await store.put("ours")
    await store.put("theirs", headers={"to": "2299"}, address=OTHER)
    await store.put("nobodys", headers={}, address=phone(3))
    await store.put("mail", channel=Channel.EMAIL, headers={"to": "2299"}, address=phone(4))
    assert await store.keys() == ["ours", "nobodys", "mail"]
    assert await store.keys(later(seconds=OTHERS_SECONDS - 1)) == []
    assert await store.keys(later(seconds=OTHERS_SECONDS)) == ["theirs"]


async def test_the_first_try_stays_noted(store):
    await store.put("1")
    for minutes in (5, 10):
        [claimed] = await store.claim(later(minutes=minutes))
        assert claimed.tried_at == later(minutes=5)
        await store.outbox.retry(claimed.id, due_at=later(minutes=10), why="busy")


# Providers' receipts.

RECEIPTS = {
    "sent": "sent",
    "delivered": "delivered",
    "delivered sent": "delivered",
    "delivered read": "read",
    "read delivered": "read",
    "failed": "queued",
    "failed failed": "queued",
    "failed sent": "queued",
    "failed delivered": "delivered",
    "delivered failed": "delivered",
    "read failed": "read",
}


@pytest.mark.parametrize("words", RECEIPTS)
async def test_receipts_move_a_message_only_forward(store, words):
    await store.sent()
    assert all(await store.hear(*words.split()))
    assert await store.status() == RECEIPTS[words]


async def test_receipts_of_unknown_messages_change_nothing(store):
    await store.sent()
    assert await store.hear("failed", called="p2") == [False]
    assert await store.hear("failed", by="q") == [False]
    assert await store.hear("failed", by="q", called="q1", reference="999999") == [False]
    assert await store.status() == "sent"


async def test_a_failed_message_is_due_at_once_but_not_by_the_same_provider(store):
    await store.sent()
    await store.hear("failed", reason="code_1")
    assert await store.state() == ("queued", "p", "code_1", ["p"])
    [again] = await store.claim()
    assert again.refused_by == ("p",)
    await store.outbox.sent(again.id, provider="q", provider_id="q1", at=NOW)
    assert (await store.state())[:2] == ("sent", "q")


async def test_a_former_providers_late_receipts_touch_nothing(store):
    ours = await store.sent()
    await store.hear("failed")
    [again] = await store.claim()
    await store.outbox.sent(again.id, provider="q", provider_id="q1", at=NOW)
    assert await store.hear("failed", "sent", reference=ours) == [True, True]
    assert (await store.state())[:2] == ("sent", "q")
    await store.hear("failed", by="q", called="q1")
    assert (await store.state())[0] == "queued"


async def test_a_final_failure_is_a_dead_letter_with_its_reason(store):
    await store.sent()
    await store.hear("failed", reason="code_2", final=True)
    assert await store.state() == ("dead", "p", "code_2", ["p"])
    assert await store.keys(later(days=1)) == []
    await store.hear("sent")
    assert await store.status() == "dead"
    await store.hear("delivered")
    assert await store.status() == "delivered"


async def test_giving_up_without_a_reason_keeps_the_receipts(store):
    await store.sent()
    await store.hear("failed", reason="code_3")
    [claimed] = await store.claim()
    await store.outbox.dead(claimed.id, why="")
    assert (await store.state())[2] == "code_3"


@pytest.mark.parametrize("word", ["sent", "delivered", "read"])
async def test_a_receipt_with_our_reference_settles_a_doubt(store, word):
    ours = await store.unsure()
    assert await store.hear(word, reference=ours) == [True]
    assert (await store.state())[:2] == (word, "p")
    assert await store.keys(later(days=1)) == []
    assert await store.hear("read", called="p1") == [True]
    assert await store.status() == "read"


@pytest.mark.parametrize("word", ["sent", "delivered", "failed"])
async def test_an_sms_that_stands_in_is_not_taken_for_the_chat(store, word):
    await store.put("1", channel=Channel.WHATSAPP)
    [claimed] = await store.claim()
    refused = {"due_at": NOW, "why": "x", "refused_by": ["p"]}
    await store.outbox.retry(claimed.id, **refused)
    await store.hear("failed", "sent", reference=claimed.id, channel=Channel.WHATSAPP)
    assert await store.status() == "queued"
    [claimed] = await store.claim()
    await store.hear(word, called="s1", reference=claimed.id, channel=Channel.SMS)
    await store.outbox.sent(claimed.id, provider="sms/p", provider_id="s1", at=NOW)
    status, provider, _, refused_by = await store.state()
    if word == "failed":
        assert (status, refused_by) == ("queued", ["p", "sms/p"])
    else:
        assert (status, provider, refused_by) == (word, "sms/p", ["p"])


async def test_a_doubt_that_nothing_settles_ends(store):
    await store.unsure(minutes=1)
    assert await store.keys(later(seconds=59)) == []
    [again] = await store.claim(later(seconds=60))
    assert (again.unsure_of, again.attempts) == ("p", 2)


async def test_doubts_are_counted_and_nothing_else_is(store):
    ours = await store.unsure(minutes=1)
    await store.claim(later(minutes=1))
    await store.doubt(ours, "q", minutes=2)
    await store.claim(later(minutes=2))
    await store.outbox.retry(ours, due_at=later(minutes=3), why="busy")
    [again] = await store.claim(later(minutes=3))
    assert (again.attempts, again.doubts, again.unsure_of) == (4, 2, "")


async def test_a_doubt_is_settled_by_a_failure_at_once(store):
    ours = await store.unsure(minutes=5)
    await store.hear("failed", reference=ours)
    [again] = await store.claim()
    assert again.refused_by == ("p",)


async def test_a_failure_of_the_silent_provider_makes_no_second_delivery(store):
    ours = await store.unsure(minutes=1)
    assert len(await store.claim(later(minutes=1))) == 1  # somebody hands it to another now
    await store.hear("failed", reference=ours)
    assert await store.keys(later(minutes=1)) == []


async def test_a_failure_of_the_silent_provider_leaves_the_next_ones_delivery(store):
    ours = await store.unsure(minutes=1)
    [again] = await store.claim(later(minutes=1))
    await store.outbox.sent(again.id, provider="q", provider_id="q1", at=NOW)
    await store.hear("failed", reference=ours)
    assert (await store.state())[:2] == ("sent", "q")


async def test_a_receipt_that_overtakes_is_not_taken_back(store):
    await store.put("1")
    [claimed] = await store.claim()
    await store.hear("delivered", reference=claimed.id)
    await store.outbox.sent(claimed.id, provider="p", provider_id="p1", at=NOW)
    assert await store.status() == "delivered"


async def test_a_failure_that_overtakes_is_not_taken_back(store):
    await store.put("1")
    [claimed] = await store.claim(lease_seconds=60)
    await store.hear("failed", reference=claimed.id)
    await store.outbox.sent(claimed.id, provider="p", provider_id="p1", at=NOW)
    [again] = await store.claim()
    assert again.refused_by == ("p",)


async def test_a_sent_message_is_not_given_back(store):
    ours = await store.sent()
    await store.outbox.retry(ours, due_at=NOW, why="late")
    await store.outbox.dead(ours, why="late")
    assert (await store.status(), await store.keys(later(days=1))) == ("sent", [])


async def test_a_message_given_up_by_another_may_still_arrive(store):
    await store.put("1")
    [claimed] = await store.claim()
    await store.outbox.dead(claimed.id, why="no answer")
    await store.outbox.sent(claimed.id, provider="p", provider_id="p1", at=NOW)
    assert await store.status() == "sent"


async def test_answers_that_nobody_vouches_for_come_after_others_and_before_bulk(store):
    await store.put("bulk", bulk=True, address=phone(81))
    await store.put("unvouched", unvouched=True, created_at=later(seconds=-9))
    await store.put("vouched")
    at = later(seconds=1)
    found = [await store.keys(at, limit=1) for _ in range(3)]
    assert found == [["vouched"], ["unvouched"], ["bulk"]]


async def test_an_answer_that_nobody_vouches_for_waits_for_those_before_it(store):
    await store.put("vouched")
    await store.put("unvouched", unvouched=True)
    assert await store.keys() == ["vouched"]


async def test_a_claim_takes_so_many_unvouched_ones_and_no_more(store):
    for n in range(5):
        await store.put(f"u{n}", unvouched=True, address=phone(n))
    await store.put("bulk", bulk=True, address=phone(81))
    found = await store.outbox.claim(now=NOW, lease_seconds=60, limit=4, unvouched=2)
    assert [one.message.key for one in found] == ["u0", "u1", "bulk"]
    found = await store.outbox.claim(now=NOW, lease_seconds=60, limit=4, unvouched=0)
    assert not found
