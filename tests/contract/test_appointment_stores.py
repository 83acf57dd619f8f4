"""One suite over the stores of appointments: SQLite, PostgreSQL."""

import asyncio
from dataclasses import replace as altered
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from core.appointments.clearing import clear_screening
from core.appointments.facility import Facility
from core.appointments.history import RECORDS_MAX
from core.appointments.requests import (
    DATES_MAX,
    FACILITIES_MAX,
    OTHERS_MAX,
    STATUS_ENTRIES_MAX,
    TIMES_MAX,
    Booked,
    Cancelled,
    FindDates,
    FindFacilities,
    FindSeat,
    FindTimes,
    FoundSeat,
    LookUp,
    NotBookable,
    Screen,
    Taken,
)
from core.appointments.search import find_facilities
from core.appointments.search_statements import FARTHER, IN_BOX
from core.appointments.seat import find_seat
from core.appointments.standby_requests import Wait
from core.campaign import Places
from core.database.statements import iso_utc
from core.fields.timezones import moment
from core.fields.towns import centre_of
from core.messages import Address, AddressKind, Channel, Location
from core.outbox.sms_bounds import UNASKED_MAX
from tests.fixtures.appointments import Appointments
from tests.fixtures.clinics import (
    AT,
    BANDUNG,
    CAMPAIGN,
    DOSES,
    JAYAPURA,
    SOREANG,
    START,
    SqlClinics,
    attend,
    book,
    cancel,
    look_up,
    person_intent,
    phone,
    wib,
)

MAIL = Address(AddressKind.EMAIL, "siti@klinik.example")
MORNING, NOON = wib(22, 8), wib(22, 13)
DAY = 86_400


