"""What becomes of records for which nobody vouches, in SQL: SQLite, PostgreSQL."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from core.appointments.requests import LookUp
from core.campaign import Limits
from core.database.statements import Statement, iso_utc
from core.messages import Address, AddressKind, Channel, Voucher
from core.operators.queries import Queries
from core.registration.bounds import CLAIMED_ADDRESSES_MAX, CLAIMS_A_DAY_MAX
from core.registration.checks import SqlChecks
from core.registration.feed import SqlFeed
from core.registration.intent import OutcomeKind
from core.registration.requests import CheckCode, Register, SendCode
from core.roster.listing import Listing
from tests.contract.test_record_stores import ADD_LISTED
from tests.fixtures.appointments import Appointments
from tests.fixtures.clinics import CAMPAIGN, SOREANG, SqlClinics, book, nik, person_intent, wib
from tests.fixtures.effects import make_effects
from tests.unit.core.registration.test_identity import intent

HERS = Address(AddressKind.PHONE, "+6281211110001")
HIS = Address(AddressKind.PHONE, "+6281366660011")
MAIL = Address(AddressKind.EMAIL, "anybody@mail.example")
HER_NAME, HIS_NAME = "SITI AMINAH", "ZAINAL ABIDIN"
AT = datetime(2021, 1, 20, 3, 0, tzinfo=UTC)
RECORDS = Statement("""
    SELECT number, full_name, phone, standing, status
    FROM records
    ORDER BY id
