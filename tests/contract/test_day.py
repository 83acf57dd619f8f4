"""The day of a facility, on both databases: its list, and what the site notes."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from core.appointments.attendance import NOTED_DAYS_MAX, SiteNote, note_attendance
from core.appointments.day import Day, DayOf, day_csv, read_day
from tests.contract.test_appointment_stores import screen, standing
from tests.fixtures.clinics import (
    BANDUNG,
    CAMPAIGN,
    JAYAPURA,
    SOREANG,
    SqlClinics,
    attend,
    book,
    cancel,
    nik,
    phone,
    wib,
)

MORNING, NOON = wib(22, 8), wib(22, 13)
FRIDAY = DayOf(CAMPAIGN, SOREANG, date(2021, 1, 22))


@pytest.fixture
async def clinics(database_url):
    opened = SqlClinics(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def number(clinics):
    """Return the number of a person who is booked on Friday at eight."""
    number = await clinics.register(1)
    await clinics.store.book(book(number, await clinics.open(SOREANG, MORNING, capacity=9)))
    return number


async def listed(clinics, day=FRIDAY):
    return await clinics.database.read(partial(read_day, day=day))


async def came(clinics, number, said="yes", **changes):
    values = {"campaign": CAMPAIGN, "facility_code": SOREANG.code, "operator": "ani", "key": "k"}
    note = SiteNote(**{**values, "number": number, "came": said, "at": NOON, **changes})
    return await clinics.database.write(partial(note_attendance, note=note))


def code_of(clinics, number):
    [(code,)] = clinics.run(
        """
        SELECT code
        FROM appointments
        JOIN records ON records.id = record_id
        WHERE number = :number AND appointments.status = 'booked'
        """,
        number=number,
    )
    return code


# The list.


async def test_the_list_says_who_comes_when_and_shows_the_end_of_the_nik_alone(clinics, number):
    [entry] = (await listed(clinics)).entries
    shown = (entry.time, entry.number, entry.nik_end, entry.dose, entry.phone, entry.came)
    assert shown == ("08:00", number, nik(1)[-4:], 1, phone(1).value, "")
    assert (entry.ask_site, entry.walk_in, entry.code) == (False, False, code_of(clinics, number))
    assert nik(1) not in str(entry)
    assert entry.full_name not in repr(entry)


async def test_the_list_is_of_one_day_of_the_place_in_the_order_of_time_and_name(clinics, number):
    later = await clinics.open(SOREANG, NOON, capacity=9)
    for n, slot in ((3, later), (2, later)):
        await clinics.store.book(book(await clinics.register(n), slot, f"b{n}", address=phone(n)))
    for n, (facility, start) in enumerate(
        ((SOREANG, wib(22, 24)), (SOREANG, wib(21, 23, 59)), (BANDUNG, NOON)), start=4
    ):
        slot = await clinics.open(facility, start)
        await clinics.store.book(book(await clinics.register(n), slot, f"b{n}", address=phone(n)))
    found = (await listed(clinics)).entries
    assert [(one.time, one.nik_end[-1]) for one in found] == [
        *[("08:00", "1"), ("13:00", "2"), ("13:00", "3")]
    ]
    assert len((await listed(clinics, FRIDAY._replace(facility=BANDUNG))).entries) == 1
    assert not (await listed(clinics, FRIDAY._replace(campaign="other"))).entries


async def test_a_day_begins_at_the_midnight_of_the_place(clinics):
    slot = await clinics.open(JAYAPURA, wib(21, 22))  # midnight there
    await clinics.store.book(book(await clinics.register(1), slot))
    [entry] = (await listed(clinics, FRIDAY._replace(facility=JAYAPURA))).entries
    assert entry.time == "00:00"


async def test_who_cancelled_is_not_on_the_list(clinics, number):
    await clinics.store.cancel(cancel(number))
    assert not (await listed(clinics)).entries


async def test_the_list_flags_whom_a_doctor_must_see(clinics, number):
    await clinics.store.screen(screen(number, outcome="ask_site"))
    assert (await listed(clinics)).entries[0].ask_site
    await clinics.store.screen(screen(number, "s2"))
    assert not (await listed(clinics)).entries[0].ask_site


async def test_the_csv_has_no_codes_and_no_formulas(clinics, number):
    day = await listed(clinics)
    [entry] = day.entries
    text = day_csv(Day(entries=[replace(entry, full_name="=HYPERLINK(1)", ask_site=True)]))
    head, line = text.splitlines()
    assert head == (
        "time,number,full_name,nik_end,dose,phone,ask_site,came,noted_by,batch,walk_in"
    )
    cells = line.split(",")
    assert (cells[2], cells[5], cells[6]) == ("'=HYPERLINK(1)", f"'{phone(1).value}", "yes")
    assert entry.code not in text


# Attendance.


@pytest.mark.parametrize(
    ("said", "status", "dose"),
    [("yes", "attended", 2), ("no", "missed", 1), ("put_off",) * 2 + (1,)],
)
async def test_the_site_says_whether_a_person_came(clinics, number, said, status, dose):
    noted = await came(clinics, number, said, batch="CV-19/7")
    assert (noted.number, noted.came, noted.start, noted.said) == (number, said, MORNING, "booked")
    [entry] = (await listed(clinics)).entries
    assert (entry.came, entry.noted_by, entry.batch) == (said, "ani", "CV-19/7")
    assert (await standing(clinics, at=int(NOON.timestamp()))).next_dose == dose
    assert {key: row[0] for key, row in (await clinics.queued()).items() if "reminder" in key} == {
        "b1/reminder/day": "withdrawn"
    }


async def test_the_word_of_the_site_beats_what_the_person_says(clinics, number):
    late = int(NOON.timestamp())
    await clinics.store.attend(attend(number, late, kept=True))
    assert (await standing(clinics, at=late)).next_dose == 2
    assert (await came(clinics, number, "no")).said == "attended"
    assert (await standing(clinics, at=late)).next_dose == 1

    await clinics.store.attend(attend(number, late, kept=True))
    assert (await standing(clinics, at=late)).next_dose == 1
    await came(clinics, number, "yes", key="k2")  # the site may correct itself
    assert (await standing(clinics, at=late)).next_dose == 2


@pytest.mark.parametrize("said", ["no", "put_off"])
async def test_a_later_dose_ends_where_the_dose_before_was_not_given(clinics, number, said):
    late = int(NOON.timestamp())
    await clinics.store.attend(attend(number, late, kept=True))
    second = await clinics.open(SOREANG, MORNING + timedelta(days=14), dose=2)
    await clinics.store.book(book(number, second, key="b2", dose=2, at=late))
    assert await clinics.seats(second) == (1, 1)

    await came(clinics, number, said)
    await came(clinics, number, said)
    assert await clinics.seats(second) == (0, 1)
    assert (await standing(clinics, at=late)).next_dose == 1
    queued = await clinics.queued()
    assert queued["k/later/ticket"][0] == "queued"
    assert queued["b2/reminder/day"][0] == "withdrawn"


async def test_a_dose_booked_again_stays_whatever_is_noted_of_the_missed_one(clinics, number):
    await came(clinics, number, "no")
    again = await clinics.open(SOREANG, MORNING + timedelta(days=3))
    await clinics.store.book(book(number, again, key="b2", at=int(NOON.timestamp())))
    await came(clinics, number, "put_off", key="k2")
    assert await clinics.seats(again) == (1, 1)


async def test_the_same_note_again_changes_nothing(clinics, number):
    first, version = await came(clinics, number), await clinics.version(number)
    again = await came(clinics, number, key="k2")
    assert (again.number, again.said) == (first.number, "attended")
    assert await clinics.version(number) == version


async def test_a_ticket_is_known_by_its_code_alone(clinics, number):
    code = code_of(clinics, number)
    assert (await came(clinics, "", code=code)).number == number
    assert (await came(clinics, number, code=code)).number == number
    assert (await came(clinics, "", code="0" * 8)).why == "unknown"
    assert (await came(clinics, number, code="0" * 8)).why == "old_ticket"


async def test_a_ticket_of_before_a_change_is_old(clinics, number):
    old = code_of(clinics, number)
    noon = await clinics.open(SOREANG, NOON)
    await clinics.store.book(book(number, noon, "b2", changes=True))
    assert (await came(clinics, "", code=old)).why == "old_ticket"


async def test_another_facility_learns_and_notes_nothing(clinics, number):
    code = code_of(clinics, number)
    await clinics.open(BANDUNG, MORNING)
    for ticket in ({"number": number}, {"number": "", "code": code}):
        refused = await came(clinics, **ticket, facility_code=BANDUNG.code)
        assert refused == ("unknown", "", None)
    assert (await listed(clinics)).entries[0].came == ""


async def test_a_person_who_comes_a_day_early_is_told_when(clinics, number):
    early = MORNING - timedelta(hours=9)
    refused = await came(clinics, number, at=early)
    assert (refused.why, refused.start) == ("another_day", MORNING)
    assert (await came(clinics, number, at=MORNING - timedelta(hours=7))).came == "yes"


async def test_nobody_has_missed_what_has_not_begun(clinics, number):
    assert (await came(clinics, number, "no", at=MORNING - timedelta(seconds=1))).why == "not_yet"
    assert (await came(clinics, number, "no", at=MORNING)).came == "no"


async def test_what_is_long_past_is_noted_no_more(clinics, number):
    last = MORNING + timedelta(days=NOTED_DAYS_MAX)
    assert (await came(clinics, number, at=last)).why == "unknown"
    assert (await came(clinics, number, at=last - timedelta(seconds=1))).came == "yes"


async def test_who_was_put_off_may_come_again_from_that_day_on(clinics, number):
    await came(clinics, number, "put_off", until=date(2021, 2, 5))
    one = await standing(clinics, at=int(NOON.timestamp()))
    assert (one.postponed, one.since, one.next_dose) == (date(2021, 2, 5), date(2021, 2, 5), 1)
    await came(clinics, number, "put_off", until=date(2021, 2, 9), key="k2")
    assert (await standing(clinics, at=int(NOON.timestamp()))).postponed == date(2021, 2, 9)
