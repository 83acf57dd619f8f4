"""One suite over the stores of codes: SQLite, PostgreSQL."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from core.campaign import Limits
from core.database.statements import Statement
from core.messages import Address, AddressKind, Channel
from core.operators.queries import Queries
from core.outbox.rate_limits import forget
from core.outbox.sms_bounds import CODES_A_DAY_MAX, CODES_AN_HOUR_MAX, DAY_SECONDS, HOUR_SECONDS
from core.outbox.store import SqlOutbox
from core.registration.intent import RegistrationIntent
from core.registration.otp_rules import (
    CODE_SECONDS,
    CODES,
    CODES_PER_ADDRESS_MAX,
    CODES_PER_CLAIM_MAX,
    CODES_PER_NUMBER_BY_MAIL_MAX,
    CODES_PER_NUMBER_MAX,
    TRIES_MAX,
    Proof,
)
from core.registration.requests import CheckCode, Register, SendCode
from tests.fixtures.effects import make_effects

PROOFS = Statement("SELECT key FROM proofs")
TALLIES = Statement("SELECT subject FROM tallies")
NOW = 1_611_133_200
LIMITS = Limits(addresses_per_record_max=3)
ON_FILE = "+628111000001"
HOME = Address(AddressKind.PHONE, ON_FILE)
ASKER = Address(AddressKind.WHATSAPP, "ID.1")
OTHER = Address(AddressKind.PHONE, "+628111000009")
MAIL = Address(AddressKind.EMAIL, "siti@klinik.example")
NOBODYS = "7K3M-9QXC"
_keys = count()


@dataclass
class Stores:
    effects: Any
    outbox: Any
    queries: Any

    async def register(
        self, phone=ON_FILE, nik="3204115706960001", address=HOME, name="Siti Aminah"
    ):
        intent = RegistrationIntent(
            intent_id=f"intent-{next(_keys)}",
            campaign="test",
            channel=Channel.SMS,
            provider="kannel",
            address=address,
            message_id="1",
            received_at=datetime.fromtimestamp(NOW, UTC),
            nik=nik,
            full_name=name,
            birth_date=date(1996, 6, 17),
            sex="female",
            profession="perawat",
            phone=phone,
            language="id",
            consent_at=datetime.fromtimestamp(NOW, UTC),
        )
        return (await self.effects.run(Register(intent))).number

    async def ask(self, number, address=ASKER, at=NOW, key=None, **more):
        key = key or f"ask-{next(_keys)}"
        return await self.effects.run(SendCode(key, number, "test", address, "id", at, **more))

    async def type(self, number, code, address=ASKER, at=NOW, key=None):
        key = key or f"check-{next(_keys)}"
        request = CheckCode(number, "test", address, Channel.WHATSAPP, code, key, at)
        return (await self.effects.run(request)).verdict

    async def queued(self):
        """Claim and return all queued messages, the newest last."""
        found = []
        now = datetime.fromtimestamp(NOW, UTC) + timedelta(days=30)
        while claimed := await self.outbox.claim(now=now, lease_seconds=60, limit=50):
            for one in claimed:
                await self.outbox.sent(one.id, provider="x", provider_id=one.id, at=now)
                found.append(one.message)
        return found

    async def codes(self):
        said = [prompt for one in await self.queued() for prompt in one.reply.prompts]
        return [prompt.args["code"] for prompt in said if prompt.key == "code_sms"]

    async def proven(self, address=ASKER):
        found = await self.queries.search(address=address.value, limit=9)
        linked = [(row.number, one) for row in found for one in row.addresses]
        return [number for number, one in linked if one.value == address.value and one.verified]


@pytest.fixture
def stores(database):
    effects = make_effects(database, limits=LIMITS)
    return Stores(effects, SqlOutbox(database), Queries(database))


def wrong(code):
    return f"{(int(code) + 1) % CODES:06d}"


# What is sent.


async def test_a_code_goes_to_the_phone_on_file_for_any_asker(stores):
    number = await stores.register()
    assert not (await stores.ask(number, key="k")).too_many

    [message] = await stores.queued()
    assert (message.channel, message.address) == (Channel.SMS, HOME)
    assert (message.key, message.answers_request) == ("k/code", True)
    [prompt] = message.reply.prompts
    assert prompt.key == "code_sms"
    assert len(prompt.args["code"]) == 6
    assert prompt.args["code"].isdecimal()


@pytest.mark.parametrize("drawn", [0, 7, CODES - 1])
async def test_every_code_has_six_digits(stores, drawn):
    number = await stores.register()
    stores.effects = replace(stores.effects, draw_below=lambda _: drawn)
    await stores.ask(number)
    assert await stores.codes() == [f"{drawn:06d}"]
    assert await stores.type(number, f"{drawn:06d}") == "right"


async def test_an_unknown_number_and_one_without_a_phone_are_answered_alike(stores):
    number = await stores.register(phone=None)
    for claimed in (number, NOBODYS):
        answers = [await stores.ask(claimed) for _ in range(CODES_PER_CLAIM_MAX + 1)]
        assert [one.too_many for one in answers] == [False] * CODES_PER_CLAIM_MAX + [True]
    assert await stores.queued() == []


async def test_a_code_is_not_sent_once_it_is_worth_nothing(stores):
    await stores.ask(await stores.register())
    [message] = await stores.queued()
    assert message.not_after == datetime.fromtimestamp(NOW + CODE_SECONDS, UTC)


async def test_a_number_of_another_campaign_is_unknown(stores):
    number = await stores.register()
    await stores.effects.run(SendCode("k", number, "other", ASKER, "id", NOW))
    assert await stores.queued() == []


@pytest.mark.parametrize("times", [2, 10])
async def test_the_same_effect_sends_one_code_and_counts_once(stores, times):
    number = await stores.register()
    answers = await asyncio.gather(*(stores.ask(number, key="same") for _ in range(times)))
    assert not any(one.too_many for one in answers)
    [code] = await stores.codes()
    for _ in range(CODES_PER_CLAIM_MAX - 1):
        assert not (await stores.ask(number)).too_many
    assert (await stores.ask(number)).too_many
    assert not (await stores.ask(NOBODYS, key="x")).too_many
    assert len(code) == 6


async def test_the_last_code_that_was_allowed_is_allowed_when_redone(stores):
    keys = [f"k{i}" for i in range(CODES_PER_CLAIM_MAX)]
    for key in [*keys, keys[-1]]:
        assert not (await stores.ask(NOBODYS, key=key)).too_many
    assert (await stores.ask(NOBODYS)).too_many


async def test_an_effect_redone_later_leaves_the_newer_code_alive(stores):
    number = await stores.register()
    await stores.ask(number, key="first")
    await stores.ask(number, key="second")
    await stores.ask(number, key="first")
    first, second = await stores.codes()
    assert await stores.type(number, first) == "wrong"
    assert await stores.type(number, second) == "right"


async def test_a_new_code_replaces_the_one_before_of_the_same_asker(stores):
    number = await stores.register()
    await stores.ask(number)
    [old] = await stores.codes()
    for _ in range(TRIES_MAX):
        await stores.type(number, wrong(old))
    await stores.ask(number)
    [new] = await stores.codes()
    assert await stores.type(number, old) == "wrong"
    assert await stores.type(number, new) == "right"


async def test_an_unvouched_letter_replaces_no_live_code(stores):
    number = await stores.register()
    await stores.ask(number, address=MAIL)
    assert not (await stores.ask(number, address=MAIL, vouched=False)).too_many
    [code] = await stores.codes()
    assert await stores.type(number, code, address=MAIL, at=NOW + CODE_SECONDS - 1) == "right"


@pytest.mark.parametrize("end", ["tries", "time", "use"])
async def test_an_unvouched_letter_is_sent_a_code_once_none_is_live(stores, end):
    number = await stores.register()
    await stores.ask(number, address=MAIL, vouched=False)
    [old] = await stores.codes()
    for _ in range(TRIES_MAX if end == "tries" else 0):
        await stores.type(number, wrong(old), address=MAIL)
    if end == "use":
        await stores.type(number, old, address=MAIL)
    at = NOW + (CODE_SECONDS if end == "time" else 0)
    await stores.ask(number, address=MAIL, at=at, vouched=False)
    [new] = await stores.codes()
    assert await stores.type(number, new, address=MAIL, at=at) == "right"


async def test_unvouched_letters_use_up_no_request_of_their_mailbox(stores):
    for n in range(CODES_PER_ADDRESS_MAX):
        await stores.ask(f"7K3M-9Q{n:02d}", address=MAIL, vouched=False)
    assert (await stores.ask(NOBODYS, address=MAIL, vouched=False)).too_many
    assert not (await stores.ask(NOBODYS, address=MAIL)).too_many


@pytest.mark.parametrize("other", [OTHER, MAIL])
async def test_a_code_that_another_asks_for_leaves_the_live_one_alive(stores, other):
    number = await stores.register()
    await stores.ask(number)
    await stores.ask(number, address=other)
    mine, theirs = await stores.codes()
    assert await stores.type(number, theirs) == "wrong"
    assert await stores.type(number, mine) == "right"
    assert await stores.type(number, theirs, address=other) == "right"


async def test_codes_expired_for_a_day_are_deleted(stores):
    number, later = await stores.register(), NOW + DAY_SECONDS + CODE_SECONDS
    await stores.ask(number)
    await stores.ask(number, address=OTHER, at=later)
    [code, _] = await stores.codes()
    assert await stores.type(number, code, at=later) == "expired"
    read = partial(stores.effects.database.read, lambda c: c.all(PROOFS))
    assert len(await read()) == 2
    await stores.ask(number, address=OTHER, at=later + 1)
    assert len(await read()) == 1


# How often one may ask.


@pytest.mark.parametrize("known", [True, False])
async def test_asking_for_a_number_too_often_takes_no_code_from_others(stores, known):
    number = await stores.register() if known else NOBODYS
    for at in range(CODES_PER_CLAIM_MAX):
        assert not (await stores.ask(number, at=NOW + at)).too_many
    assert (await stores.ask(number, at=NOW + DAY_SECONDS - 1)).too_many
    for _ in range(CODES_PER_NUMBER_MAX - CODES_PER_CLAIM_MAX):
        assert not (await stores.ask(number, address=OTHER)).too_many
    assert not (await stores.ask(number, at=NOW + DAY_SECONDS)).too_many


@pytest.mark.parametrize("known", [True, False])
async def test_asking_too_often_says_when_to_ask_again(stores, known):
    number = await stores.register() if known else NOBODYS
    for at in range(CODES_PER_CLAIM_MAX):
        assert (await stores.ask(number, at=NOW + at)).again_at == 0
    assert (await stores.ask(number, at=NOW + 99)).again_at == NOW + DAY_SECONDS


@pytest.mark.parametrize("known", [True, False])
async def test_mailboxes_take_no_code_from_phones(stores, known):
    number = await stores.register() if known else NOBODYS
    boxes = [Address(AddressKind.EMAIL, f"{n}@x.example") for n in range(9)]
    asked = [(await stores.ask(number, address=one, at=NOW - 9_999)).too_many for one in boxes]
    assert asked.count(False) == CODES_PER_NUMBER_BY_MAIL_MAX
    asked = [(await stores.ask(number, address=phone_(n))).too_many for n in range(9)]
    assert asked.count(False) == CODES_PER_NUMBER_MAX


@pytest.mark.parametrize("linked", [HOME, OTHER, MAIL])
async def test_strangers_take_no_code_from_an_address_linked_to_the_number(stores, linked):
    number = await stores.register()
    await stores.register(address=linked)
    for n in range(9):
        await stores.ask(number, address=phone_(n), at=NOW - HOUR_SECONDS)
        await stores.ask(number, address=Address(AddressKind.EMAIL, f"{n}@x.example"))
    for n in range(CODES_PER_CLAIM_MAX):
        at = NOW + n * HOUR_SECONDS
        assert not (await stores.ask(number, address=linked, at=at)).too_many
    assert (await stores.ask(number, address=linked, at=NOW + DAY_SECONDS - 1)).too_many


# How many codes one phone is sent.


def phone_(n):
    return Address(AddressKind.PHONE, f"+62812000{n:05d}")


ASKERS = {
    "mailbox": lambda n: Address(AddressKind.EMAIL, f"{n}@x.example"),
    "stranger": phone_,
    "known": lambda n: HOME,
}


async def many_numbers(stores, many, phone=ON_FILE):
    """Return numbers of people who all have that phone on file, as letters declare it."""
    people = [(f"320411570696{n + 100:04d}", f"Siti {chr(97 + n) * 9}") for n in range(many)]
    box = Address(AddressKind.EMAIL, "box@klinik.example")
    return [
        await stores.register(phone=phone, nik=nik, address=box, name=name) for nik, name in people
    ]


@pytest.mark.parametrize("who", ASKERS)
async def test_a_phone_gets_so_many_codes_an_hour_whatever_they_are_for(stores, who):
    numbers, ask = await many_numbers(stores, 12), ASKERS[who]
    for n, number in enumerate(numbers):
        await stores.ask(number, address=ask(n // 2), at=NOW + n)
    assert len(await stores.codes()) == CODES_AN_HOUR_MAX[who]
    await stores.ask(numbers[0], address=ask(99), at=NOW + HOUR_SECONDS - 1)
    assert len(await stores.codes()) == 0


@pytest.mark.parametrize("who", ASKERS)
async def test_a_phone_gets_so_many_codes_a_day_whatever_they_are_for(stores, who):
    numbers, ask = await many_numbers(stores, 24), ASKERS[who]
    for n, number in enumerate(numbers):
        await stores.ask(number, address=ask(n // 2), at=NOW + n * HOUR_SECONDS - n)
    assert len(await stores.codes()) == CODES_A_DAY_MAX[who]
    if who != "known":  # who has asked ten times by then, whatever for
        await stores.ask(numbers[0], address=ask(99), at=NOW + DAY_SECONDS)
        assert len(await stores.codes()) == 1


async def test_a_phone_that_others_have_flooded_still_gets_codes_that_it_asks_for(stores):
    mine, *numbers = await many_numbers(stores, 24)
    for n, number in enumerate(numbers):
        await stores.ask(number, address=phone_(n), at=NOW + 1_800 * n)
        await stores.ask(number, address=ASKERS["mailbox"](n), at=NOW + 1_800 * n)
    assert len(await stores.codes()) == CODES_A_DAY_MAX["stranger"]
    left = CODES_A_DAY_MAX["known"] - CODES_A_DAY_MAX["stranger"]
    asked = [await stores.ask(mine, address=HOME, at=NOW + 50_000 + n) for n in range(left + 1)]
    assert [one.too_many for one in asked] == [False] * left + [True]
    assert asked[-1].again_at == NOW + DAY_SECONDS
    assert len(await stores.codes()) == left


async def test_a_stranger_does_not_learn_that_the_phone_has_had_too_many(stores):
    numbers = await many_numbers(stores, 9)
    told = [await stores.ask(number, address=phone_(n)) for n, number in enumerate(numbers)]
    assert not any(one.too_many for one in told)
    assert len(await stores.codes()) == CODES_AN_HOUR_MAX["stranger"]
    assert await stores.type(numbers[-1], "000000", address=phone_(8)) == "expired"


async def test_a_phone_abroad_gets_a_code_once_it_has_written_to_us(stores):
    abroad = "+60123456789"
    [number] = await many_numbers(stores, 1, phone=abroad)
    assert not (await stores.ask(number)).too_many
    assert await stores.codes() == []
    wrote = Address(AddressKind.PHONE, abroad)
    await stores.register(address=wrote, nik="3204115706960002")
    await stores.ask(number)
    assert len(await stores.codes()) == 1


async def test_more_countries_may_be_named(stores):
    terms = stores.effects.terms._replace(countries=frozenset({"ID", "MY"}))
    stores.effects = replace(stores.effects, terms=terms)
    for nik, phone, sent in (
        ("3204115706960001", "+60123456789", 1),
        ("3204115706870001", "+252615000777", 0),
    ):
        await stores.ask(await stores.register(nik=nik, phone=phone, address=MAIL))
        assert len(await stores.codes()) == sent


async def test_what_was_refused_sends_nothing_and_leaves_the_live_code(stores):
    number = await stores.register()
    for _ in range(CODES_PER_CLAIM_MAX + 2):
        await stores.ask(number)
    codes = await stores.codes()
    assert len(codes) == CODES_PER_CLAIM_MAX
    assert await stores.type(number, codes[-1]) == "right"


@pytest.mark.parametrize("known", [True, False])
async def test_a_number_gets_so_many_codes_a_day(stores, known):
    number = await stores.register() if known else NOBODYS
    for i in range(CODES_PER_NUMBER_MAX):
        assert not (await stores.ask(number, address=phone_(i))).too_many
    assert (await stores.ask(number, at=NOW + DAY_SECONDS - 1)).too_many
    assert not (await stores.ask(number, at=NOW + DAY_SECONDS)).too_many


async def test_an_address_may_ask_so_often_a_day_whatever_number_it_claims(stores):
    claimed = [f"{i:04d}-0000" for i in range(CODES_PER_ADDRESS_MAX + 1)]
    for number in claimed[:-1]:
        assert not (await stores.ask(number)).too_many
    assert (await stores.ask(claimed[-1])).too_many
    assert not (await stores.ask(claimed[-1], address=OTHER)).too_many
    assert (await stores.ask(claimed[-1], at=NOW + DAY_SECONDS - 1)).too_many
    assert not (await stores.ask(claimed[-1], at=NOW + DAY_SECONDS)).too_many


async def test_what_was_counted_is_forgotten_after_a_day(stores):
    await stores.ask("0000-0000")
    later = NOW + DAY_SECONDS + 1
    await stores.ask("1111-1111", address=OTHER, at=later)
    over = partial(forget, before=datetime.fromtimestamp(later, UTC), limit=9)
    assert await stores.effects.database.write(over) == 3
    counted = await stores.effects.database.read(lambda c: c.all(TALLIES))
    assert len(counted) == 3
    assert not [row for row in counted if "0000-0000" in row[0]]


async def test_askers_at_once_never_get_more_than_the_bound(stores):
    number = await stores.register()
    askers = [Address(AddressKind.PHONE, f"+62811{i}") for i in range(20)]
    answers = await asyncio.gather(*(stores.ask(number, address=one) for one in askers))
    assert [one.too_many for one in answers].count(False) == CODES_PER_NUMBER_MAX
    assert len(await stores.codes()) == CODES_AN_HOUR_MAX["stranger"]


# What a code is worth.


async def test_the_right_code_proves_the_address_for_the_record(stores):
    number = await stores.register()
    await stores.ask(number)
    [code] = await stores.codes()
    assert await stores.proven() == []
    assert await stores.type(number, code) == "right"
    assert await stores.proven() == [number]


async def test_a_code_is_used_up_but_the_same_effect_is_right_again(stores):
    number = await stores.register()
    await stores.ask(number)
    [code] = await stores.codes()
    assert await stores.type(number, code, key="same") == "right"
    assert await stores.type(number, code, key="same", at=NOW + 9_999) == "right"
    assert await stores.type(number, code) == "expired"
    assert await stores.type(number, "") == "expired"


async def test_the_right_code_is_right_once_among_guesses_at_once(stores):
    number = await stores.register()
    await stores.ask(number)
    [code] = await stores.codes()
    verdicts = await asyncio.gather(*(stores.type(number, code) for _ in range(10)))
    assert sorted(verdicts) == ["expired"] * 9 + ["right"]


async def test_a_code_may_be_tried_so_often(stores):
    number = await stores.register()
    await stores.ask(number)
    [code] = await stores.codes()
    said = [await stores.type(number, wrong(code)) for _ in range(TRIES_MAX)]
    assert said == ["wrong"] * (TRIES_MAX - 1) + ["expired"]
    assert await stores.type(number, code) == "expired"
    assert await stores.proven() == []


async def test_the_last_try_may_be_right(stores):
    number = await stores.register()
    await stores.ask(number)
    [code] = await stores.codes()
    for _ in range(TRIES_MAX - 1):
        assert await stores.type(number, wrong(code)) == "wrong"
    assert await stores.type(number, code) == "right"


async def test_twenty_guesses_at_once_are_no_more_than_five(stores):
    number = await stores.register()
    await stores.ask(number)
    [code] = await stores.codes()
    said = await asyncio.gather(*(stores.type(number, wrong(code)) for _ in range(20)))
    assert said.count("wrong") == TRIES_MAX - 1
    assert said.count("expired") == 20 - (TRIES_MAX - 1)
    assert await stores.type(number, code) == "expired"


async def test_the_same_wrong_try_redone_counts_once(stores):
    number = await stores.register()
    await stores.ask(number)
    [code] = await stores.codes()
    tries = (stores.type(number, wrong(code), key="same") for _ in range(10))
    assert await asyncio.gather(*tries) == ["wrong"] * 10
    for _ in range(TRIES_MAX - 2):
        assert await stores.type(number, wrong(code)) == "wrong"
    assert await stores.type(number, wrong(code), key="last") == "expired"
    assert await stores.type(number, wrong(code), key="last") == "expired"


async def test_a_code_is_good_until_its_time_is_over(stores):
    number = await stores.register()
    await stores.ask(number)
    [code] = await stores.codes()
    assert await stores.type(number, code, at=NOW + CODE_SECONDS) == "expired"
    assert await stores.type(number, wrong(code), at=NOW + CODE_SECONDS - 1) == "wrong"
    assert await stores.type(number, code, at=NOW + CODE_SECONDS - 1) == "right"


async def test_only_the_address_that_asked_may_answer(stores):
    number = await stores.register()
    await stores.ask(number)
    [code] = await stores.codes()
    for _ in range(TRIES_MAX + 1):
        assert await stores.type(number, code, address=OTHER) == "expired"
    assert await stores.proven(OTHER) == []
    assert await stores.type(number, code) == "right"


@pytest.mark.parametrize("code", ["", "1" * 5, "1" * 7, "\uff11" * 6, "\ud800", "abcdef"])
async def test_what_is_no_code_is_wrong(stores, code):
    number = await stores.register()
    await stores.ask(number)
    assert await stores.type(number, code) == "wrong"


async def test_what_was_never_asked_for_is_expired(stores):
    number = await stores.register()
    assert await stores.type(number, "123456") == "expired"
    assert await stores.type(NOBODYS, "123456") == "expired"


# What becomes of the address.


async def test_a_mailbox_is_never_proven(stores):
    number = await stores.register()
    await stores.ask(number, address=MAIL)
    [code] = await stores.codes()
    assert await stores.type(number, code, address=MAIL) == "right"
    assert await stores.proven(MAIL) == []


async def test_a_linked_address_becomes_proven(stores):
    number = await stores.register()
    await stores.register(address=OTHER)  # knows the NIK and the name, and is linked for it
    assert await stores.proven(OTHER) == []
    await stores.ask(number, address=OTHER)
    code = (await stores.codes())[-1]
    assert await stores.type(number, code, address=OTHER) == "right"
    assert await stores.proven(OTHER) == [number]


@pytest.mark.parametrize(
    ("linked", "proven", "room"), [(2, True, True), (3, True, False), (3, False, True)]
)
async def test_a_record_has_room_for_so_many_proven_addresses(stores, linked, proven, room):
    number = await stores.register()
    for i in range(1, linked):
        await stores.register(address=Address(AddressKind.PHONE, f"+62811{i}"))
    if proven:
        prove = Statement("UPDATE addresses SET verified = 1")
        await stores.effects.database.write(lambda connection: connection.run(prove))
    await stores.ask(number)
    code = (await stores.codes())[-1]
    assert await stores.type(number, code) == "right"
    assert await stores.proven() == ([number] if room else [])


async def test_a_link_is_a_new_version_of_the_record(stores):
    number = await stores.register()
    before = await stores.queries.get(number)
    await stores.ask(number, at=NOW + 60)
    [code] = await stores.codes()
    await stores.type(number, wrong(code), at=NOW + 61)
    assert (await stores.queries.get(number)).updated_at == before.updated_at
    await stores.type(number, code, at=NOW + 62)
    after = await stores.queries.get(number)
    assert after.updated_at.timestamp() == NOW + 62
    assert [(one.value, one.verified) for one in after.addresses] == [
        (ON_FILE, True),
        (ASKER.value, True),
    ]
    assert after.channels == ("sms", "whatsapp")


async def test_other_channels_of_a_proven_address_are_added(stores):
    if stores.queries is None:
        return
    number = await stores.register()
    await stores.ask(number, address=HOME)
    [code] = await stores.codes()
    await stores.type(number, code, address=HOME)
    assert (await stores.queries.get(number)).channels == ("sms", "whatsapp")


def test_nothing_tells_a_code():
    proof = Proof(code="123456", tries=0, expires_at=0, checked_by=None, proven_by=None)
    assert "123456" not in repr(proof)
