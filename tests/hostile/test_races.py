"""People who write at one instant, to two gateways on one database: every bound holds."""

import asyncio
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import cycle

import pytest

from core.appointments.requests import Booked
from core.database.database import open_database
from core.database.statements import Statement
from core.handovers.requests import ShowCode, TakeForm
from core.messages import Address, AddressKind, Channel
from core.operators.queries import Queries
from core.outbox.sms_bounds import CODES_AN_HOUR_MAX, DAY_SECONDS
from core.outbox.store import SqlOutbox
from core.registration.bounds import CLAIMED_ADDRESSES_MAX
from core.registration.otp_rules import CODES_PER_NUMBER_MAX
from core.registration.requests import CheckCode, Register, SendCode
from tests.fixtures.clinics import (
    AT,
    CAMPAIGN,
    LIMITS,
    SOREANG,
    START,
    SqlClinics,
    book,
    nik,
    person_intent,
    phone,
    wib,
)
from tests.fixtures.effects import make_effects

ROUNDS = 20
GATEWAYS = 2
LATER = START + timedelta(days=30)


class House:
    """Two gateways."""

    def __init__(self, url):
        self.databases = [open_database(url) for _ in range(GATEWAYS)]
        self.queries = Queries(self.databases[0])
        options = {"limits": LIMITS, "draw_below": secrets.randbelow}
        self.effects = cycle([make_effects(one, **options) for one in self.databases])

    async def at_once(self, effects):
        """Carry out all of them from one instant on, each in a thread of its own."""
        barrier = threading.Barrier(len(effects))
        with ThreadPoolExecutor(len(effects)) as pool:
            running = [
                pool.submit(asyncio.run, _at(barrier, partial(next(self.effects).run, effect)))
                for effect in effects
            ]
            return await asyncio.to_thread(lambda: [one.result() for one in running])

    async def register_at_once(self, intents):
        return await self.at_once([Register(one) for one in intents])

    async def codes(self):
        """Take what is queued; return the codes in it."""
        outbox = SqlOutbox(self.databases[0])
        claimed = []
        while some := await outbox.claim(now=LATER, lease_seconds=60, limit=50):
            claimed += some
            for one in some:
                await outbox.sent(one.id, provider="x", provider_id=one.id, at=LATER)
        said = [one.message.reply.prompts[0] for one in claimed]
        return [prompt.args["code"] for prompt in said if prompt.key == "code_sms"]


async def _at(barrier, effect):
    await asyncio.to_thread(barrier.wait, 10)
    return await effect()


@pytest.fixture
async def house(database_url):
    opened = House(database_url)
    yield opened
    for one in opened.databases:
        await one.close()


SLIPS = {  # what is still found by each of the ways in which look-alikes are looked up
    "head": lambda this: this[:-1] + "1",
    "tail": lambda this: this[:5] + "2" + this[6:],
    "jumble": lambda this: this[:5] + this[-1] + this[6:-1] + this[5],
    "sex": lambda this: this[:6] + "1" + this[7:],
    "phone": lambda this: this[:7] + "8" + this[8:],
}


@pytest.mark.parametrize("kind", SLIPS)
async def test_look_alikes_at_one_instant_are_not_both_registered(house, kind):
    for n in range(0, 10 * ROUNDS, 10):
        slip = SLIPS[kind](nik(n))
        other = phone(n if kind == "phone" else n + 1)
        first = person_intent(n)
        changes = {"intent_id": f"slip{n}", "nik": slip, "address": other, "phone": other.value}
        born = {"birth_date": first.birth_date + timedelta(kind == "phone")}
        told = await house.register_at_once([first, first.model_copy(update=changes | born)])
        assert sorted(one.kind.value for one in told) == ["in_review", "registered"]


PROVE = Statement("UPDATE addresses SET verified = 1")


async def test_one_person_from_many_phones_is_one_record_with_its_bound_of_addresses(house):
    many = 2 * LIMITS.addresses_per_record_max
    for n in range(ROUNDS):
        here = [
            {"intent_id": f"{n}/{one}", "address": phone(many * n + one)} for one in range(many)
        ]
        told = await house.register_at_once(
            [person_intent(n).model_copy(update=one) for one in here]
        )
        assert [one.kind.value for one in told].count("registered") == 1
        [record] = await house.queries.search(nik=nik(n), limit=2)
        assert {one.number for one in told} == {record.number}
        assert len(record.addresses) == 1 + CLAIMED_ADDRESSES_MAX


async def test_codes_typed_at_once_leave_a_record_its_bound_of_addresses(house):
    effects = next(house.effects)
    room = LIMITS.addresses_per_record_max
    for n in range(ROUNDS):
        number = (await effects.run(Register(person_intent(n)))).number
        for other in range(1, room - 1):
            intent = {"intent_id": f"{n}/{other}", "address": phone(1_000 * (n + 1) + other)}
            await effects.run(Register(person_intent(n).model_copy(update=intent)))
            await effects.database.write(lambda use: use.run(PROVE))
        askers = [phone(1_000 * n + 500 + other) for other in range(4)]
        for asker in askers:
            at = AT + n * DAY_SECONDS
            await effects.run(SendCode(f"{n}/{asker.value}", number, CAMPAIGN, asker, "id", at))
        codes = await house.codes()
        typed = [
            CheckCode(number, CAMPAIGN, asker, Channel.SMS, code, f"{n}/{code}/{asker.value}", at)
            for asker, code in zip(askers, codes, strict=True)
        ]
        told = await house.at_once(typed)
        assert [one.verdict for one in told] == ["right"] * len(askers)
        record = await house.queries.get(number)
        assert len(record.addresses) == room


async def test_codes_asked_for_at_once_are_no_more_than_their_bounds(house):
    for n in range(ROUNDS):
        number = (await next(house.effects).run(Register(person_intent(n)))).number
        wishes = [
            SendCode(f"{n}/{other}", number, CAMPAIGN, phone(10_000 + 30 * n + other), "id", AT)
            for other in range(30)
        ]
        told = await house.at_once(wishes)
        assert [one.too_many for one in told].count(False) == CODES_PER_NUMBER_MAX
        assert len(await house.codes()) == CODES_AN_HOUR_MAX["stranger"]


async def test_two_bookings_of_one_person_at_once_are_one_appointment(house, database_url):
    clinics = SqlClinics(database_url)
    for n in range(ROUNDS):
        number = await clinics.register(n)
        slots = [await clinics.open(SOREANG, wib(22, 8, n), capacity=9) for _ in range(2)]
        wishes = [book(number, slot, f"{n}/{key}") for key, slot in enumerate(slots)]
        told = await house.at_once(wishes)
        assert [isinstance(one, Booked) for one in told].count(True) == 1
        assert await clinics.live() == n + 1
    await clinics.close()


async def test_two_phones_that_take_one_form_at_one_instant_do_not_both_get_it(house):
    for n in range(ROUNDS):
        browser = Address(AddressKind.WEB, f"{n:022}")
        show = ShowCode(browser, f"show{n}", at=AT, answers={"nik": nik(n)})
        shown = await next(house.effects).run(show)
        taking = {"channel": Channel.SMS, "provider": "test", "at": show.at, "code": shown.code}
        take = [
            TakeForm(phone(one), message_id=f"{one}", intent_id=f"{one}", key=f"{one}", **taking)
            for one in (2 * n, 2 * n + 1)
        ]
        taken = await house.at_once(take)
        assert sorted(one.gone for one in taken) == [False, True]