@pytest.fixture
async def clinics(database_url):
    opened = SqlClinics(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def number(clinics):
    return await clinics.register(1)


@pytest.fixture
async def morning(clinics):
    return await clinics.open(SOREANG, MORNING)


async def standing(clinics, at=AT, address=None, **changes):
    [one] = (await clinics.store.status(look_up(address or phone(1), at, **changes))).registrations
    return one


# What a person may be told.


async def test_a_phone_that_is_merely_on_a_record_is_shown_nothing(clinics):
    hidden = Address(AddressKind.WHATSAPP, "ID.1349")
    number = await clinics.register(1, address=hidden, phone=phone(7).value)

    assert not (await clinics.store.status(look_up(phone(7)))).registrations
    assert (await standing(clinics, address=phone(7), proven=number)).number == number
    assert (await standing(clinics, address=hidden)).number == number
    assert not (await clinics.store.status(look_up(phone(8)))).registrations


async def test_letters_hide_no_record_of_a_phone_that_they_name(clinics):
    for n in range(2, 2 + RECORDS_MAX):
        await clinics.register(n, address=MAIL, channel=Channel.EMAIL, phone=phone(1).value)
    number = await clinics.register(1)
    assert (await standing(clinics)).number == number


async def test_of_several_registrations_the_phones_own_comes_first(clinics):
    other = await clinics.register(2, address=phone(1))
    number = await clinics.register(1)
    report = await clinics.store.status(look_up(phone(1)))
    assert [one.number for one in report.registrations] == [number, other]


async def test_a_mailbox_proves_nothing(clinics):
    number = await clinics.register(1, address=MAIL, channel=Channel.EMAIL, phone=None)
    assert not (await clinics.store.status(look_up(MAIL))).registrations
    assert (await standing(clinics, address=MAIL, proven=number)).number == number


async def test_a_shared_phone_is_shown_all_or_that_there_are_more(clinics):
    here = {"address": phone(1), "phone": phone(1).value}
    numbers = [await clinics.register(n, **here) for n in range(1, STATUS_ENTRIES_MAX + 1)]
    report = await clinics.store.status(look_up(phone(1)))
    assert [one.number for one in report.registrations] == numbers
    assert not report.more

    await clinics.register(STATUS_ENTRIES_MAX + 1, **here)
    report = await clinics.store.status(look_up(phone(1)))
    assert [one.number for one in report.registrations] == numbers
    assert report.more


async def test_a_code_proves_one_registration_only(clinics, number):
    other = await clinics.register(2)
    report = await clinics.store.status(look_up(phone(1), proven=other))
    assert [one.number for one in report.registrations] == [other]


async def test_a_number_of_another_campaign_is_not_found(clinics, number):
    report = await clinics.store.status(LookUp(phone(1), "x", proven=number))
    assert not report.registrations


async def test_without_an_appointment_the_first_dose_is_due(clinics, number):
    one = await standing(clinics)
    assert (one.appointment, one.next_dose, one.since) == (None, 1, None)
    assert (one.screened, one.postponed, one.status) == (False, None, "verified")


async def test_the_report_shows_the_sex_in_the_nik_and_not_the_nik(clinics, number):
    him = "3204111706960002"
    await clinics.record(person_intent(2).model_copy(update={"nik": him}))
    told = await standing(clinics), await standing(clinics, address=phone(2))
    assert [one.sex for one in told] == ["female", "male"]
    assert him not in repr(told)


async def test_a_booking_shows_the_hours_of_the_place(clinics, number):
    slot = await clinics.open(JAYAPURA, wib(22, 6))
    await clinics.store.book(book(number, slot))

    appointment = (await standing(clinics)).appointment
    assert appointment.place[:3] == (JAYAPURA.code, JAYAPURA.name, JAYAPURA.address)
    assert appointment.start.isoformat() == "2021-01-22T08:00:00+09:00"
    assert (appointment.dose, appointment.status) == (1, "booked")


async def test_the_next_dose_is_due_an_interval_after_the_last(clinics, number, morning):
    await clinics.store.book(book(number, morning))
    before = await standing(clinics, at=int(MORNING.timestamp()) - 1)
    after = await standing(clinics, at=int(MORNING.timestamp()))

    assert (before.next_dose, before.since) == (1, None)
    assert (after.next_dose, after.since) == (2, date(2021, 2, 5))
    assert after.appointment.status == "booked"


# Screening.


def screen(number, key="s1", outcome="proceed", until="", **changes):
    values = {"version": "1", "answers": {"fever": "no"}, "at": AT}
    return Screen(key=key, number=number, outcome=outcome, until=until, **{**values, **changes})


async def test_answers_hold_for_their_version_and_their_days(clinics, number):
    await clinics.store.screen(screen(number))
    assert (await standing(clinics)).screened
    assert (await standing(clinics, at=AT + 7 * DAY)).screened
    assert not (await standing(clinics, at=AT + 7 * DAY + 1)).screened
    assert not (await standing(clinics, version="2")).screened


async def test_a_postponed_person_may_come_on_that_day(clinics, number):
    slot = await clinics.open(SOREANG, wib(21, 8)), await clinics.open(SOREANG, wib(22, 0, 30))
    await clinics.store.screen(screen(number, outcome="postpone", until="2021-01-22"))
    one = await standing(clinics)

    assert (one.screened, one.postponed, one.since) == (False, *[date(2021, 1, 22)] * 2)
    early = await clinics.store.book(book(number, slot[0]))
    assert early == NotBookable(why="too_early")
    assert isinstance(await clinics.store.book(book(number, slot[1], "b2")), Booked)
    on_the_day = await standing(clinics, at=int(wib(22, 0).timestamp()))
    assert on_the_day.postponed is None


async def test_the_last_answers_count_and_each_are_stored_once(clinics, number):
    await clinics.store.screen(screen(number, outcome="postpone", until="2021-02-01"))
    await clinics.store.screen(screen(number, "s2"))
    await clinics.store.screen(screen(number, outcome="postpone", until="2021-02-01"))

    one = await standing(clinics)
    assert (one.screened, one.postponed) == (True, None)


async def test_an_outcome_of_asking_at_the_site_is_not_screened(clinics, number):
    await clinics.store.screen(screen(number, outcome="ask_site"))
    assert not (await standing(clinics)).screened


async def test_what_needs_a_doctors_word_stands_for_its_days_unless_it_is_cleared(clinics, number):
    assert not (await standing(clinics)).asks_site
    await clinics.store.screen(screen(number, outcome="ask_site"))
    assert (await standing(clinics)).asks_site
    assert (await standing(clinics, at=AT + 7 * DAY)).asks_site
    assert not (await standing(clinics, at=AT + 7 * DAY + 1)).asks_site
    assert not (await standing(clinics, version="2")).asks_site
    clear = partial(clear_screening, number=number, version="1", key="k", at=moment(AT))
    await clinics.database.write(clear)
    cleared = await standing(clinics)
    assert (cleared.asks_site, cleared.screened) == (False, True)


# Facilities.


async def find(clinics, number, **changes):
    values = {"dose": 1, "since": "2021-01-20", "at": AT}
    found = await clinics.store.find_facilities(FindFacilities(number, **{**values, **changes}))
    return [place.code for place in found.places]


def site(code, regency="3204", name=None, **changes):
    return Facility(
        code=code, name=name or f"Klinik {code}", regency_code=regency, address="Jl.", **changes
    )


async def test_only_open_seats_of_that_dose_campaign_and_time_are_found(clinics, number):
    await clinics.open(site("A"), wib(21, 8))
    await clinics.open(site("B"), wib(21, 8), dose=2)
    await clinics.open(site("C"), wib(21, 8), campaign="other")
    await clinics.open(site("D"), START)
    await clinics.open(site("E"), wib(21, 8), capacity=0)
    await clinics.open(site("F"), wib(20, 23))

    assert await find(clinics, number) == ["A", "F"]
    assert await find(clinics, number, dose=2) == ["B"]
    assert await find(clinics, number, since="2021-01-21") == ["A"]
    assert await find(clinics, number, since="2021-01-22") == []
    assert await find(clinics, "0000-0000") == []


async def test_none_open_differs_from_all_taken(clinics, number):
    async def opened(**changes):
        request = {"dose": 1, "since": "2021-01-20", "at": AT}
        found = await clinics.store.find_facilities(
            FindFacilities(number, **{**request, **changes})
        )
        assert not found.places
        return found.opened

    other = await clinics.register(2)
    assert not await opened()
    await clinics.open(site("PAST"), START)
    await clinics.open(site("CLOSED"), wib(21, 8), capacity=0)
    await clinics.open(site("DOSE"), wib(21, 8), dose=2, capacity=0)
    await clinics.open(site("OTHER"), wib(21, 8), campaign="other")
    assert not await opened()
    full = await clinics.open(SOREANG, wib(21, 8))
    await clinics.store.book(book(other, full))
    assert await opened()
    assert await opened(since="2021-01-21")
    assert not await opened(since="2021-01-22")
    assert not await opened(dose=2)


async def seat(clinics, number, **changes):
    values = {"dose": 1, "since": "2021-01-20", "at": AT}
    return await clinics.store.find_seat(FindSeat(number, **{**values, **changes}))


async def test_the_seat_that_is_offered_is_the_first_at_the_nearest_place(clinics, number):
    assert await seat(clinics, number) == FoundSeat(opened=False)
    await clinics.open(BANDUNG, wib(21, 8))
    noon, morning = await clinics.open(SOREANG, NOON), await clinics.open(SOREANG, MORNING)
    await clinics.open(SOREANG, wib(20, 8))  # is past
    found = await seat(clinics, number)
    assert found.place == SOREANG.place(centre_of("3204"))  # from where her NIK says she lives
    assert (found.place.town, found.slot.id, found.slot.start) == (
        "Kab. Bandung", morning, MORNING)  # fmt: skip
    near = await seat(clinics, number, near=BANDUNG.location)
    assert (near.place.code, near.place.town, near.place.distance_km) == ("BANDUNG", "Bandung", 0)
    await clinics.store.book(book(number, morning))
    assert (await seat(clinics, number)).slot.id == noon
    assert (await seat(clinics, number, dose=2)) == FoundSeat(opened=False)
    assert (await seat(clinics, number, since="2021-01-23")) == FoundSeat(opened=False)
    assert (await seat(clinics, "0000-0000")).place is None


async def test_the_seat_is_at_the_first_place_of_the_list_however_far_it_is(clinics, number):
    home = centre_of("3204")
    for degrees in (9.0, 2.0, 0.5, 0.1, 0.06, 0.01):  # of a kilometre to a thousand
        north = site(f"{degrees}", latitude=home.latitude + degrees, longitude=home.longitude)
        await clinics.open(north, MORNING)
        [first, *_] = await find(clinics, number)
        assert (await seat(clinics, number)).place.code == first == north.code


async def test_no_seat_is_offered_where_all_are_taken(clinics, number):
    taken = await clinics.open(SOREANG, MORNING)
    await clinics.store.book(book(await clinics.register(2), taken))
    assert await seat(clinics, number) == FoundSeat(opened=True)


async def test_since_is_a_day_of_the_place(clinics, number):
    await clinics.open(JAYAPURA, wib(20, 22))  # midnight there
    await clinics.open(SOREANG, wib(20, 23))
    assert await find(clinics, number, since="2021-01-21") == [JAYAPURA.code]


async def test_without_coordinates_the_middle_of_a_regency_decides(clinics, number):
    for code, regency in (("A", "9171"), ("B", "3273"), ("C", "3204"), ("D", "1271")):
        await clinics.open(site(code, regency), MORNING)
    assert await find(clinics, number) == ["C", "B", "D", "A"]  # Medan before Jayapura


async def test_of_an_unknown_regency_the_province_comes_first(clinics):
    lost = await clinics.register(2, nik="3299115706960001")
    for code, regency in (("A", "9171"), ("B", "3273"), ("D", "1271")):
        await clinics.open(site(code, regency), MORNING)
    assert await find(clinics, lost) == ["B", "A", "D"]


async def test_the_nearest_come_first(clinics, number):
    for facility in (JAYAPURA, site("NOWHERE"), BANDUNG, SOREANG):
        await clinics.open(facility, MORNING)
    near = Location(-6.9, 107.6)
    request = FindFacilities(number, dose=1, since="", at=AT, near=near)
    places = (await clinics.store.find_facilities(request)).places

    assert [place.code for place in places] == ["BANDUNG", "SOREANG", "NOWHERE", "JAYAPURA"]
    assert places[0].distance_km == pytest.approx(1.46, abs=0.05)
    assert places[2].distance_km is None
    assert places[3].distance_km == pytest.approx(3_681, abs=40)


async def test_without_a_shared_place_near_is_near_work_and_then_near_home(clinics, number):
    for facility in (SOREANG, BANDUNG, JAYAPURA):
        await clinics.open(facility, MORNING)
    assert await find(clinics, number) == ["SOREANG", "BANDUNG", "JAYAPURA"]
    await clinics.work_at(1, JAYAPURA)
    assert await find(clinics, number) == ["JAYAPURA", "BANDUNG", "SOREANG"]
    clinics.run("UPDATE facilities SET latitude = NULL, longitude = NULL WHERE code = 'JAYAPURA'")
    assert (await find(clinics, number))[0] == "JAYAPURA"
    assert await find(clinics, number, near=Location(-6.9, 107.6)) == [
        *("BANDUNG", "SOREANG", "JAYAPURA")
    ]


async def test_the_workplace_comes_first_among_places_near_it(clinics, number):
    work = site("WORK", latitude=-7.1, longitude=107.6)
    near = site("NEAR", name="Aaa", latitude=-7.1, longitude=107.6)
    for facility in (near, work):
        await clinics.open(facility, MORNING)
    await clinics.work_at(1, work)
    assert await find(clinics, number) == ["WORK", "NEAR"]


@pytest.mark.parametrize(
    ("radius_km", "codes", "beyond"),
    [(0, ["SOREANG", "JAYAPURA"], None), (17, ["SOREANG"], None), (15, [], "SOREANG")],
)
async def test_beyond_the_radius_only_the_nearest_is_told(
    clinics, number, radius_km, codes, beyond
):
    for facility in (SOREANG, JAYAPURA):
        await clinics.open(facility, MORNING)
    store = Appointments(clinics.database, doses=DOSES, places=Places(radius_km=radius_km))
    request = FindFacilities(number, dose=1, since="", at=AT)  # 16 km from the regency's middle
    found = await store.find_facilities(request)
    assert [place.code for place in found.places] == codes
    assert (found.beyond.code if found.beyond else None, found.opened) == (beyond, True)
    anywhere = await store.find_facilities(replace(request, anywhere=True))
    named = await store.find_facilities(replace(request, name="kotaraja"))
    assert [place.code for place in anywhere.places] == ["SOREANG", "JAYAPURA"]
    assert [place.code for place in named.places] == ["JAYAPURA"]


class Watched:
    """A connection that notes the statements that many rows answer."""

    def __init__(self, connection):
        self.one, self._all, self.asked = connection.one, connection.all, []

    def all(self, statement, **values):
        self.asked.append(statement)
        return self._all(statement, **values)


@pytest.mark.parametrize("radius_km", [0, 100])
async def test_a_search_near_many_places_goes_no_farther_than_it_must(clinics, number, radius_km):
    for facility in (SOREANG, BANDUNG, JAYAPURA):
        await clinics.open(facility, MORNING)
    here = Location(SOREANG.latitude, SOREANG.longitude)

    def search(connection):
        watched = Watched(connection)
        asked = FindSeat(number, dose=1, since="", at=AT, near=here)
        found = find_seat(watched, asked, radius_km=radius_km)
        boxes = watched.asked.count(IN_BOX)
        wanted = FindFacilities(number, dose=1, since="", at=AT, near=here)
        find_facilities(watched, wanted, radius_km=radius_km)
        return found.place.code, boxes, watched.asked.count(FARTHER)

    told = await clinics.database.read(search)
    assert told == ("SOREANG", 2, 0 if radius_km else 1)


async def test_beyond_the_radius_the_nearest_is_told_by_the_first_ring_that_has_one(
    clinics, number
):
    await clinics.open(BANDUNG, MORNING)  # 17 km away
    here = Location(SOREANG.latitude, SOREANG.longitude)
    asked = FindSeat(number, dose=1, since="", at=AT, near=here)

    def search(connection):
        watched = Watched(connection)
        found = find_seat(watched, asked, radius_km=10)
        return found.beyond.code, watched.asked.count(IN_BOX), watched.asked.count(FARTHER)

    assert await clinics.database.read(search) == ("BANDUNG", 2, 0)


async def test_no_other_seat_is_offered_beyond_the_radius(clinics, number, morning):
    other = await clinics.register(2)
    for facility in (BANDUNG, JAYAPURA):
        await clinics.open(facility, MORNING)
    await clinics.store.book(book(other, morning))
    store = Appointments(clinics.database, doses=DOSES, places=Places(radius_km=100))
    taken = await store.book(book(number, morning, "b2"))
    assert [place.code for place, _ in taken.others] == ["BANDUNG"]


@pytest.mark.parametrize("near", [None, Location(-7.0, 107.5)])
async def test_a_list_of_facilities_is_bounded(clinics, number, near):
    for n in range(FACILITIES_MAX + 1):
        place = site(f"S{n}", latitude=-7.0 + n / 10, longitude=107.5)
        await clinics.open(place, MORNING)
    assert await find(clinics, number, near=near) == [f"S{n}" for n in range(FACILITIES_MAX)]


@pytest.mark.parametrize(
    ("typed", "codes"),
    {
        "cicendo": ["BANDUNG"],
        "RS CICENDO": ["BANDUNG"],
        "cicndo": ["BANDUNG"],
        "cicedno": ["BANDUNG"],
        "soreang puskesmas": ["SOREANG"],
        "puskesmas sorang": ["SOREANG"],
        "sore": ["SOREANG"],
        "puskesmas": ["SOREANG", "JAYAPURA"],
        "monas": [],
        "...": [],
    }.items(),
)
async def test_a_name_is_found_with_slips_the_best_first(clinics, number, typed, codes):
    for facility in (JAYAPURA, SOREANG, BANDUNG):
        await clinics.open(facility, MORNING)
    assert await find(clinics, number, name=typed) == codes


@pytest.mark.parametrize(
    ("typed", "code"), [("jayapura", "JAYAPURA"), ("kotaraja jayapura", "JAYAPURA")]
)
async def test_a_place_is_found_by_its_town(clinics, number, typed, code):
    for facility in (JAYAPURA, SOREANG, BANDUNG):
        await clinics.open(facility, MORNING)
    assert await find(clinics, number, name=typed) == [code]


# Days and times.


async def dates(clinics, facility=SOREANG, since="", at=AT):
    found = await clinics.store.find_dates(FindDates(facility.code, CAMPAIGN, 1, since, at))
    return [day.isoformat() for day in found.dates]


async def times(clinics, day, facility=SOREANG, at=AT):
    request = FindTimes(facility.code, CAMPAIGN, 1, day, at)
    return [slot.start.isoformat() for slot in (await clinics.store.find_times(request)).slots]


async def test_days_and_times_are_those_of_the_place(clinics):
    await clinics.open(JAYAPURA, wib(21, 22))
    await clinics.open(JAYAPURA, wib(22, 6))
    await clinics.open(JAYAPURA, wib(22, 21, 59))
    await clinics.open(JAYAPURA, wib(22, 22))

    assert await dates(clinics, JAYAPURA) == ["2021-01-22", "2021-01-23"]
    assert await times(clinics, "2021-01-22", JAYAPURA) == [
        "2021-01-22T00:00:00+09:00",
        "2021-01-22T08:00:00+09:00",
        "2021-01-22T23:59:00+09:00",
    ]


async def test_past_and_full_times_are_left_out(clinics, number, morning):
    await clinics.open(SOREANG, START - timedelta(minutes=1))
    await clinics.open(SOREANG, START)
    await clinics.open(SOREANG, START + timedelta(minutes=1))
    await clinics.store.book(book(number, morning))

    assert await dates(clinics) == ["2021-01-20"]
    assert await times(clinics, "2021-01-20") == ["2021-01-20T09:01:00+07:00"]
    assert await times(clinics, "2021-01-22") == []
    assert await dates(clinics, since="2021-01-21") == []
    assert await dates(clinics, BANDUNG) == await times(clinics, "2021-01-20", BANDUNG) == []


async def test_lists_of_days_and_times_are_bounded(clinics):
    for n in range(max(DATES_MAX, TIMES_MAX) + 1):
        await clinics.open(SOREANG, wib(22, 8) + timedelta(days=n))
        await clinics.open(BANDUNG, wib(22, 0) + timedelta(hours=n))
    assert len(await dates(clinics)) == DATES_MAX
    assert len(await times(clinics, "2021-01-22", BANDUNG)) == TIMES_MAX


# Booking.


async def test_a_booking_takes_a_seat_and_says_where_and_when(clinics, number, morning):
    booked = await clinics.store.book(book(number, morning))

    assert not booked.changed
    assert booked.appointment.place.name == SOREANG.name
    assert booked.appointment.start.isoformat() == "2021-01-22T08:00:00+07:00"
    assert await clinics.seats(morning) == (1, 1)


async def test_the_same_booking_again_gets_the_first_result(clinics, number, morning):
    first = await clinics.store.book(book(number, morning))
    queued = await clinics.queued()
    assert await clinics.store.book(book(number, morning)) == first
    assert await clinics.queued() == queued
    assert await clinics.seats(morning) == (1, 1)

    await clinics.store.cancel(cancel(number))
    assert await clinics.store.book(book(number, morning)) == first
    assert await clinics.seats(morning) == (0, 1)


@pytest.mark.parametrize("status", ["received", "not_listed", "in_review"])
async def test_only_the_verified_may_book(clinics, morning, status):
    number = await clinics.register(1, status=status)
    assert await clinics.store.book(book(number, morning)) == NotBookable(why="not_verified")
    assert await clinics.store.book(book("0000-0000", morning)) == NotBookable(why="not_verified")
    assert await clinics.seats(morning) == (0, 1)


async def test_a_seat_that_was_offered_before_a_doctors_word_was_needed_is_not_booked(
    clinics, number, morning
):
    await clinics.store.screen(screen(number))
    await clinics.store.screen(screen(number, "s2", outcome="ask_site"))  # on another door
    refused = await clinics.store.book(book(number, morning))
    assert refused == NotBookable(why="waits")
    assert await clinics.seats(morning) == (0, 1)
    clear = partial(clear_screening, number=number, version="1", key="k", at=moment(AT))
    await clinics.database.write(clear)
    assert isinstance(await clinics.store.book(book(number, morning, "b2")), Booked)


@pytest.mark.parametrize(("late", "books"), [(0, False), (1, True)])
async def test_a_doctors_word_is_needed_while_the_answers_hold(clinics, number, late, books):
    slot = await clinics.open(SOREANG, wib(30, 8))
    await clinics.store.screen(screen(number, outcome="ask_site"))
    asked = book(number, slot, at=AT + 7 * DAY + late)
    assert isinstance(await clinics.store.book(asked), Booked) == books


async def test_who_needs_a_doctors_word_waits_for_no_seat(clinics, number):
    await clinics.store.screen(screen(number, outcome="ask_site"))
    wish = Wait("w1", number, CAMPAIGN, 1, phone(1), Channel.SMS, AT)
    assert await clinics.store.do(wish) == NotBookable(why="waits")


async def test_a_seat_that_is_taken_is_answered_with_the_next_nearest(clinics, number, morning):
    other = await clinics.register(2)
    near = [await clinics.open(SOREANG, MORNING + timedelta(hours=hours)) for hours in (3, -2, 30)]
    far = await clinics.open(BANDUNG, wib(25, 8)), await clinics.open(JAYAPURA, MORNING)
    await clinics.open(BANDUNG, wib(26, 8))
    await clinics.store.book(book(other, morning))
    taken = await clinics.store.book(book(number, morning, "b2"))

    assert [slot.id for _, slot in taken.others] == [near[1], near[0], near[2], *far]
    assert taken.others[0][0].name == SOREANG.name
    assert taken.others[3][1].start.isoformat() == "2021-01-25T08:00:00+07:00"
    assert (await standing(clinics)).appointment is None


async def test_a_request_refused_as_taken_is_not_booked_after_all(clinics, number, morning):
    other = await clinics.register(2)
    await clinics.store.book(book(other, morning))
    told = await clinics.store.book(book(number, morning, "b2"))
    await clinics.store.cancel(cancel(other))

    assert await clinics.store.book(book(number, morning, "b2")) != told  # others may be free now
    assert (await standing(clinics)).appointment is None
    assert await clinics.seats(morning) == (0, 1)
    assert isinstance(await clinics.store.book(book(number, morning, "b3")), Booked)


async def test_a_request_refused_by_the_rules_is_not_booked_after_all(clinics, morning):
    number = await clinics.register(1, status="in_review")
    told = await clinics.store.book(book(number, morning))
    await clinics.register(1)  # verified meanwhile

    assert await clinics.store.book(book(number, morning)) == told
    assert isinstance(await clinics.store.book(book(number, morning, "b2")), Booked)


async def test_offers_are_bounded_and_no_earlier_than_the_dose_is_due(clinics, number, morning):
    other = await clinics.register(2)
    await clinics.store.screen(screen(number, outcome="postpone", until="2021-01-22"))
    await clinics.open(SOREANG, MORNING - timedelta(days=1))
    slots = [
        await clinics.open(SOREANG, MORNING + timedelta(hours=n + 1)) for n in range(OTHERS_MAX)
    ]
    await clinics.open(BANDUNG, NOON)
    await clinics.store.book(book(other, morning))
    taken = await clinics.store.book(book(number, morning, "b2"))
    assert [slot.id for _, slot in taken.others] == slots


async def test_a_slot_that_has_begun_or_never_existed_is_unavailable(clinics, number):
    begun = await clinics.open(SOREANG, START)
    assert await clinics.store.book(book(number, begun)) == Taken(others=())
    assert await clinics.store.book(book(number, 4711)) == Taken(others=())
    alien = await clinics.open(SOREANG, NOON, campaign="other", capacity=9)
    assert await clinics.store.book(book(number, alien)) == Taken(others=())


@pytest.mark.parametrize("dose", [0, 2, 3])
async def test_only_the_dose_that_is_due_may_be_booked(clinics, number, dose):
    slot = await clinics.open(SOREANG, wib(30, 8), dose=dose)
    assert await clinics.store.book(book(number, slot, dose=dose)) == NotBookable(why="too_early")
    assert await clinics.store.book(book(number, slot, dose=1)) == NotBookable(why="too_early")
    assert await clinics.seats(slot) == (0, 1)


async def test_another_appointment_ahead_must_be_changed(clinics, number, morning):
    noon = await clinics.open(SOREANG, NOON)
    await clinics.store.book(book(number, morning))

    refused = await clinics.store.book(book(number, noon, "b2"))
    assert refused == NotBookable(why="other_appointment")
    assert (await clinics.seats(morning), await clinics.seats(noon)) == ((1, 1), (0, 1))


async def test_a_change_gives_the_seat_before_back(clinics, number, morning):
    noon = await clinics.open(SOREANG, NOON)
    await clinics.store.book(book(number, morning))
    changed = await clinics.store.book(book(number, noon, "b2", changes=True))

    assert changed.changed
    assert changed == await clinics.store.book(book(number, noon, "b2", changes=True))
    assert (await clinics.seats(morning), await clinics.seats(noon)) == ((0, 1), (1, 1))
    assert (await standing(clinics)).appointment == changed.appointment
    assert await clinics.live() == 1


async def test_a_change_to_the_same_slot_works(clinics, number, morning):
    first = await clinics.store.book(book(number, morning))
    again = await clinics.store.book(book(number, morning, "b2", changes=True))

    same = altered(again.appointment, code=first.appointment.code)  # but for its ticket
    assert (again.changed, same) == (True, first.appointment)
    assert await clinics.seats(morning) == (1, 1)
    assert await clinics.live() == 1


async def test_a_change_to_a_taken_seat_leaves_everything_as_it_was(clinics, number, morning):
    noon, other = await clinics.open(SOREANG, NOON), await clinics.register(2)
    first = await clinics.store.book(book(number, morning))
    await clinics.store.book(book(other, noon, "b2"))
    queued = await clinics.queued()
    taken = await clinics.store.book(book(number, noon, "b3", changes=True))

    assert isinstance(taken, Taken)
    assert (await standing(clinics)).appointment == first.appointment
    assert (await clinics.seats(morning), await clinics.seats(noon)) == ((1, 1), (1, 1))
    assert await clinics.queued() == queued


async def test_a_change_of_nothing_is_a_booking(clinics, number, morning):
    booked = await clinics.store.book(book(number, morning, changes=True))
    assert not booked.changed


async def second_visit(clinics, number, first, *, kept=None, **changes):
    """Book the first dose, let its time pass, say what became of it, book two weeks later."""
    await clinics.store.book(book(number, first))
    at = int(MORNING.timestamp()) + DAY
    if kept is not None:
        await clinics.store.attend(attend(number, at, kept=kept))
    slot = await clinics.open(SOREANG, wib(36, 8), dose=changes.get("dose", 1))
    return await clinics.store.book(book(number, slot, "b2", at=at, **changes))


async def test_an_appointment_that_was_missed_may_be_booked_again(clinics, number, morning):
    booked = await second_visit(clinics, number, morning, kept=False)
    assert (booked.appointment.dose, booked.changed) == (1, False)
    one = await standing(clinics)
    assert (one.next_dose, one.appointment.start) == (1, wib(36, 8))
    assert await clinics.seats(morning) == (1, 1)


async def test_after_an_attended_appointment_the_second_dose_is_due(clinics, number, morning):
    booked = await second_visit(clinics, number, morning, kept=True, dose=2)
    assert (booked.appointment.dose, booked.changed) == (2, False)
    one = await standing(clinics)
    assert (one.next_dose, one.since) == (2, date(2021, 2, 5))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "other_appointment"),
        ({"kept": False, "dose": 2}, "too_early"),
        ({"kept": True, "dose": 1}, "too_early"),
    ],
)
async def test_what_became_of_the_last_one_decides(clinics, number, morning, changes, why):
    assert await second_visit(clinics, number, morning, **changes) == NotBookable(why=why)


