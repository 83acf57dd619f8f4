"""Whoever asked to be erased is, when the cooling time is over; whoever did not stays."""

from datetime import timedelta
from functools import partial

from core.cases.requests import COOLING_HOURS
from core.database.statements import Statement
from core.outbox.farewell import delete_farewells
from gateway.operators.erasing import Erasing
from tests.chaos.house import House
from tests.chaos.scenes import OTHER, OTHER_NAME, OTHER_NIK, after, booked, chat
from tests.scripts import NAME, NIK, PHONE, START

LATER = START + timedelta(hours=COOLING_HOURS + 1)


def asked(*more):
    """Return a house of two people, of whom one has asked to be erased."""
    house = after(
        House(booked()), *chat(f"DAFTAR {OTHER_NIK}#{OTHER_NAME}#2", "YA", address=OTHER)
    )
    return after(house, *chat("HAPUS", "2", "YA", *more, n=800))


def erasing(house, at):
    given = {"database": house.stores.database, "sessions": house.sessions}
    return Erasing(**given, clock=lambda: at, countries=frozenset({"ID"}))


def farewells(house):
    return [one for one in house.dump()["outbox"] if "case_erased" in repr(one)]


async def test_nothing_is_left_of_who_is_due_and_all_of_the_other():
    house = asked()
    assert not await erasing(house, START).erase_one()
    assert await erasing(house, LATER).erase_one()
    assert not await erasing(house, LATER).erase_one()
    [told] = farewells(house)
    assert PHONE.value in repr(told)
    sent = Statement("UPDATE outbox SET status = 'sent' WHERE key LIKE 'erased/%'")
    await house.stores.database.write(lambda use: use.run(sent))
    await house.stores.database.write(partial(delete_farewells, before=LATER, limit=9))
    dump = house.dump()
    kept = repr({name: rows for name, rows in dump.items() if name != "roster"})
    assert not [one for one in (NIK, NAME, PHONE.value) if one in kept]
    assert OTHER_NAME in kept
    assert PHONE.conversation not in house.sessions.rows
    assert OTHER.conversation in house.sessions.rows
    assert len(dump["erasures"]) == len(dump["audit"]) == 1
    assert dump["cases"] == []


async def test_who_stopped_it_stays():
    house = asked("BATAL")
    before = house.dump()
    assert not await erasing(house, LATER).erase_one()
    assert house.dump() == before
