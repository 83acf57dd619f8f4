"""Whatever anybody does in a day, nobody is sent more SMS than the bounds say, nor abroad."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random

import pytest

from core.campaign import Limits
from core.database.database import open_database
from core.database.statements import Statement
from core.messages import Address, AddressKind, Channel
from core.operators.queries import Queries
from core.outbox.sms_bounds import CODES_A_DAY_MAX, CODES_AN_HOUR_MAX, UNASKED_MAX
from core.registration.checks import SqlChecks
from core.registration.number import NUMBER_BITS, make_number
from core.registration.requests import Register, SendCode
from core.roster.lookup import request_rechecks
from tests.fixtures.effects import make_effects
from tests.unit.core.registration.test_identity import intent

EVENTS = 1_000
CAMPAIGN = "c"
NOON = datetime(2021, 1, 20, 5, 0, tzinfo=UTC)  # nobody is left alone at that hour
DAY_SECONDS = 86_400
VICTIM, ABROAD, FRIEND = "+6281211110001", "+252615000777", "+60123456789"
PHONES = (*[VICTIM] * 4, "+6281211110002", ABROAD, "+53512345678", FRIEND)
SENT = Statement("""
    SELECT key, value, not_before
    FROM outbox
    WHERE channel = 'sms'
        AND status <> 'withheld'
""")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def mailbox(n):
    return Address(AddressKind.EMAIL, f"box{n}@evil.example")


def phone(n):
    return Address(AddressKind.PHONE, f"+62856{n:08d}")


class World:
    """A gateway, and all who write to it."""

    def __init__(self, url, random):
        self.random, self.numbers, self.keys = random, [], iter(range(10**6))
        self.database = open_database(url)
        countries = frozenset({"ID", "MY"})
        self.effects = make_effects(
            self.database,
            limits=Limits(max_per_mailbox=EVENTS),
            countries=countries,
            asks_registry=True,
            draw_below=random.randrange,
        )
        self.checks = SqlChecks(self.database, countries=countries)

    async def letter(self, at, phone=None):
        n, random = next(self.keys), self.random
        born = date(1960, 1, 1) + timedelta(random.randrange(15_000))
        made = intent(
            intent_id=f"letter-{n}",
            campaign=CAMPAIGN,
            channel=Channel.EMAIL,
            address=mailbox(random.randrange(30)),
            nik=f"{random.randrange(110_101, 949_999)}{born:%d%m%y}{n % 9_999 + 1:04d}",
            full_name=f"Siti {LETTERS[n % 26]}{LETTERS[n // 26 % 26]}nah",
            birth_date=born,
            phone=phone or random.choice(PHONES),
            received_at=at,
        )
        if (number := (await self.effects.run(Register(made))).number) is not None:
            self.numbers.append(number)

    async def ask(self, at, asker=None):
        random = self.random
        number = random.choice([*self.numbers[-40:], make_number(random.getrandbits(NUMBER_BITS))])
        by_mail = random.random() < 0.7
        asker = asker or (mailbox if by_mail else phone)(random.randrange(60))
        seconds = int(at.timestamp())
        request = SendCode(f"ask-{next(self.keys)}", number, CAMPAIGN, asker, "id", seconds)
        for _ in range(random.choice((1, 1, 2))):  # it may be delivered twice
            await self.effects.run(request)

    async def roster(self, at):
        """The ministry reads its roster again: everybody is checked, and told."""
        await self.database.write(partial(request_rechecks, campaign=CAMPAIGN, now=at))
        while await self.checks.schedule_rechecks(now=at):
            pass
        verdict = self.random.choice(("not_listed", "verified", "in_review"))
        while found := await self.checks.claim(now=at, lease_seconds=60, limit=100):
            for check in found:
                await self.checks.settle(check, verdict, "F1", at=at)

    async def sent(self):
        """Return what is to be sent by SMS: key, phone, when."""
        return await self.database.read(lambda connection: connection.all(SENT))


@pytest.fixture
async def world(database_url):
    opened = World(database_url, Random(7))
    yield opened
    await opened.database.close()


async def test_a_thousand_events_send_nobody_more_than_the_bounds_and_nothing_abroad(world):
    for n in range(EVENTS):
        at = NOON + timedelta(seconds=n * DAY_SECONDS // EVENTS)
        if n % 250 == 249:
            await world.roster(at)
        elif n % 3 == 0:
            await world.letter(at)
        else:
            await world.ask(at)
    sent = await world.sent()
    codes = Counter(value for key, value, _ in sent if key.endswith("/code"))
    unasked = defaultdict(Counter)
    for key, value, due in sent:
        unasked[due[:10]][value] += not key.endswith("/code")
    assert {*codes, *(value for day in unasked.values() for value in day)} <= {
        VICTIM,
        "+6281211110002",
        FRIEND,
    }
    assert max(codes.values()) == CODES_A_DAY_MAX["stranger"]  # none of them is known there
    assert max(max(day.values()) for day in unasked.values()) == UNASKED_MAX
    since = NOON - timedelta(days=1)
    assert await Queries(world.database).withheld(since=since) > len(world.numbers)


async def test_a_flood_in_a_minute_leaves_the_phone_its_own_codes(world):
    for n in range(60):
        await world.letter(NOON + timedelta(seconds=n), phone=VICTIM)
        await world.ask(NOON + timedelta(seconds=n))
    owner = Address(AddressKind.PHONE, VICTIM)
    for _ in range(5):
        await world.ask(NOON + timedelta(seconds=60), asker=owner)
    sent = [key for key, _value, _due in await world.sent()]
    assert len([key for key in sent if key.endswith("/code")]) == CODES_AN_HOUR_MAX["known"]
    assert len(sent) == CODES_AN_HOUR_MAX["known"] + UNASKED_MAX  # and who wrote the letters


async def own_record(world):
    """Register a person by their own phone; return how a code for their record is asked for."""
    owner = Address(AddressKind.PHONE, VICTIM)
    made = intent(campaign=CAMPAIGN, address=owner, phone=VICTIM, received_at=NOON)
    number = (await world.effects.run(Register(made))).number

    async def ask(at, asker=owner, key=None):
        key = key or f"own-{next(world.keys)}"
        request = SendCode(key, number, CAMPAIGN, asker, "id", int(at.timestamp()))
        return await world.effects.run(request)

    return ask


async def test_who_waits_as_long_as_they_were_told_gets_a_code(world):
    ask = await own_record(world)
    for n in range(CODES_AN_HOUR_MAX["known"] - 1):
        assert not (await ask(NOON, asker=phone(n))).too_many
    assert not (await ask(NOON)).too_many
    told = {(await ask(NOON + timedelta(minutes=n))).again_at for n in range(1, 9)}
    assert told == {int(NOON.timestamp()) + 3_600}  # the hour's, however often they ask meanwhile
    assert not (await ask(NOON + timedelta(hours=1))).too_many


async def test_a_code_that_was_withheld_is_not_told_as_sent_when_it_is_redone(world):
    ask = await own_record(world)
    for n in range(CODES_AN_HOUR_MAX["known"] - 1):
        await ask(NOON, asker=phone(n))
    await ask(NOON)
    first = await ask(NOON, key="cut off")
    assert first.too_many
    assert await ask(NOON, key="cut off") == first
