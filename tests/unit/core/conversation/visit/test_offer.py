"""What is offered unasked: a time right after registering, and the nearest free seat."""

from dataclasses import replace

import pytest

from core.appointments.requests import (
    Book,
    FindDates,
    FindFacilities,
    FindSeat,
    FindTimes,
    FoundDates,
    FoundSeat,
    LookUp,
    NotBookable,
    StatusReport,
    Taken,
)
from core.appointments.standby_requests import AnswerOffer
from core.conversation.visit.booking import TOWN_CHARACTERS_MAX
from core.messages import Channel, Location
from core.registration.requests import AnswerNotice, NoticeAnswered, Register
from core.wording.gsm7 import septets
from tests.scripts import (
    APPOINTMENT,
    BOOKABLE,
    COBLONG,
    HEALTHY,
    MAILBOX,
    MORNING,
    NAME,
    NIK,
    NOON,
    NUMBER,
    REGISTERED,
    REGISTERING,
    SOREANG,
    TO_SEAT,
    VERIFIED,
    WORDING,
    Person,
    play,
)

INPUTS_MAX = 10  # of one call that registers and books, its dial among them
MESSAGES_MAX = 6  # of a person who does both by SMS
GARUT = Location(-7.22794, 107.90871)
NEAR = Location(-7.2279, 107.9087)  # the same, as it is stored


def person(*standings, outcome=BOOKABLE, **more):
    one = Person(**more)
    one.report, one.outcome = StatusReport(registrations=standings or (VERIFIED,)), outcome
    return one


def last(one, kind):
    return next(effect for effect in reversed(one.done) if isinstance(effect, kind))


def count(one, kind):
    return sum(isinstance(effect, kind) for effect in one.done)


def said(one):
    return one.reply.prompts[-1]


# -- right after registering -----------------------------------------------------------------


def test_one_call_registers_and_books():
    one, heard = person(), []
    heard.append(one.dial())
    for word in ("1", "1", NIK, NAME, "2", "1", "1", HEALTHY, "1"):
        assert not one.reply.ends
        heard.append(one.key(word))
    assert (
        heard[6:]
        == [
            ["confirm"],
            ["registered_bookable", "ask_booking"],
            ["ask_health"],
            ["ask_seat"],
            ["booked"],
        ][-len(heard[6:]) :]
    )
    assert heard[-1] == ["booked"]
    assert one.reply.ends
    assert len(heard) <= INPUTS_MAX
    assert (count(one, Register), count(one, Book)) == (1, 1)
    assert (last(one, Book).number, last(one, Book).slot) == (NUMBER, MORNING.id)


def test_a_few_messages_register_and_book():
    one, words = person(), (*REGISTERING, "1", HEALTHY, "1")
    assert play(one, *words) == ["booked"]
    assert len(words) <= MESSAGES_MAX


def test_the_number_and_the_offer_are_one_screen():
    one = person()
    play(one, *REGISTERING)
    for language in WORDING.languages:
        (screen,) = WORDING.pages(type(one.reply)(one.reply.prompts, language), septets_max=160)
        assert NUMBER in screen
        assert septets(screen) <= 160


@pytest.mark.parametrize("word", ["2", "nanti", "Nanti saja", "tidak", "later"])
def test_later_ends_and_says_how_to_come_back(word):
    one = person()
    play(one, *REGISTERING)
    assert one.say(word) == ["booking_later"]
    assert one.reply.ends
    assert "JADWAL" in WORDING.text(one.reply, "short")
    assert not count(one, LookUp)
    assert one.say("JADWAL") == ["ask_health"]


@pytest.mark.parametrize(
    "outcome",
    [
        REGISTERED,
        REGISTERED.model_copy(update={"status": "verified"}),
        REGISTERED.model_copy(update={"status": "not_listed"}),
    ],
)
def test_where_nothing_can_be_booked_it_ends_as_ever(outcome):
    one = person(outcome=outcome)
    (heard,) = play(one, *REGISTERING)
    assert heard.startswith("registered")
    assert heard != "registered_bookable"
    assert one.reply.ends


def test_a_letter_is_offered_nothing():
    one = person(address=MAILBOX)
    answers = {"nik": NIK, "full_name": NAME, "profession": "2", "phone": "081211110001"}
    assert "registered_verified" in one.write(**answers)
    assert one.session.visit is None


def test_what_may_be_booked_is_looked_up_when_it_is_wanted():
    one = person(replace(VERIFIED, status="in_review"))
    play(one, *REGISTERING)
    assert one.say("1") == ["unverified_in_review"]
    one = person(replace(VERIFIED, appointment=APPOINTMENT))
    play(one, *REGISTERING)
    assert one.say("1") == ["appointed"]


def test_of_a_family_the_one_who_has_just_registered_is_meant():
    other = replace(VERIFIED, number="7K3M-0000", full_name="BUDI SANTOSO")
    one = person(other, VERIFIED)
    play(one, *REGISTERING, "1", HEALTHY)
    assert last(one, FindSeat).number == NUMBER


def test_a_call_that_drops_at_the_offer_begins_anew_and_keeps_the_registration():
    one = person()
    play(one, *REGISTERING)
    assert one.dial() == ["menu"]
    assert count(one, Register) == 1


