"""One suite over the stores of registrations and of messages: SQLite, PostgreSQL."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from core.appointments.requests import LookUp
from core.appointments.schedule import Offer, open_slots, put_facility
from core.campaign import Limits
from core.database.statements import Statement
from core.fields.nik_slips import slips
from core.messages import Address, AddressKind, Channel, Voucher
from core.outbox.store import SqlOutbox
from core.registration.intent import Outcome, RegistrationIntent
from core.registration.open_seats import OPEN_SEAT
from tests.fixtures.appointments import Appointments
from tests.fixtures.clinics import SOREANG
from tests.fixtures.effects import recorder
from tests.fixtures.plans import READ_INDEXES

NOW = datetime(2021, 1, 20, 9, 0, tzinfo=UTC)
LIMITS = Limits(max_per_address=3, max_per_mailbox=5)
NIK = "3204115706960001"
PHONE = Address(AddressKind.PHONE, "+628111000001")
OTHER_PHONE = Address(AddressKind.PHONE, "+628111000002")
MAIL = Address(AddressKind.EMAIL, "siti@klinik.example")
IN_REVIEW = Outcome(kind="in_review")
ADD_LISTED = Statement("""
    INSERT INTO roster (campaign, nik, full_name, facility_code, profession)
    VALUES (:campaign, :nik, :full_name, :facility_code, 'perawat')