""")
HISTORY = Statement("SELECT field, old, new FROM history ORDER BY id")
COUNTS = {
    table: Statement("SELECT count(*) FROM {table}", table=table)
    for table in ("records", "intents", "addresses", "history", "outbox", "proofs", "tallies")
}


class Desk:
    """Registers people, one message after the other, and looks at what is kept."""

    def __init__(self, database):
        self.database, self.sent = database, 0
        self.effects = make_effects(database)

    async def send(self, address, name, **changes):
        self.sent += 1
        phone = address.value if address.kind is AddressKind.PHONE else HIS.value
        given = {
            "intent_id": f"i{self.sent}",
            "message_id": f"m{self.sent}",
            "channel": Channel.EMAIL if address is MAIL else Channel.SMS,
            "received_at": AT + timedelta(minutes=self.sent),
            "address": address,
            "full_name": name,
            "phone": phone,
        }
        return await self.effects.run(Register(intent(**{**given, **changes})))

    async def all(self, statement, **values):
        found = await self.database.read(lambda use: use.all(statement, **values))
        return [tuple(row) for row in found]

    async def list(self, name):
        row = {"nik": intent().nik, "full_name": name, "facility_code": "F1", "campaign": "c"}
        await self.database.write(lambda use: use.run(ADD_LISTED, **row))

    async def standings(self):
        return [(name, standing) for _, name, _, standing, _ in await self.all(RECORDS)]

    async def counts(self):
        return {table: (await self.all(one))[0][0] for table, one in COUNTS.items()}

    async def status(self, address):
        return (await Appointments(self.database).status(LookUp(address, "c"))).registrations

    async def prove(self, number, address):
        """Ask for a code from the address and type it in."""
        at = int(AT.timestamp()) + 3_600
        await self.effects.run(SendCode("ask", number, "c", address, "id", at))
        [(code,)] = await self.all(Statement("SELECT code FROM proofs"))
        check = CheckCode(number, "c", address, Channel.SMS, code, "check", at)
        return (await self.effects.run(check)).verdict


@pytest.fixture
def desk(database):
    return Desk(database)


async def test_a_claim_yields_to_another_name_and_keeps_its_number(desk):
    squatted = await desk.send(MAIL, HIS_NAME)
    assert squatted.kind is OutcomeKind.RECEIVED
    hers = await desk.send(HERS, HER_NAME)
    assert hers.kind is OutcomeKind.REGISTERED
    assert hers.number != squatted.number
    assert await desk.all(RECORDS) == [
        (squatted.number, HIS_NAME, HIS.value, "superseded", "superseded"),
        (hers.number, HER_NAME, HERS.value, "held", "received"),
    ]
    assert await desk.all(HISTORY) == [("standing", "claimed", "superseded")]
    found = await Queries(desk.database).search(nik=intent().nik, limit=9)
    assert [one.number for one in found] == [hers.number, squatted.number]


async def test_a_claim_in_her_name_becomes_hers_with_her_phone(desk):
    claimed = await desk.send(MAIL, HER_NAME)
    told = await desk.send(HERS, HER_NAME)
    assert (told.kind, told.number) == (OutcomeKind.ALREADY_REGISTERED, claimed.number)
    assert await desk.all(RECORDS) == [(claimed.number, HER_NAME, HERS.value, "held", "received")]
    assert await desk.all(HISTORY) == [
        ("phone", HIS.value, HERS.value),
        ("standing", "claimed", "held"),
    ]
    assert [one.number for one in await desk.status(HERS)] == [claimed.number]


async def test_who_takes_a_claim_over_by_ussd_gets_the_number_by_sms(desk):
    claimed = await desk.send(MAIL, HER_NAME)
    await desk.send(HERS, HER_NAME, channel=Channel.USSD)
    said = Statement("SELECT value, reply FROM outbox WHERE key LIKE '%/confirmation'")
    [(phone, reply)] = await desk.all(said)
    assert phone == HERS.value
    assert claimed.number in reply


async def test_a_code_for_the_phone_before_proves_nothing_any_more(desk):
    claimed = await desk.send(MAIL, HER_NAME)
    at = int(AT.timestamp()) + 3_600
    await desk.effects.run(SendCode("ask", claimed.number, "c", HIS, "id", at))
    [(code,)] = await desk.all(Statement("SELECT code FROM proofs"))
    await desk.send(HERS, HER_NAME)
    check = CheckCode(claimed.number, "c", HIS, Channel.SMS, code, "check", at)
    assert (await desk.effects.run(check)).verdict == "expired"
    assert await desk.status(HIS) == ()


@pytest.mark.parametrize("name", [HER_NAME, HIS_NAME])
async def test_whoever_holds_it_nobodys_word_stands_beside(desk, name):
    hers = await desk.send(HERS, "DEWI SETIAWAN")
    other = await desk.send(MAIL, name)
    again = await desk.send(MAIL, name)
    assert {other.kind, again.kind} == {OutcomeKind.RECEIVED}
    assert len({hers.number, other.number, again.number}) == 3
    assert [standing for _, standing in await desk.standings()] == ["held", *["contested"] * 2]
    third = await desk.send(HERS, "DEWI SETIAWAN")
    assert (third.kind, third.number) == (OutcomeKind.ALREADY_REGISTERED, hers.number)


async def test_the_same_intent_of_nobody_is_recorded_once(desk):
    first = await desk.send(MAIL, HER_NAME)
    before = await desk.counts()
    again = await desk.send(MAIL, HER_NAME, intent_id="i1")
    assert again == first
    assert await desk.counts() == before


@pytest.mark.parametrize(
    ("listed", "kind", "standing"),
    [
        (HER_NAME, "registered", "held"),
        (HIS_NAME, "received", "contested"),
        (None, "received", "claimed"),
    ],
)
async def test_the_roster_vouches_for_a_letter(desk, listed, kind, standing):
    if listed:
        await desk.list(listed)
    outcome = await desk.send(MAIL, HER_NAME)
    assert outcome.kind == kind
    assert outcome.status == ("verified" if kind == "registered" else "received")
    assert await desk.standings() == [(HER_NAME, standing)]


async def test_the_rosters_name_wins_over_who_came_first(desk):
    first = await desk.send(HIS, HIS_NAME)
    await desk.list(HER_NAME)
    hers = await desk.send(HERS, HER_NAME)
    assert (hers.kind, hers.status) == (OutcomeKind.REGISTERED, "verified")
    assert await desk.standings() == [(HIS_NAME, "superseded"), (HER_NAME, "held")]
    [his] = await desk.status(HIS)
    assert (his.number, his.status) == (first.number, "superseded")


async def test_who_yields_gives_the_seat_back_and_hears_no_more_of_it(clinics_of):
    clinics, slot, number = await clinics_of()
    assert await clinics.seats(slot) == (1, 1)
    outcome = await clinics.supersede()
    assert outcome.kind is OutcomeKind.REGISTERED
    assert await clinics.seats(slot) == (0, 1)
    assert await clinics.live() == 0
    states = {status for key, (status, *_) in (await clinics.queued()).items()}
    assert states == {"withdrawn"}
    assert number != outcome.number


async def test_a_code_that_comes_back_makes_a_claim_held(desk):
    claimed = await desk.send(MAIL, HIS_NAME)
    assert await desk.prove(claimed.number, HIS) == "right"
    assert await desk.standings() == [(HIS_NAME, "held")]
    assert (await desk.send(HERS, HER_NAME)).kind is OutcomeKind.IN_REVIEW


@pytest.mark.parametrize("voucher", [Voucher.MAILBOX, Voucher.NOBODY])
async def test_a_code_that_comes_back_by_mail_proves_the_phone_that_it_went_to(desk, voucher):
    by_mail = await desk.send(MAIL, HER_NAME, phone=HERS.value, voucher=voucher)
    assert await desk.prove(by_mail.number, MAIL) == "right"
    told = await desk.send(HIS, HER_NAME)  # of her name too; what is proven stays hers
    assert (told.kind, told.number) == (OutcomeKind.ALREADY_REGISTERED, by_mail.number)
    [(_, _, phone, standing, _)] = await desk.all(RECORDS)
    assert (phone, standing) == (HERS.value, "held")
    assert [one.number for one in await desk.status(HERS)] == [by_mail.number]
    assert await desk.status(HIS) == ()
    assert await desk.status(MAIL) == ()  # forgeable, whatever it has given back


async def test_a_code_for_a_contested_record_takes_the_nik_from_a_claim(desk):
    await desk.send(MAIL, HIS_NAME)
    contested = await desk.send(MAIL, HER_NAME, phone=HERS.value)
    assert await desk.prove(contested.number, HERS) == "right"
    assert await desk.standings() == [(HIS_NAME, "superseded"), (HER_NAME, "held")]


async def test_a_code_for_a_contested_record_takes_nothing_from_a_held_one(desk):
    await desk.send(HERS, HER_NAME)
    contested = await desk.send(MAIL, HIS_NAME)
    assert await desk.prove(contested.number, HIS) == "right"
    assert await desk.standings() == [(HER_NAME, "held"), (HIS_NAME, "contested")]
    assert (await desk.send(HERS, HER_NAME)).kind is OutcomeKind.ALREADY_REGISTERED


async def test_a_proven_address_displaces_the_oldest_claimed_one(desk):
    claimed = await desk.send(MAIL, HER_NAME)
    full = [Address(AddressKind.EMAIL, f"{n}@mail.example") for n in range(19)]
    link = Statement("""
        INSERT INTO addresses (record_id, kind, value, verified, channels, linked_at)
        SELECT id, 'email', :value, 0, '[]', :at
        FROM records
    """)
    for place, one in enumerate(full):
        later = iso_utc(AT + timedelta(hours=1, minutes=place))
        await desk.database.write(partial(_run, link, value=one.value, at=later))
    assert await desk.prove(claimed.number, HERS) == "right"
    found = await desk.all(Statement("SELECT value FROM addresses"))
    assert len(found) == 20
    assert (MAIL.value,) not in found  # it was the first
    assert (HERS.value,) in found


def _run(statement, connection, **values):
    connection.run(statement, **values)


async def test_mailboxes_that_know_her_name_fill_their_own_places_only(desk):
    number = (await desk.send(HERS, HER_NAME)).number
    for n in range(CLAIMED_ADDRESSES_MAX + 3):
        other = Address(AddressKind.EMAIL, f"{n}@mail.example")
        assert (await desk.send(other, HER_NAME)).number == number
    assert await desk.all(Statement("SELECT count(*) FROM addresses")) == [
        (1 + CLAIMED_ADDRESSES_MAX,)
    ]


async def test_forged_letters_never_use_up_what_an_authentic_mailbox_may_send(desk):
    desk.effects = make_effects(desk.database, limits=Limits(max_per_mailbox=CLAIMS_A_DAY_MAX))
    niks = [nik(100 + n) for n in range(CLAIMS_A_DAY_MAX)]
    kinds = [(await desk.send(MAIL, HIS_NAME, nik=one)).kind for one in niks]
    assert set(kinds) == {OutcomeKind.RECEIVED}
    assert (await desk.send(MAIL, HIS_NAME)).kind is OutcomeKind.REFUSED
    hers = await desk.send(MAIL, HER_NAME, voucher=Voucher.MAILBOX)
    assert hers.kind is OutcomeKind.REGISTERED
    next_day = AT + timedelta(days=1, minutes=30)
    assert (await desk.send(MAIL, HIS_NAME, received_at=next_day)).kind is OutcomeKind.RECEIVED


async def test_the_registry_hears_of_a_contested_record_only_once_it_is_held(desk):
    await desk.send(HERS, HER_NAME)
    await desk.send(MAIL, HIS_NAME)
    feed = SqlFeed(desk.database)
    [told] = await feed.due(limit=9)
    assert b'"standing":"held"' in told.line
    assert await feed.count_unsent() == 1


async def settle(desk, verdict):
    """Let the registry say this of every record whose check is due; return what is queued."""
    checks = SqlChecks(desk.database)
    for check in await checks.claim(now=AT + timedelta(days=1), lease_seconds=60, limit=9):
        await checks.settle(check, verdict(check), "F1", at=AT + timedelta(days=1))
    return [key for (key,) in await desk.all(Statement("SELECT reply FROM outbox"))]


@pytest.fixture
def asking(desk):
    """A desk whose registry is asked beside the turn."""
    desk.effects = make_effects(desk.database, asks_registry=True)
    return desk


async def test_nobody_hears_a_verdict_on_nobodys_word(asking):
    await asking.send(MAIL, HER_NAME)
    await asking.send(MAIL, HIS_NAME)
    said = await settle(asking, lambda _: "not_listed")
    assert not [one for one in said if "verification" in one]
    assert await asking.standings() == [(HER_NAME, "claimed"), (HIS_NAME, "contested")]


async def test_the_registry_gives_a_nik_to_the_name_that_it_has(asking):
    await asking.send(MAIL, HIS_NAME)
    hers = await asking.send(MAIL, HER_NAME)
    named = Listing(listed=True, full_name=HER_NAME)
    said = await settle(
        asking,
        lambda check: "verified" if check.applicant.full_name == named.full_name else "in_review",
    )
    assert await asking.standings() == [(HIS_NAME, "superseded"), (HER_NAME, "held")]
    assert len([one for one in said if "verification_verified" in one]) == 1
    found = await Queries(asking.database).get(hers.number)
    assert (found.status, found.standing) == ("verified", "held")


async def test_nobodys_word_takes_nothing_from_who_holds_the_nik_by_the_registry_either(asking):
    """As where the roster is at hand: only a vouched sender of the listed name may."""
    his = await asking.send(HIS, HIS_NAME)
    await asking.send(MAIL, HER_NAME)
    said = await settle(
        asking,
        lambda check: "verified" if check.applicant.full_name == HER_NAME else "in_review",
    )
    assert await asking.standings() == [(HIS_NAME, "held"), (HER_NAME, "contested")]
    assert not [one for one in said if "verification_verified" in one]
    assert [one.number for one in await asking.status(HIS)] == [his.number]


async def test_what_is_claimed_is_held_once_the_registry_has_the_name(asking):
    await asking.send(MAIL, HER_NAME)
    await settle(asking, lambda _: "verified")
    assert await asking.standings() == [(HER_NAME, "held")]


@pytest.fixture
async def clinics_of(database_url):
    """A man who has a seat, in a name that the roster does not know; and the woman it knows."""
    clinics = SqlClinics(database_url)

    async def made():
        slot = await clinics.open(SOREANG, wib(22, 8))
        number = await clinics.register(1)
        await clinics.store.book(book(number, slot))
        row = {"nik": nik(1), "full_name": HER_NAME, "facility_code": "F1", "campaign": CAMPAIGN}
        clinics.run(ADD_LISTED.sql, **row)
        return clinics, slot, number

    async def supersede():
        hers = {"intent_id": "hers", "full_name": HER_NAME, "address": HERS}
        return await clinics.record(person_intent(1).model_copy(update=hers))

    clinics.supersede = supersede
    yield made
    await clinics.close()
