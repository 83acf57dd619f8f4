"""What a store of registrations promises where numbers, campaigns and addresses meet."""

import random

import pytest

from core.appointments.requests import LookUp
from core.campaign import Doses, Limits
from core.database.statements import Statement
from core.database.unavailable import UnavailableError
from core.messages import Address, AddressKind
from core.registration.addresses import RACES_MAX
from core.registration.intent import Outcome
from core.registration.number import BITS, draw
from core.registration.store import SqlRecords
from tests.fixtures.appointments import Appointments
from tests.scripts import MAILBOX, PHONE
from tests.unit.core.registration.test_identity import intent

OTHER = Address(AddressKind.PHONE, "+6281299990009")
SOMEBODY_ELSE = {"intent_id": "i2", "nik": "3175015203880009", "full_name": "BUDI"}


def records(database, *bits):
    drawn = iter(bits)
    return SqlRecords(database, limits=Limits(), draw_bits=lambda: next(drawn))


async def rows(database, sql):
    read = Statement(sql)
    return [tuple(row) for row in await database.read(lambda connection: connection.all(read))]


async def test_a_taken_number_is_drawn_again(database):
    store = records(database, 5, 5, 6)
    first = await store.record(intent())
    second = await store.record(intent(**SOMEBODY_ELSE, address=OTHER))
    assert (first.number, second.number) == (draw(5), draw(6))


async def test_draws_have_an_end_and_leave_nothing_behind(database):
    store = records(database, *[5] * (1 + RACES_MAX), 6)
    await store.record(intent())
    other = intent(**SOMEBODY_ELSE, address=OTHER)
    with pytest.raises(UnavailableError):
        await store.record(other)
    assert (await store.record(other)).number == draw(6)


async def test_campaigns_know_nothing_of_each_other(database):
    store = records(database, 1, 2, 3)
    await store.record(intent())
    assert (await store.record(intent(intent_id="i2", full_name="BUDI"))).kind == "in_review"
    bits = random.Random(7)
    told = Appointments(database, doses=Doses(), draw_bits=lambda: bits.getrandbits(BITS))
    other = await told.status(LookUp(PHONE, "other"))
    assert (other.registrations, other.in_review) == ((), False)
    assert (await told.status(LookUp(PHONE, "c"))).in_review
    again = await store.record(intent(intent_id="i3", campaign="other"))
    assert again == Outcome(kind="registered", number=draw(3))


async def test_an_old_value_stays_in_the_history(database):
    store = records(database, 1, 2)
    await store.record(intent())
    await store.record(intent(intent_id="i2", profession="bidan"))
    kept = await rows(database, "SELECT field, old, new FROM history")
    assert kept == [("profession", "perawat", "bidan")]


async def test_a_later_letter_does_not_unprove_an_address(database):
    store = records(database, 1, 2, 3, 4)
    await store.record(intent())
    await store.record(intent(intent_id="i2", address=MAILBOX))
    prove = Statement("UPDATE addresses SET verified = 1")
    await database.write(lambda connection: connection.run(prove))
    await store.record(intent(intent_id="i3", address=MAILBOX))
    await store.record(intent(intent_id="i4", address=OTHER))
    proven = dict(await rows(database, "SELECT value, verified FROM addresses"))
    assert proven == {PHONE.value: 1, MAILBOX.value: 1, OTHER.value: 0}