""")


@dataclass
class Stores:
    record: Any
    outbox: Any
    appointments: Any
    database: Any

    async def list(self, *rows):
        """Put rows (NIK, name, facility) on the roster."""
        named = [
            dict(zip(("nik", "full_name", "facility_code"), row, strict=True)) for row in rows
        ]
        await self.database.write(
            lambda connection: [
                connection.run(ADD_LISTED, **row, campaign="test") for row in named
            ]
        )

    async def reports(self, address=PHONE):
        return (await self.status(address)).registrations

    async def status(self, address=PHONE):
        return await self.appointments.status(LookUp(address, "test"))

    async def claim(self, at=NOW, limit=10, lease_seconds=60):
        return await self.outbox.claim(now=at, lease_seconds=lease_seconds, limit=limit)


@pytest.fixture
def stores(database):
    record = recorder(database, limits=LIMITS)
    return Stores(record, SqlOutbox(database), Appointments(database), database)


def intent(message="1", **changes):
    values = {
        "intent_id": f"intent-{message}",
        "campaign": "test",
        "channel": Channel.SMS,
        "provider": "kannel",
        "address": PHONE,
        "message_id": f"message-{message}",
        "received_at": NOW,
        "nik": NIK,
        "full_name": "Siti Aminah",
        "birth_date": date(1996, 6, 17),
        "sex": "female",
        "profession": "perawat",
        "phone": "+628111000001",
        "language": "id",
        "consent_at": NOW,
    }
    return RegistrationIntent(**{**values, **changes})


# Registrations: the table of DESIGN, row by row.


async def test_nothing_on_file_makes_a_record(stores):
    outcome = await stores.record(intent())

    assert outcome.kind == "registered"
    [standing] = await stores.reports()
    assert standing.number == outcome.number
    assert standing.full_name == "Siti Aminah"
    assert standing.status == "received"


async def test_the_same_intent_gets_its_first_outcome(stores):
    first = await stores.record(intent())
    assert await stores.record(intent()) == first


async def test_ten_of_the_same_intent_at_once_are_one_record(stores):
    outcomes = await asyncio.gather(*(stores.record(intent()) for _ in range(10)))

    assert len({outcome.number for outcome in outcomes}) == 1
    assert {outcome.kind for outcome in outcomes} == {"registered"}
    assert len(await stores.reports()) == 1


async def test_ten_messages_of_one_person_at_once_are_one_record(stores):
    intents = [intent(str(number)) for number in range(10)]
    outcomes = await asyncio.gather(*(stores.record(each) for each in intents))

    assert len({outcome.number for outcome in outcomes}) == 1
    assert [outcome.kind for outcome in outcomes].count("registered") == 1


async def test_the_same_data_again_is_already_registered(stores):
    first = await stores.record(intent())
    again = await stores.record(intent("2", full_name="SITI AMINAH, S.Kep."))

    assert again == Outcome(kind="already_registered", number=first.number)


async def test_corrected_data_from_a_known_address_updates(stores):
    first = await stores.record(intent())
    again = await stores.record(intent("2", full_name="Siti Aminahh"))

    assert again == Outcome(kind="updated", number=first.number)
    [standing] = await stores.reports()
    assert standing.full_name == "Siti Aminahh"


@pytest.mark.parametrize("address", [OTHER_PHONE, MAIL])
async def test_a_new_address_is_linked_and_changes_nothing(stores, address):
    first = await stores.record(intent())
    again = await stores.record(intent("2", address=address, profession="dokter"))

    assert again == Outcome(kind="already_registered", number=first.number, proven=False)
    assert await stores.record(intent("2", address=address, profession="dokter")) == again
    assert await stores.reports(address) == ()


async def test_another_name_is_reviewed_and_learns_nothing(stores):
    await stores.record(intent())
    again = await stores.record(intent("2", full_name="Budi Santoso", address=OTHER_PHONE))

    assert again == IN_REVIEW
    report = await stores.status(OTHER_PHONE)
    assert (report.registrations, report.in_review) == ((), True)
    [standing] = await stores.reports()
    assert standing.full_name == "Siti Aminah"


@pytest.mark.parametrize("phone", ["+628111000001", None])
async def test_every_slip_in_the_nik_with_the_same_birth_date_is_reviewed(stores, phone):
    await stores.record(intent())
    # The birth date stands in the NIK: 17 June 1996 of a woman is 570696, of a man 170696.
    same_day = [nik for nik in slips(NIK) if nik[6:12] in {"570696", "170696"}]
    others = [
        intent(nik, nik=nik, address=Address(AddressKind.PHONE, f"+62{nik}"), phone=phone)
        for nik in sorted(same_day)
    ]
    outcomes = await asyncio.gather(*(stores.record(other) for other in others))

    assert len(outcomes) > 100
    assert set(outcomes) == {IN_REVIEW}


async def test_every_slip_in_the_nik_with_the_same_phone_is_reviewed(stores):
    await stores.record(intent())
    others = [
        intent(
            nik,
            nik=nik,
            address=Address(AddressKind.PHONE, f"+62{nik}"),
            birth_date=date(1970, 1, 1),
        )
        for nik in sorted(slips(NIK))
    ]
    outcomes = await asyncio.gather(*(stores.record(other) for other in others))

    assert len(outcomes) > 200
    assert set(outcomes) == {IN_REVIEW}


@pytest.mark.parametrize(
    "changes",
    [
        {"nik": "3204115706960002", "full_name": "Budi Santoso"},
        {"nik": "3204115706960112"},
        {"nik": "3204115706960002", "campaign": "other"},
    ],
)
async def test_a_person_who_is_no_lookalike_is_registered(stores, changes):
    await stores.record(intent())
    other = await stores.record(intent("2", address=OTHER_PHONE, **changes))
    assert other.kind == "registered"


@pytest.mark.parametrize(
    ("address", "voucher", "kind", "most"),
    [
        (PHONE, Voucher.NETWORK, "registered", 3),
        (MAIL, Voucher.MAILBOX, "registered", 5),
        (MAIL, Voucher.NOBODY, "received", 5),
    ],
)
async def test_more_niks_than_allowed_from_one_address_are_refused(
    stores, address, voucher, kind, most
):
    kinds = [
        (
            await stores.record(
                intent(
                    str(i),
                    nik=f"32041157069601{i}{i}",
                    full_name=f"{name}",
                    address=address,
                    voucher=voucher,
                )
            )
        ).kind
        for i, name in enumerate(["Ani", "Budi", "Citra", "Dewi", "Eko", "Fitri"][: most + 1])
    ]
    assert kinds == [kind] * most + ["refused"]


async def test_an_address_of_a_record_is_not_refused_at_the_bound(stores):
    for i, name in enumerate(["Ani", "Budi", "Citra"]):
        await stores.record(intent(str(i), nik=f"32041157069601{i}{i}", full_name=name))

    again = await stores.record(intent("9", nik="3204115706960100", full_name="Ani"))
    assert again.kind == "already_registered"


async def test_a_registration_by_ussd_owes_its_number_by_sms_exactly_once(stores):
    by_ussd = intent(channel=Channel.USSD)
    outcome = await stores.record(by_ussd)
    await stores.record(by_ussd)
    await stores.record(intent("2", channel=Channel.USSD))

    [claimed] = await stores.claim()
    assert claimed.message.channel is Channel.SMS
    assert claimed.message.reply.prompts[0].args["number"] == outcome.number
    assert await stores.claim() == type(await stores.claim())()


# The roster's word on a new record.

LISTED = (NIK, "SITI AMINAH, S.Kep.", "F1")
SOMEBODY = ("3175015203880009", "Budi Santoso", "F2")


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([], "received"),
        ([LISTED], "verified"),
        ([LISTED, SOMEBODY], "verified"),
        ([SOMEBODY], "not_listed"),
        ([(NIK, "Budi Santoso", "F1")], "in_review"),
    ],
)
@pytest.mark.parametrize("channel", [Channel.USSD, Channel.SMS])
async def test_a_new_record_has_the_roster_s_word(stores, channel, rows, status):
    await stores.list(*rows)
    outcome = await stores.record(intent(channel=channel))

    assert (outcome.kind, outcome.status) == ("registered", status)
    assert await stores.record(intent(channel=channel)) == outcome
    [standing] = await stores.reports()
    assert standing.status == status


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "registered_sms"),
        ([LISTED], "registered_sms_verified"),
        ([SOMEBODY], "registered_sms_not_listed"),
        ([(NIK, "Budi Santoso", "F1")], "registered_sms"),
    ],
)
async def test_the_sms_after_a_call_says_what_the_roster_says(stores, rows, said):
    await stores.list(*rows)
    await stores.record(intent(channel=Channel.USSD))

    [claimed] = await stores.claim()
    assert [prompt.key for prompt in claimed.message.reply.prompts] == [said]


def opened(connection, *, days=1, capacity=1, dose=1, campaign="test"):
    put_facility(connection, SOREANG)
    offer = Offer(campaign, SOREANG.code, dose, capacity)
    open_slots(connection, offer, [NOW + timedelta(days=days)])


@pytest.mark.parametrize(
    ("seats", "bookable"),
    [
        ({}, True),
        ({"days": 0}, False),
        ({"days": -1}, False),
        ({"capacity": 0}, False),
        ({"dose": 2}, False),
        ({"campaign": "other"}, False),
        (None, False),
    ],
)
async def test_a_verified_record_may_book_where_a_seat_is_open(stores, seats, bookable):
    await stores.list(LISTED, SOMEBODY)
    if seats is not None:
        await stores.database.write(partial(opened, **seats))
    outcome = await stores.record(intent())
    assert (outcome.status, outcome.bookable) == ("verified", bookable)
    assert await stores.record(intent()) == outcome
    assert not (await stores.record(intent("2"))).bookable  # is registered already


async def test_whether_a_seat_is_open_is_one_look_however_many_are_full_or_past(stores):
    def plan(connection):
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect == "postgresql":  # it sorts the few rows of a test, or reads all
            explain = "EXPLAIN"
            connection.run(READ_INDEXES)
        ask = {"campaign": "test", "dose": 1, "now": ""}
        return str(connection.all(Statement(f"{explain} {OPEN_SEAT.sql}"), **ask))

    assert "ix_slots_ahead " in await stores.database.read(plan)


@pytest.mark.parametrize("rows", [[], [SOMEBODY], [(NIK, "Budi Santoso", "F1")]])
async def test_nobody_else_may_book(stores, rows):
    await stores.list(*rows)
    await stores.database.write(opened)
    assert not (await stores.record(intent())).bookable


async def test_the_roster_says_nothing_of_a_record_that_was_there_before(stores):
    first = await stores.record(intent())
    await stores.list(LISTED)
    again = await stores.record(intent("2"))
    assert again == Outcome(kind="already_registered", number=first.number)
    [standing] = await stores.reports()
    assert standing.status == "received"
