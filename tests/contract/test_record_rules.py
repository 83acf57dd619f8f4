"""What a store of registrations promises where numbers, campaigns and addresses meet."""

import pytest

from core.appointments.requests import LookUp
from core.database.statements import Statement
from core.database.unavailable import UnavailableError
from core.messages import Address, AddressKind
from core.registration.addresses import RACES_MAX
from core.registration.intent import Outcome
from core.registration.number import make_number
from tests.fixtures.appointments import Appointments
from tests.fixtures.effects import recorder
from tests.scripts import MAILBOX, PHONE
from tests.unit.core.registration.test_identity import intent

OTHER = Address(AddressKind.PHONE, "+6281299990009")
SOMEBODY_ELSE = {"intent_id": "i2", "nik": "3175015203880009", "full_name": "BUDI"}


def recording(database, *bits):
    drawn = iter(bits)
    return recorder(database, draw_below=lambda _: next(drawn))


async def rows(database, sql):
    read = Statement(sql)
    return [tuple(row) for row in await database.read(lambda connection: connection.all(read))]


async def test_a_taken_number_is_drawn_again(database):
    record = recording(database, 5, 5, 6)
    first = await record(intent())
    second = await record(intent(**SOMEBODY_ELSE, address=OTHER))
    assert (first.number, second.number) == (make_number(5), make_number(6))


async def test_draws_have_an_end_and_leave_nothing_behind(database):
    record = recording(database, *[5] * (1 + RACES_MAX), 6)
    await record(intent())
    other = intent(**SOMEBODY_ELSE, address=OTHER)
    with pytest.raises(UnavailableError):
        await record(other)
    assert (await record(other)).number == make_number(6)


async def test_campaigns_know_nothing_of_each_other(database):
    record = recording(database, 1, 2, 3)
    await record(intent())
    assert (await record(intent(intent_id="i2", full_name="BUDI"))).kind == "in_review"
    told = Appointments(database)
    other = await told.status(LookUp(PHONE, "other"))
    assert (other.registrations, other.in_review) == ((), False)
    assert (await told.status(LookUp(PHONE, "c"))).in_review
    again = await record(intent(intent_id="i3", campaign="other"))
    assert again == Outcome(kind="registered", number=make_number(3))


async def test_an_old_value_stays_in_the_history(database):
    record = recording(database, 1, 2)
    await record(intent())
    await record(intent(intent_id="i2", profession="bidan"))
    kept = await rows(database, "SELECT field, old, new FROM history")
    assert kept == [("profession", "perawat", "bidan")]


async def test_a_later_letter_does_not_unprove_an_address(database):
    record = recording(database, 1, 2, 3, 4)
    await record(intent())
    await record(intent(intent_id="i2", address=MAILBOX))
    prove = Statement("UPDATE addresses SET verified = 1")
    await database.write(lambda connection: connection.run(prove))
    await record(intent(intent_id="i3", address=MAILBOX))
    await record(intent(intent_id="i4", address=OTHER))
    proven = dict(await rows(database, "SELECT value, verified FROM addresses"))
    assert proven == {PHONE.value: 1, MAILBOX.value: 1, OTHER.value: 0}
