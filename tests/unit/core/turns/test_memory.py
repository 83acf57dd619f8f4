"""What the stores in memory promise beyond the suite that they share with SQL."""

from dataclasses import replace

import pytest

from core.appointments.memory import MemoryAppointments
from core.appointments.requests import LookUp
from core.campaign import Limits
from core.database.unavailable import UnavailableError
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.registration.intent import Outcome
from core.registration.number import draw
from core.turns.memory import MemoryRecords
from tests.scripts import MAILBOX, PHONE, START
from tests.unit.core.registration.test_identity import intent

OTHER_NIK = "3175015203880009"
OTHER = Address(AddressKind.PHONE, "+6281299990009")


def owed(key, **more):
    given = {"channel": Channel.SMS, "address": PHONE, "created_at": START}
    return Outgoing(key=key, reply=Reply((Prompt("menu"),), "id"), **{**given, **more})


def records(*bits):
    drawn = iter(bits)
    return MemoryRecords(limits=Limits(), draw_bits=lambda: next(drawn))


async def test_a_taken_number_is_drawn_again():
    store = records(5, 5, 6)
    first = await store.record(intent())
    second = await store.record(
        intent(intent_id="i2", nik=OTHER_NIK, address=OTHER, full_name="BUDI")
    )
    assert (first.number, second.number) == (draw(5), draw(6))


async def test_draws_have_an_end_and_leave_nothing_behind():
    store = records(*[5] * 11, 6)
    await store.record(intent())
    other = intent(intent_id="i2", nik=OTHER_NIK, address=OTHER, full_name="BUDI")
    with pytest.raises(UnavailableError):
        await store.record(other)
    assert (await store.record(other)).number == draw(6)


async def test_campaigns_know_nothing_of_each_other():
    store = records(1, 2)
    await store.record(intent())
    assert (await store.record(intent(intent_id="i2", full_name="BUDI"))).kind == "in_review"
    other = await MemoryAppointments(store).status(LookUp(PHONE, "other"))
    assert (other.registrations, other.in_review) == ((), False)
    assert (await MemoryAppointments(store).status(LookUp(PHONE, "c"))).in_review
    again = await store.record(intent(intent_id="i3", campaign="other"))
    assert again == Outcome(kind="registered", number=draw(2))


async def test_an_old_value_stays_in_the_history():
    store = records(1)
    await store.record(intent())
    await store.record(intent(intent_id="i2", profession="bidan"))
    [kept] = store.records.values()
    assert kept.on_file.profession == "bidan"
    assert kept.history == [("profession", "perawat", "bidan")]


async def test_of_two_wishes_at_once_the_second_counts():
    store = records()
    await store.opt(PHONE, out=False, at=START)
    await store.opt(PHONE, out=True, at=START)
    await store.outbox.put(owed("news", answers_request=False))
    assert not await store.outbox.claim(now=START, lease_seconds=60, limit=10)


async def test_a_later_letter_does_not_unprove_an_address():
    store = records(1)
    await store.record(intent())
    [kept] = store.records.values()
    kept.on_file = replace(kept.on_file, addresses={PHONE: True, MAILBOX: True})
    await store.record(intent(intent_id="i2", address=MAILBOX))
    await store.record(intent(intent_id="i3", address=OTHER))
    assert kept.on_file.addresses == {PHONE: True, MAILBOX: True, OTHER: False}