def test_a_call_that_dropped_at_the_offer_leaves_ears_for_a_notice_and_for_a_seat():
    for words in ((), ("menu",)):
        one = person()
        one.found |= {AnswerOffer: None, AnswerNotice: NoticeAnswered(number=NUMBER)}
        one.dial()
        for word in ("1", "1", NIK, NAME, "2", "1"):
            one.key(word)
        play(one, *words)
        assert one.say("YA") == ["notice_mine"]
        assert count(one, AnswerOffer) == 1


def test_where_it_is_still_open_a_yes_means_now():
    one = person()
    play(one, *REGISTERING)
    assert one.say("YA") == ["ask_health"]
    assert not count(one, AnswerOffer)


# -- the nearest seat ------------------------------------------------------------------------


def test_the_seat_is_named_in_full_and_taken_by_one_answer():
    one = person()
    there = SOREANG._replace(distance_km=2.6, town="Kab. Bandung")
    one.found[FindSeat] = FoundSeat(place=there, slot=MORNING)
    assert play(one, *TO_SEAT) == ["ask_seat"]
    assert said(one).args == {
        "place": "@text:Puskesmas Soreang",
        "near": ", Kab. Bandung, 3 km",
        "date": "@date:2021-01-20",
        "time": "@time:2021-01-20T08:00+07:00",
    }
    assert (said(one).choices, said(one).asks) == (
        ("take_seat", "other_time", "other_place"),
        "location",
    )
    assert one.say("1") == ["booked"]
    book = last(one, Book)
    assert (book.number, book.slot, book.dose, book.changes) == (NUMBER, MORNING.id, 1, False)


@pytest.mark.parametrize(
    ("km", "town", "near"),
    [
        (None, "", ""),
        (0.4, "", ", <1 km"),
        (None, "Bandung", ", Bandung"),
        (12.4, "T" * 99, f", {'T' * TOWN_CHARACTERS_MAX}, 12 km"),
    ],
)
def test_what_is_not_known_of_the_place_is_left_out(km, town, near):
    one = person()
    place = SOREANG._replace(distance_km=km, town=town)
    one.found[FindSeat] = FoundSeat(place=place, slot=MORNING)
    play(one, *TO_SEAT)
    assert said(one).args["near"] == near


@pytest.mark.parametrize("word", ["1", "ya", "ambil", "Ambil kak", "ok", "take"])
def test_it_is_taken_in_any_words(word):
    assert play(person(), *TO_SEAT, word) == ["booked"]


def test_another_time_at_that_place():
    one = person()
    assert play(one, *TO_SEAT, "2") == ["ask_date"]
    assert last(one, FindDates).facility == SOREANG.code
    assert play(one, "1", "2", "1") == ["booked"]
    assert last(one, FindTimes).facility == SOREANG.code
    assert last(one, Book).slot == NOON.id


@pytest.mark.parametrize("word", ["3", "tempat lain", "tidak"])
def test_another_place(word):
    one = person()
    assert play(one, *TO_SEAT, word) == ["ask_facility"]
    assert said(one).asks == "location"
    play(one, "2", "1", "1", "1")
    assert last(one, FindDates).facility == COBLONG.code


def test_where_that_place_has_filled_up_the_others_are_listed():
    one = person()
    one.found[FindDates] = FoundDates(dates=())
    assert play(one, *TO_SEAT, "2") == ["ask_facility"]
    assert last(one, FindFacilities).number == NUMBER


def test_a_location_moves_the_offer():
    one = person()
    play(one, *TO_SEAT)
    one.found[FindSeat] = FoundSeat(place=COBLONG, slot=NOON)
    assert one.say(channel=Channel.WHATSAPP, location=GARUT) == ["ask_seat"]
    assert last(one, FindSeat).near == NEAR
    assert one.say("1", Channel.WHATSAPP) == ["booked"]
    assert (last(one, Book).slot, last(one, Book).near) == (NOON.id, NEAR)


def test_a_seat_that_another_has_taken_leads_to_the_others():
    one = person()
    one.found[Book] = Taken(others=((COBLONG, NOON),))
    assert play(one, *TO_SEAT, "1") == ["just_taken", "ask_slot"]
    one.found[Book] = Taken(others=())
    assert play(one, "1", "1") == ["just_taken", "ask_standby"]


def test_why_it_cannot_be_taken_is_said():
    one = person()
    one.found[Book] = NotBookable(why="other_appointment")
    assert play(one, *TO_SEAT, "1") == ["not_bookable_other_appointment"]


def test_an_answer_that_is_none_books_nothing():
    one = person()
    assert play(one, *TO_SEAT, "4") == ["choice_unclear", "ask_seat"]
    assert one.say("BANTUAN") == ["help", "ask_seat"]
    assert not count(one, Book)


def test_a_dropped_call_is_offered_what_is_free_by_then():
    one = person()
    play(one, *TO_SEAT)
    one.found[FindSeat] = FoundSeat(place=COBLONG, slot=NOON)
    assert one.dial() == ["resume_visit"]
    assert one.key("1") == ["ask_seat"]
    assert one.key("1") == ["booked"]
    assert last(one, Book).slot == NOON.id


def test_who_changes_an_appointment_chooses_from_the_list():
    one = person(replace(VERIFIED, appointment=APPOINTMENT, screened=True))
    assert play(one, "JADWAL", "1") == ["ask_facility"]
    assert not count(one, FindSeat)