async def test_a_change_that_comes_too_late_has_missed_it(clinics, number, morning):
    booked = await second_visit(clinics, number, morning, changes=True)
    assert (booked.appointment.dose, booked.changed) == (1, False)


async def test_attendance_is_noted_once_and_needs_no_booking(clinics, number, morning):
    await clinics.store.book(book(number, morning))
    before, after = (int(MORNING.timestamp()) + seconds for seconds in (-1, 0))
    await clinics.store.attend(attend(number, before))
    assert (await standing(clinics, at=after)).appointment.status == "booked"
    for kept in (False, True):
        await clinics.store.attend(attend(number, after, kept=kept))
    one = await standing(clinics, at=after)
    assert (one.appointment, one.next_dose) == (None, 1)
    assert await clinics.seats(morning) == (1, 1)
    await clinics.store.attend(attend("0000-0000", after))


async def test_attendance_is_fed_to_the_registry(clinics, number, morning):
    await clinics.store.book(book(number, morning))
    version = await clinics.version(number)
    for _ in range(2):
        await clinics.store.attend(attend(number, int(MORNING.timestamp())))
    assert await clinics.version(number) == version + 1


async def test_a_record_is_never_older_than_it_was_made(clinics, morning):
    made = datetime.fromtimestamp(AT, UTC) + timedelta(milliseconds=900)
    number = await clinics.register(1, received_at=made)
    await clinics.store.book(book(number, morning))
    assert clinics.run("SELECT updated_at FROM records") == [(iso_utc(made),)]


