"""What the page on privacy says about erasing one person works, and leaves nothing of them."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.appointments.requests import Screen
from core.registration.requests import SendCode
from tests.fixtures.clinics import AT, CAMPAIGN, LIMITS, SOREANG, SqlClinics, book, nik, phone, wib
from tests.fixtures.effects import make_effects

PAGE = Path(__file__).parents[2] / "docs/privacy.md"


@pytest.fixture
async def clinics(sqlite_emptied):
    opened = SqlClinics(sqlite_emptied)
    yield opened
    await opened.close()


def statements():
    section = PAGE.read_text().partition("## Erasing one person")[2].partition("\n## ")[0]
    code = "\n".join(re.findall(r"^    (.*)$", section, re.MULTILINE))
    return [one.strip() for one in code.split(";") if one.strip()]


async def test_erasing_one_person_leaves_nothing_of_them(clinics):
    slot, other = await clinics.open(SOREANG, wib(22, 8), capacity=2), await clinics.register(2)
    number = await clinics.register(1)
    answers = Screen("s1", number, "1", {"fever": "no"}, "proceed", "", AT)
    await clinics.store.screen(answers)
    await clinics.store.book(book(number, slot))
    await clinics.store.book(book(other, slot, "b2", address=phone(2)))
    await make_effects(clinics.database, limits=LIMITS).run(
        SendCode("c1", number, CAMPAIGN, phone(9), "id", AT)
    )

    with closing(sqlite3.connect(clinics.url.removeprefix("sqlite:///"))) as raw:
        raw.execute("PRAGMA foreign_keys = ON")
        (this,) = raw.execute("SELECT id FROM records WHERE nik = ?", [nik(1)]).fetchone()
        given = {"id": this, "nik": nik(1), "kind": "phone", "value": phone(1).value}
        for statement in statements():
            raw.execute(statement, given)
        raw.commit()
        left = "\n".join(raw.iterdump())
    assert await clinics.seats(slot) == (1, 2)
    assert nik(2) in left
    assert not [one for one in (nik(1), phone(1).value) if one in left]
