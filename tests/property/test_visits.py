"""Whatever people type, share or write, and whatever the stores find, there is an answer."""

from dataclasses import replace
from datetime import date, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.appointments.requests import (
    Attend,
    Book,
    Booked,
    Cancel,
    Cancelled,
    FindDates,
    FindFacilities,
    FindSeat,
    FindTimes,
    FoundDates,
    FoundFacilities,
    FoundSeat,
    FoundTimes,
    LookUp,
    NotBookable,
    StatusReport,
    Taken,
)
from core.appointments.views import OpenSlot, Place
from core.conversation.session import Session
from core.messages import Channel, Location
from core.registration.number import make_number
from core.registration.requests import CheckCode, CodeChecked, CodeSent, Register, SendCode
from core.wording.data import is_data
from core.wording.gsm7 import septets
from tests.contract.test_catalogs import CATALOGS, KEYS
from tests.scripts import (
    APPOINTMENT,
    BOOKABLE,
    CAMPAIGN,
    MAILBOX,
    MORNING,
    NIK,
    PHONE,
    REGISTERED,
    REGISTERING,
    SOREANG,
    START,
    TO_FACILITY,
    TO_SEAT,
    VERIFIED,
    WORDING,
    Person,
)

EFFECTS_MAX = 4  # that one message may lead to: a code, a look, and lists that are empty
NUMBERS = tuple(make_number(n) for n in range(3))
OWN = {f"profession:{one.code}" for one in CAMPAIGN.professions} | {"language:id", "language:en"}
OWN |= {f"health:{one.code}" for one in CAMPAIGN.screening.questions}
WORDS = [
    *("1", "2", "3", "2 4", "9", "0", "00", "98", "", "ya", "tidak"),
    *("JADWAL", "STATUS", "BATAL", "menu"),
    *("123456", NUMBERS[0], f"STATUS {NUMBERS[1]}", f"JADWAL {NUMBERS[0]}", "DAFTAR", "ENGLISH"),
    *("Puskesmas", "08:00", NIK, "x" * 2_000, "\x00", "\u0661", "{place}", "@menu", "text:x"),
]
ODD = ("Puskesmas", "@menu", "{hotline}", "a\n1 b", "\x00", "W" * 300, "", "1")
PLACES = (
    tuple(
        Place(name, name, other, far)
        for name, other, far in zip(
            ODD, reversed(ODD), (None, 0.0, 0.99, 1.5, 2e4) * 2, strict=False
        )
    )
    + (SOREANG,) * 4
)
SLOTS = tuple(OpenSlot(n, MORNING.start + timedelta(minutes=47 * n)) for n in range(22))
DAYS = tuple(date(2021, 1, 15) + timedelta(days=n) for n in range(16))
PAST = START - timedelta(days=30)
HELD = (
    None,
    APPOINTMENT,
    replace(APPOINTMENT, start=PAST),
    replace(APPOINTMENT, start=PAST, dose=2, place=PLACES[5]),
    replace(APPOINTMENT, status="cancelled"),
)
STANDINGS = tuple(
    replace(VERIFIED, number=number, appointment=held, **more)
    for number in NUMBERS
    for held in HELD
    for more in (
        {},
        {"screened": True, "next_dose": 2, "since": DAYS[9]},
        {"status": "not_listed", "full_name": ODD[3]},
        {"next_dose": 0},
        {"postponed": DAYS[5]},
        {"asks_site": True, "sex": "male"},
    )
)
FOUND = {
    LookUp: (
        *(StatusReport(registrations=(one,)) for one in STANDINGS),
        *(StatusReport(registrations=STANDINGS[n::30]) for n in range(30)),
        StatusReport(registrations=(STANDINGS[0],) * 12, in_review=True),
        *(StatusReport(in_review=review) for review in (False, True)),
    ),
    FindFacilities: (
        *(FoundFacilities(places=PLACES[n:]) for n in (0, 0, 3, 11, 12)),
        FoundFacilities(places=(), opened=False),
    ),
    FindSeat: (
        *(FoundSeat(place=place, slot=SLOTS[0]) for place in PLACES[:6]),
        *(FoundSeat(opened=opened) for opened in (True, False)),
    ),
    Register: (REGISTERED, BOOKABLE, BOOKABLE),
    FindDates: tuple(FoundDates(dates=DAYS[n:]) for n in (0, 0, 9, 16)),
    FindTimes: tuple(FoundTimes(slots=SLOTS[n:]) for n in (0, 0, 9, 22)),
    Book: (
        *(Booked(appointment=APPOINTMENT, changed=changed) for changed in (False, True)),
        *(Taken(others=tuple(zip(PLACES, SLOTS, strict=False))[:n]) for n in (0, 1, 6)),
        *(NotBookable(why=why) for why in ("not_verified", "too_early", "other_appointment")),
    ),
    Cancel: tuple(Cancelled(appointment=held) for held in HELD),
    Attend: (None,),
    SendCode: tuple(CodeSent(too_many=too_many) for too_many in (False, False, False, True)),
    CheckCode: tuple(CodeChecked(verdict=one) for one in ("right", "right", "wrong", "expired")),
}
steps = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "1", "2", Location(-7.2, 107.9), *WORDS]) | st.text(max_size=9),
        st.sampled_from([Channel.SMS, Channel.SMS, Channel.SMS, Channel.WHATSAPP, Channel.USSD]),
        st.sampled_from([0, 0, 0, 0, 1_790, 4_000]),
        st.none() | st.integers(0, 2**24),
    ),
    min_size=8,
    max_size=20,
)
BEGUN = [("JADWAL",), ("STATUS",), TO_SEAT, *((*TO_FACILITY, *("1",) * n) for n in range(4))]
BEGUN += [REGISTERING, (*REGISTERING, "1")]


def speak(person, said, channel):
    if person.address == MAILBOX:
        return person.write("" if isinstance(said, Location) else said)
    if isinstance(said, Location):
        return person.say(channel=channel, location=said)
    if channel is Channel.USSD:
        return person.key(said) if person.call else person.dial(said)
    return person.say(said, channel)


def check(person):
    """Every key has words in every language, and every screen fits."""
    keys = {key for prompt in person.reply.prompts for key in (prompt.key, *prompt.choices)}
    spoken = {key for key in keys if not is_data(key)} - OWN
    assert spoken <= set(KEYS)
    assert all(("short", key) in catalog for key in spoken for catalog in CATALOGS.values())
    for page in WORDING.pages(person.reply, septets_max=160):
        assert 0 < septets(page) <= 160
    assert WORDING.text(person.reply, "long")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(BEGUN), steps, st.sampled_from([PHONE, PHONE, MAILBOX]))
def test_there_is_always_an_answer_in_every_language(begun, steps, address):
    person = Person(address=address)
    person.report, person.outcome = StatusReport(registrations=(VERIFIED,)), BOOKABLE
    for word in begun:
        speak(person, word, Channel.SMS)
    for said, channel, seconds, found in steps:
        if found is not None:
            person.found |= {kind: some[found % len(some)] for kind, some in FOUND.items()}
        person.wait(seconds=seconds)
        done = len(person.done)
        assert speak(person, said, channel)
        assert len(person.done) - done <= EFFECTS_MAX
        check(person)
        stored = msgspec.json.encode(person.session)
        assert msgspec.json.decode(stored, type=Session) == person.session