async def test_the_second_dose_is_not_due_before_the_interval(clinics, number, morning):
    await clinics.store.book(book(number, morning))
    at = int(MORNING.timestamp()) + DAY
    early = await clinics.open(SOREANG, wib(35, 23, 59), dose=2)
    due = await clinics.open(SOREANG, wib(36, 0), dose=2)
    await clinics.store.attend(attend(number, at))
    request = {"dose": 2, "at": at}

    assert await clinics.store.book(book(number, early, "b2", **request)) == NotBookable(
        why="too_early"
    )
    assert isinstance(await clinics.store.book(book(number, due, "b3", **request)), Booked)


async def test_after_the_last_dose_there_is_none(clinics, number, morning):
    await second_visit(clinics, number, morning, kept=True, dose=2)
    one = await standing(clinics, at=int(wib(36, 9).timestamp()))
    assert (one.next_dose, one.since) == (0, None)


# Cancelling.


async def test_cancelling_gives_the_seat_back_once(clinics, number, morning):
    booked = await clinics.store.book(book(number, morning))
    cancelled = await clinics.store.cancel(cancel(number))

    assert cancelled.appointment.place == booked.appointment.place
    assert cancelled.appointment.status == "cancelled"
    assert await clinics.store.cancel(cancel(number)) == cancelled
    assert await clinics.store.cancel(cancel(number, "c2")) == Cancelled(appointment=None)
    assert await clinics.seats(morning) == (0, 1)
    assert (await standing(clinics)).appointment is None
    assert isinstance(await clinics.store.book(book(number, morning, "b2")), Booked)


