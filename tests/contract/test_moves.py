"""A number that changed at WhatsApp, and the registrations of the old one: SQLite, PostgreSQL."""

import json
from functools import partial

import pytest

from core.cases.requests import Correct
from core.events import Moved
from core.messages import Address, AddressKind, Channel
from core.registration.moves import TOLD_MAX, tell_moved
from core.registration.requests import CheckCode, Opt, SendCode
from tests.fixtures.changes import Desk
from tests.fixtures.clinics import AT, CAMPAIGN, LIMITS, START, phone
from tests.fixtures.effects import make_effects

HIDDEN = Address(AddressKind.WHATSAPP, "ID.1349")
NEW = phone(2)


class House(Desk):
    """The effects of one database, and what it owes to whom."""

    async def do(self, effect):
        return await make_effects(self.database, limits=LIMITS).run(effect)

    async def move(self, *old, to=NEW, name="wamid.1", campaign=CAMPAIGN):
        moved = Moved(
            channel=Channel.WHATSAPP,
            provider="meta",
            message_id=name,
            received_at=START,
            old=old or (phone(1),),
            new=to,
        )
        told = partial(tell_moved, moved=moved, campaign=campaign, countries=frozenset({"ID"}))
        await self.database.write(told)
        return self.told()

    def told(self):
        rows = self.run("SELECT channel, value, status, reply FROM outbox ORDER BY id")
        return [tuple(row[:3]) for row in rows if "number_moved" in row[3]]

    def said(self, key):
        rows = self.run("SELECT reply FROM outbox ORDER BY id")
        replies = [json.loads(reply) for (reply,) in rows]
        return [prompt[1] for reply in replies for prompt in reply[0] if prompt[0] == key]


@pytest.fixture
async def house(database_url):
    opened = House(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def number(house):
    return await house.register(1)


@pytest.mark.parametrize("new", [NEW, HIDDEN], ids=["number", "id"])
async def test_the_new_address_is_told_once_which_registration_to_take_along(house, number, new):
    once = [("whatsapp", new.value, "queued")]
    assert await house.move(to=new) == await house.move(to=new) == once
    assert house.said("number_moved") == [{"number": number}]
    assert house.addresses(number) == {phone(1).conversation: True}  # nothing is linked by that
    assert house.one(number, "phone") == phone(1).value


async def test_a_code_to_the_old_phone_then_takes_it_along(house, number):
    await house.move()
    ask = SendCode("ask", number, CAMPAIGN, NEW, "id", AT)
    await house.do(ask)
    [(told,)] = house.run("SELECT value FROM outbox WHERE key = 'ask/code'")
    assert told == phone(1).value
    [code] = [args["code"] for args in house.said("code_sms")]
    check = CheckCode(number, CAMPAIGN, NEW, Channel.WHATSAPP, code, "check", AT)
    assert (await house.do(check)).verdict == "right"
    assert house.addresses(number) == dict.fromkeys(
        [phone(1).conversation, NEW.conversation], True
    )
    assert len(await house.move(name="wamid.2")) == 1  # it has arrived: no second word
    place = (number, CAMPAIGN, NEW, Channel.WHATSAPP)
    moved = await house.do(Correct("move", *place, "phone", NEW.value, AT, proven=True))
    assert (moved.verdict, house.one(number, "phone")) == ("changed", NEW.value)
    assert house.addresses(number) == {NEW.conversation: True}


async def test_whoever_is_not_proven_opted_out_or_gone_is_not_told(house, number):
    assert await house.move(phone(9)) == []
    assert await house.move(campaign="another") == []
    assert await house.move(to=None) == []
    house.run("UPDATE addresses SET verified = 0")
    assert await house.move() == []
    house.run("UPDATE addresses SET verified = 1")
    house.run("UPDATE records SET standing = 'withdrawn'")
    assert await house.move() == []
    house.run("UPDATE records SET standing = 'held'")
    await house.do(Opt(phone(1), out=True, at=AT))
    assert await house.move() == []


async def test_who_is_known_by_number_and_id_is_told_once(house, number):
    house.run(
        """
        INSERT INTO addresses (record_id, kind, value, verified, channels, linked_at)
        SELECT id, 'whatsapp', 'ID.1', 1, '["whatsapp"]', '2021-01-01' FROM records
        """
    )
    old = Address(AddressKind.WHATSAPP, "ID.1")
    assert len(await house.move(phone(1), old)) == 1


async def test_of_many_who_share_a_number_the_oldest_are_told(house):
    numbers = [
        await house.register(n, address=phone(1), phone=None) for n in range(1, TOLD_MAX + 2)
    ]
    assert len(await house.move(to=HIDDEN)) == TOLD_MAX
    assert [one["number"] for one in house.said("number_moved")] == numbers[:TOLD_MAX]