async def test_a_cancellation_again_leaves_a_later_booking_alone(clinics, number, morning):
    await clinics.store.book(book(number, morning))
    first = await clinics.store.cancel(cancel(number))
    await clinics.store.book(book(number, morning, "b2"))
    assert await clinics.store.cancel(cancel(number)) == first
    assert await clinics.seats(morning) == (1, 1)


async def test_an_appointment_that_has_begun_cannot_be_cancelled(clinics, number, morning):
    await clinics.store.book(book(number, morning))
    begun = cancel(number, at=int(MORNING.timestamp()))
    assert await clinics.store.cancel(begun) == Cancelled(appointment=None)
    assert await clinics.store.cancel(cancel("0000-0000")) == Cancelled(appointment=None)
    assert await clinics.seats(morning) == (1, 1)


# What is queued.


async def queued(clinics):
    return {key: rest for key, rest in (await clinics.queued()).items() if key[0] in "bc"}


DAY_BEFORE, MORNING_OF = iso_utc(wib(21, 10)), iso_utc(wib(22, 8))


async def test_an_early_booking_owes_its_ticket_and_one_reminder(clinics, number, morning):
    await clinics.store.book(book(number, morning))
    here = phone(1).value
    assert await queued(clinics) == {
        "b1/ticket": ("queued", "whatsapp", here, iso_utc(START)),
        "b1/reminder/day": ("queued", "sms", here, iso_utc(wib(21, 18))),
    }


async def test_a_booking_owes_its_ticket_and_two_reminders(clinics, number):
    await clinics.store.book(book(number, await clinics.open(SOREANG, NOON)))
    here = phone(1).value
    assert await queued(clinics) == {
        "b1/ticket": ("queued", "whatsapp", here, iso_utc(START)),
        "b1/reminder/day": ("queued", "sms", here, DAY_BEFORE),
        "b1/reminder/morning": ("queued", "sms", here, MORNING_OF),
    }


async def test_the_phone_on_file_gets_a_copy_of_bookings_made_elsewhere(clinics, number, morning):
    await clinics.store.book(book(number, morning, address=phone(9), channel=Channel.USSD))
    told = {key: rest[:3] for key, rest in (await queued(clinics)).items()}
    assert told["b1/ticket"] == ("queued", "sms", phone(9).value)
    assert told["b1/ticket/phone"] == ("queued", "sms", phone(1).value)
    assert told["b1/reminder/day"] == ("queued", "sms", phone(1).value)


async def test_a_change_and_a_cancellation_withdraw_what_is_queued(clinics, number, morning):
    noon = await clinics.open(SOREANG, NOON)
    await clinics.store.book(book(number, noon))
    await clinics.store.book(book(number, morning, "b2", changes=True))
    status = {key: rest[0] for key, rest in (await queued(clinics)).items()}
    assert {key for key in status if status[key] == "withdrawn"} == {
        "b1/ticket",
        "b1/reminder/day",
        "b1/reminder/morning",
    }
    await clinics.store.cancel(cancel(number))
    status = {key: rest[0] for key, rest in (await queued(clinics)).items()}
    assert {key for key in status if status[key] == "queued"} == {"c1/ticket"}


async def test_a_cancellation_withdraws_the_copy_to_the_phone_too(clinics, number, morning):
    await clinics.store.book(book(number, morning, address=phone(9), channel=Channel.USSD))
    await clinics.store.cancel(cancel(number, address=phone(9), channel=Channel.USSD))
    status = {key: rest[0] for key, rest in (await queued(clinics)).items()}
    assert (status["b1/ticket"], status["b1/ticket/phone"]) == ("withdrawn", "withdrawn")
    assert (status["c1/ticket"], status["c1/ticket/phone"]) == ("queued", "queued")


# Many at once.


async def test_many_bookings_of_few_seats_take_exactly_those(clinics):
    slot = await clinics.open(SOREANG, MORNING, capacity=5)
    await clinics.open(SOREANG, NOON, capacity=100)
    numbers = [await clinics.register(n) for n in range(20)]
    results = await asyncio.gather(
        *(clinics.store.book(book(one, slot, f"b{n}")) for n, one in enumerate(numbers))
    )

    assert [type(result) for result in results].count(Booked) == 5
    assert all(result.others for result in results if isinstance(result, Taken))
    assert await clinics.seats(slot) == (5, 5)
    assert await clinics.live() == 5


async def test_one_person_who_books_twice_at_once_has_one_appointment(clinics, number, morning):
    noon = await clinics.open(SOREANG, NOON)
    results = await asyncio.gather(
        *(clinics.store.book(book(number, slot, f"b{slot}")) for slot in (morning, noon))
    )

    assert sorted(type(result).__name__ for result in results) == ["Booked", "NotBookable"]
    assert await clinics.live() == 1
    assert sum([(await clinics.seats(slot))[0] for slot in (morning, noon)]) == 1


async def test_the_same_booking_ten_times_at_once_is_one(clinics, number):
    slot = await clinics.open(SOREANG, MORNING, capacity=20)
    results = await asyncio.gather(*(clinics.store.book(book(number, slot)) for _ in range(10)))
    assert results == [results[0]] * 10
    assert await clinics.seats(slot) == (1, 20)


async def test_the_same_cancellation_ten_times_at_once_is_one(clinics, number):
    slot, other = await clinics.open(SOREANG, MORNING, capacity=9), await clinics.register(2)
    await clinics.store.book(book(number, slot))
    await clinics.store.book(book(other, slot, "b2"))
    results = await asyncio.gather(*(clinics.store.cancel(cancel(number)) for _ in range(10)))
    assert results == [results[0]] * 10
    assert await clinics.seats(slot) == (1, 9)


# What a phone that did not ask is sent.


async def fidget(clinics, number, address, many):
    """Book and change so often; return the status of each copy to the phone on file at once."""
    slots = [await clinics.open(SOREANG, wib(25, 12, n)) for n in range(many)]
    statuses = []
    for n, slot in enumerate(slots):
        request = book(number, slot, f"b{n}", address=address, changes=n > 0, at=AT + n)
        assert isinstance(await clinics.store.book(request), Booked)
        statuses.append((await clinics.queued())[f"b{n}/ticket/phone"][0])
    return statuses


async def test_a_phone_that_never_wrote_gets_so_many_sms_a_day_unasked(clinics):
    hidden = Address(AddressKind.WHATSAPP, "ID.1349")
    number = await clinics.register(1, address=hidden, phone=phone(7).value)
    statuses = await fidget(clinics, number, hidden, UNASKED_MAX + 2)
    assert sorted(statuses) == ["queued"] * UNASKED_MAX + ["withheld"] * 2


async def test_reminders_count_for_the_day_on_which_they_are_sent(clinics):
    hidden = Address(AddressKind.WHATSAPP, "ID.1349")
    number = await clinics.register(1, address=hidden, phone=phone(7).value)
    await fidget(clinics, number, hidden, UNASKED_MAX + 1)
    queued = await clinics.queued()
    assert [queued[f"b{n}/reminder/day"][0] for n in range(UNASKED_MAX)] == ["withdrawn"] * 3
    assert queued[f"b{UNASKED_MAX}/reminder/morning"][0] == "withheld"
    slot = await clinics.open(SOREANG, wib(29, 8))
    request = book(number, slot, "last", address=hidden, changes=True, at=AT + 99)
    await clinics.store.book(request)
    assert (await clinics.queued())["last/reminder/day"][0] == "queued"


async def test_the_same_booking_redone_counts_once(clinics):
    hidden = Address(AddressKind.WHATSAPP, "ID.1349")
    number = await clinics.register(1, address=hidden, phone=phone(7).value)
    slot = await clinics.open(SOREANG, wib(24, 8))
    for _ in range(UNASKED_MAX + 1):
        await clinics.store.book(book(number, slot, "first", address=hidden))
    await clinics.store.cancel(cancel(number, "off", address=hidden, at=AT))
    assert await fidget(clinics, number, hidden, 2) == ["queued", "withheld"]


async def test_a_phone_that_has_proven_itself_gets_all_that_is_about_its_record(clinics):
    hidden = Address(AddressKind.WHATSAPP, "ID.1349")
    number = await clinics.register(1)
    statuses = await fidget(clinics, number, hidden, UNASKED_MAX + 2)
    assert statuses == ["queued"] * (UNASKED_MAX + 2)


async def test_a_phone_abroad_that_never_wrote_gets_nothing_unasked(clinics):
    hidden = Address(AddressKind.WHATSAPP, "ID.1349")
    number = await clinics.register(1, address=hidden, phone="+252615000777")
    assert await fidget(clinics, number, hidden, 1) == ["withheld"]
