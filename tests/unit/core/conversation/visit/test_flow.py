"""Conversations about appointments, as lists of words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from core.appointments.requests import (
    DATES_MAX,
    FACILITIES_MAX,
    OTHERS_MAX,
    STATUS_ENTRIES_MAX,
    TIMES_MAX,
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
    Screen,
    StatusReport,
    Taken,
)
from core.appointments.views import Place, StatusEntry
from core.conversation.remembering import LISTS_MAX, REPLIES_MAX
from core.conversation.visit.booking import (
    LISTED_CHARACTERS_MAX,
    SEARCH_LETTERS_MIN,
)
from core.messages import Channel, Location
from tests.scripts import (
    APPOINTMENT,
    CAMPAIGN,
    COBLONG,
    HEALTHY,
    MORNING,
    NIK,
    NOON,
    NUMBER,
    PHONE,
    SOREANG,
    START,
    TO_FACILITY,
    TO_SEAT,
    VERIFIED,
    WORDING,
    Person,
    play,
)

SESSION_BYTES_MAX = 9_000  # of a session at its largest; most have a third
FAMILY_BYTES_MAX = 24_000  # where ten who share a phone look at all their appointments
GARUT = Location(-7.22794, 107.90871)
TO_CONFIRM = (*TO_FACILITY, "1", "1", "2")


def person(*standings, **more):
    one = Person(**more)
    one.report = StatusReport(registrations=standings or (VERIFIED,))
    return one


def appointed(**changes):
    return replace(VERIFIED, appointment=replace(APPOINTMENT, **changes))


def last(one, kind):
    return next(effect for effect in reversed(one.done) if isinstance(effect, kind))


def said(one, place=-1):
    return one.reply.prompts[place]


def test_every_question_in_its_order():
    one = person()
    heard = [one.say(word) for word in (*TO_CONFIRM, "1")]
    assert heard == [
        ["ask_health"],
        ["ask_seat"],
        ["ask_facility"],
        ["ask_date"],
        ["ask_time"],
        ["confirm_booking"],
        ["booked"],
    ]
    assert one.reply.ends
    assert said(one).args == {
        "number": NUMBER,
        "place": "@text:Puskesmas Soreang",
        "address": "@text:Jl. Raya Soreang 1",
        "date": "@date:2021-01-20",
        "time": "@time:2021-01-20T08:00+07:00",
    }


def test_what_was_chosen_is_what_is_booked():
    one = person()
    play(one, *TO_CONFIRM)
    assert said(one).args["address"] == "@text:Jl. Raya Soreang 1"
    assert said(one).args["time"] == "@time:2021-01-20T13:30+07:00"
    one.say("ya")
    book = last(one, Book)
    assert (book.number, book.slot, book.dose, book.changes) == (NUMBER, NOON.id, 1, False)
    assert (book.address, book.channel, book.language) == (PHONE, Channel.SMS, "id")
    assert last(one, FindDates).facility == last(one, FindTimes).facility == "F1"
    assert last(one, FindTimes).day == "2021-01-20"


def test_every_effect_that_is_written_has_a_key_of_its_own():
    one = person()
    play(one, *TO_CONFIRM, "1")
    one.report = StatusReport(registrations=(appointed(),))
    play(one, "JADWAL", "2", "1")
    keys = [effect.key for effect in one.done if isinstance(effect, Screen | Book | Cancel)]
    assert len(set(keys)) == len(keys) == 3
    assert not any(PHONE.value in key for key in keys)


def test_a_redelivered_confirmation_books_nothing_twice():
    one = person()
    play(one, *TO_CONFIRM, "1")
    session, reply = one.session, one.reply
    one.say("1", message_id=f"m{one.messages - 1}")
    assert (one.session, one.reply) == (session, reply)
    assert len([effect for effect in one.done if isinstance(effect, Book)]) == 1


@pytest.mark.parametrize(
    ("status", "heard"),
    [("received", "unverified_received"), ("in_review", "unverified_in_review"),
     ("not_listed", "unverified_not_listed"), ("strange", "unverified_received")],
)  # fmt: skip
def test_only_the_verified_may_choose(status, heard):
    one = person(replace(VERIFIED, status=status))
    assert one.say("JADWAL") == [heard]
    assert one.reply.ends
    assert one.say("1") == ["menu"]


def test_who_is_not_registered_may_register_or_name_a_number():
    one = person()
    one.report = StatusReport()
    assert one.say("JADWAL") == ["ask_number"]
    assert one.say("1") == ["ask_consent"]
    one.report = StatusReport(in_review=True)
    assert one.say("JADWAL") == ["status_review"]


def test_one_of_a_family_is_chosen_by_number_or_name():
    other = StatusEntry(number="7K3M-0000", full_name="BUDI SANTOSO", status="verified")
    for word, number in (("1", NUMBER), ("2", other.number), ("budi santoso", other.number)):
        one = person(VERIFIED, other)
        assert one.say("JADWAL") == ["ask_person"]
        assert said(one).choices == ("text:SITI AMINAH", "text:BUDI SANTOSO")
        assert play(one, word, HEALTHY) == ["ask_seat"]
        assert last(one, FindSeat).number == number
        assert [one.say("0") for _ in range(2)] == [["ask_health"], ["ask_person"]]
        assert one.say("0") == ["menu"]


FAMILY = tuple(
    replace(
        VERIFIED,
        number=f"7K3M-000{n}",
        full_name="W" * 60,
        appointment=replace(APPOINTMENT, place=Place("F", "N" * 60, "A" * 60)),
    )
    for n in range(STATUS_ENTRIES_MAX)
)


def test_everybody_on_a_shared_phone_is_told_and_may_be_chosen():
    assert CAMPAIGN.limits.max_per_address <= STATUS_ENTRIES_MAX
    one = person(*FAMILY)
    one.say("STATUS")
    told = [prompt.args["number"] for prompt in one.reply.prompts if prompt.key == "status_one"]
    assert told == [each.number for each in FAMILY]
    assert one.say("JADWAL") == ["ask_person"]
    assert len(said(one).choices) == len(FAMILY)
    assert one.say(str(len(FAMILY))) == ["appointed"]
    assert said(one).args["number"] == FAMILY[-1].number


def test_all_of_them_are_read_page_by_page_on_a_small_screen():
    one = person(*FAMILY)
    shown = [one.dial("2")]
    pages = WORDING.pages(one.reply, septets_max=160)
    for page in range(1, len(pages)):
        shown.append(one.key("98"))
        assert one.reply.page == page
    assert all(any(each.number in page for page in pages) for each in FAMILY)


def test_who_is_not_told_of_all_hears_that_there_are_more():
    one = person(*FAMILY)
    one.report = replace(one.report, more=True)
    assert one.say("STATUS")[-1] == "status_more"
    assert one.say("JADWAL") == ["status_more", "ask_person"]
    assert "STATUS" in WORDING.text(one.reply, "short")


def test_many_looks_at_a_large_family_leave_the_session_small():
    one = person(*FAMILY)
    sizes = []
    for _ in range(REPLIES_MAX):
        one.say("STATUS")
        sizes.append(len(msgspec.json.encode(one.session)))
    assert max(sizes) < FAMILY_BYTES_MAX


def test_long_lists_are_bounded():
    one = person()
    place = Place("F", "N" * (LISTED_CHARACTERS_MAX + 1), "A" * (LISTED_CHARACTERS_MAX + 1))
    one.found[FindFacilities] = FoundFacilities(places=(place,) * (FACILITIES_MAX + 1))
    days = tuple(date(2021, 2, 1) + timedelta(days=n) for n in range(DATES_MAX + 1))
    one.found[FindDates] = FoundDates(dates=days)
    one.found[FindTimes] = FoundTimes(slots=(MORNING,) * (TIMES_MAX + 1))
    play(one, *TO_FACILITY)
    assert said(one).choices == ("text:" + "N" * LISTED_CHARACTERS_MAX,) * FACILITIES_MAX
    one.say("1")
    assert len(said(one).choices) == DATES_MAX
    one.say("1")
    assert len(said(one).choices) == TIMES_MAX
    one.say(str(TIMES_MAX))
    assert said(one).args["address"] == "@text:" + "A" * LISTED_CHARACTERS_MAX
    one.found[Book] = Taken(others=((place, MORNING),) * (OTHERS_MAX + 1))
    one.say("1")
    assert len(said(one).choices) == OTHERS_MAX


# -- facilities ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "code"),
    [("2", "F2"), ("2.", "F2"), ("RSUD Coblong", "F2"), ("puskesmas soreng", "F1")],
)
def test_a_facility_by_its_number_or_name(word, code):
    one = person()
    assert play(one, *TO_FACILITY, word) == ["ask_date"]
    assert last(one, FindDates).facility == code


def test_any_other_name_is_looked_for():
    one = person()
    play(one, *TO_FACILITY)
    one.found[FindFacilities] = FoundFacilities(places=(COBLONG,))
    assert one.say("  Coblong!") == ["ask_facility"]
    assert last(one, FindFacilities).name == "coblong"
    assert said(one).choices == ("text:RSUD Coblong",)
    one.say("0")
    assert last(one, FindFacilities).name == ""
    assert one.say("1") == ["ask_date"]


def test_a_name_that_nothing_bears_shows_the_list_again():
    one = person()
    play(one, *TO_FACILITY)
    listed = said(one)
    one.found[FindFacilities] = FoundFacilities(places=())
    assert one.say("Atlantis") == ["facility_not_found", "ask_facility"]
    assert said(one) == listed
    one.say("Atlantis")
    assert "help_hotline" in one.say("Atlantis")
    assert one.say("2") == ["ask_date"]
    assert last(one, FindDates).facility == "F2"


@pytest.mark.parametrize("word", ["3", "99", "1234567", "", "?", "a" * (SEARCH_LETTERS_MIN - 1)])
def test_what_is_no_name_is_not_looked_for(word):
    one = person()
    play(one, *TO_FACILITY)
    before = len(one.done)
    assert one.say(word) == ["choice_unclear", "ask_facility"]
    assert len(one.done) == before


def test_a_name_that_is_looked_for_is_bounded():
    one = person()
    play(one, *TO_FACILITY, "a" * 500)
    assert last(one, FindFacilities).name == "a" * LISTED_CHARACTERS_MAX


def test_a_place_is_an_answer_where_a_facility_is_asked_for():
    one = person()
    play(one, *TO_FACILITY)
    far = Place("F2", "RSUD Coblong", "Jl. Dago 3", 2.4)
    near = Place("F1", "Puskesmas Soreang", "Jl. Raya Soreang 1", 0.3)
    one.found[FindFacilities] = FoundFacilities(places=(near, far))
    assert one.say(channel=Channel.WHATSAPP, location=GARUT) == ["ask_facility"]
    assert last(one, FindFacilities).near == Location(-7.2279, 107.9087)
    assert said(one).choices == (
        "place:Puskesmas Soreang\t (<1 km)",
        "place:RSUD Coblong\t (2 km)",
    )
    assert one.say("rsud coblong", Channel.WHATSAPP) == ["ask_date"]
    assert last(one, FindDates).facility == "F2"
    one.say("1", Channel.WHATSAPP)
    one.say("1", Channel.WHATSAPP)
    assert said(one).args["place"] == "@text:RSUD Coblong"


def test_a_place_is_asked_for_until_one_was_shared():
    one = person()
    play(one, *TO_FACILITY)
    assert said(one).asks == "location"
    one.say(channel=Channel.WHATSAPP, location=GARUT)
    assert (said(one).key, said(one).asks) == ("ask_facility", "")
    one.say("tidak ada tempat begini", Channel.WHATSAPP)
    assert said(one).asks == ""
    one.say(wordless=True, channel=Channel.WHATSAPP)
    assert (said(one).key, said(one).asks) == ("ask_facility", "")


def test_a_place_at_any_other_time_is_kept_for_then():
    one = person()
    assert one.say(location=GARUT) == ["location_kept", "menu"]
    one.say("JADWAL")
    assert one.say(location=GARUT) == ["location_kept", "ask_health"]
    assert play(one, HEALTHY) == ["ask_seat"]
    assert last(one, FindSeat).near == Location(-7.2279, 107.9087)
    assert one.say("3") == ["ask_facility"]
    assert last(one, FindFacilities).near == Location(-7.2279, 107.9087)
    one.say("Coblong")
    named = last(one, FindFacilities)
    assert (named.name, named.near) == ("coblong", Location(-7.2279, 107.9087))


@pytest.mark.parametrize(("opened", "heard"), [(True, "no_facilities"), (False, "no_slots")])
def test_all_taken_and_none_opened_are_told_apart(opened, heard):
    one = person(replace(VERIFIED, appointment=APPOINTMENT))  # has a seat, and so waits for none
    one.found[FindFacilities] = FoundFacilities(places=(), opened=opened)
    assert play(one, "JADWAL", "1", HEALTHY) == [heard]
    assert one.reply.ends
    assert one.say("halo") == ["menu"]


@pytest.mark.parametrize(("opened", "heard"), [(True, "no_facilities"), (False, "no_slots")])
def test_a_second_dose_before_its_time_is_no_lack_of_seats(opened, heard):
    one = person(replace(VERIFIED, next_dose=2, since=date(2021, 2, 5)))
    one.found[FindSeat] = FoundSeat(opened=opened)
    asked = "ask_standby" if opened else heard
    assert play(one, *TO_SEAT) == [f"{asked}_since"]
    assert said(one).args == {"dose": "2", "date": "@date:2021-02-05"}
    assert "Dosis 2 mulai Jum 5 Feb 2021" in WORDING.text(one.reply, "short")
    due = person(replace(VERIFIED, next_dose=2, since=START.date()))
    due.found[FindSeat] = FoundSeat(opened=opened)
    assert play(due, *TO_SEAT) == [asked]


def test_what_has_just_filled_up_is_said_where_it_was_chosen():
    one = person()
    one.found[FindDates] = FoundDates(dates=())
    assert play(one, *TO_FACILITY, "1") == ["facility_full", "ask_facility"]
    one.found[FindDates] = FoundDates(dates=(date(2021, 1, 20),))
    one.found[FindTimes] = FoundTimes(slots=())
    assert play(one, "1", "1") == ["date_full", "ask_date"]
    one.found[FindTimes] = FoundTimes(slots=(MORNING,))
    play(one, "1", "1")
    one.found |= {FindTimes: FoundTimes(slots=()), FindDates: FoundDates(dates=())}
    assert one.say("0") == ["ask_facility"]  # neither times nor days are left


@pytest.mark.parametrize("word", ["08:00", "08.00", "1", "8.00 "])
def test_a_time_as_it_is_written(word):
    one = person()
    heard = play(one, *TO_FACILITY, "1", "1", word)
    assert heard == (["confirm_booking"] if word != "8.00 " else ["choice_unclear", "ask_time"])


# -- the seat --------------------------------------------------------------------------------


def test_a_seat_just_taken_offers_others():
    one = person()
    one.found[Book] = Taken(others=((COBLONG, NOON), (SOREANG, MORNING)))
    assert play(one, *TO_CONFIRM, "1") == ["just_taken", "ask_slot"]
    assert said(one).choices[0] == "slot:2021-01-20T13:30+07:00 RSUD Coblong"
    assert one.say("1") == ["confirm_booking"]
    assert said(one).args["place"] == "@text:RSUD Coblong"
    assert said(one).args["address"] == "@text:Jl. Dago 3"
    one.found[Book] = Booked(appointment=APPOINTMENT)
    assert one.say("1") == ["booked"]
    assert last(one, Book).slot == NOON.id


def test_a_place_while_others_are_offered_looks_for_facilities():
    one = person()
    one.found[Book] = Taken(others=((COBLONG, NOON),))
    play(one, *TO_CONFIRM, "1")
    assert one.say(location=GARUT) == ["ask_facility"]


def test_a_seat_just_taken_and_none_left():
    one = person()
    one.found[Book] = Taken(others=())
    assert play(one, *TO_CONFIRM, "1") == ["just_taken", "ask_standby"]


@pytest.mark.parametrize("why", ["not_verified", "too_early", "other_appointment", "waits"])
def test_why_nothing_can_be_booked_is_said(why):
    one = person()
    one.found[Book] = NotBookable(why=why)
    said = "screening_waits" if why == "waits" else f"not_bookable_{why}"
    assert play(one, *TO_CONFIRM, "1") == [said]
    assert one.reply.ends


def test_change_at_the_end_chooses_again():
    one = person()
    assert play(one, *TO_CONFIRM, "2") == ["ask_facility"]


# -- with an appointment ---------------------------------------------------------------------


def test_an_appointment_is_shown_and_changed():
    one = person(replace(appointed(), screened=True))
    assert one.say("JADWAL") == ["appointed"]
    assert said(one).args["address"] == "@text:Jl. Raya Soreang 1"
    one.found[Book] = Booked(appointment=APPOINTMENT, changed=True)
    heard = [one.say("1") for _ in range(5)]
    assert heard == [["ask_facility"], ["ask_date"], ["ask_time"], ["confirm_booking"],
                     ["booking_changed"]]  # fmt: skip
    assert last(one, Book).changes


def test_an_appointment_of_any_status_is_shown():
    assert person(replace(appointed(), status="in_review")).say("JADWAL") == ["appointed"]


def test_an_appointment_is_cancelled_only_on_yes():
    one = person(appointed())
    assert play(one, "JADWAL", "2") == ["confirm_cancel"]
    assert one.say("2") == ["appointed"]
    assert play(one, "batalkan", "x") == ["choice_unclear", "confirm_cancel"]
    assert not [effect for effect in one.done if isinstance(effect, Cancel)]
    assert one.say("1") == ["appointment_cancelled"]
    assert said(one).args["date"] == "@date:2021-01-20"
    assert last(one, Cancel).number == NUMBER
    one.found[Cancel] = Cancelled(appointment=None)
    assert play(one, "JADWAL", "2", "1") == ["appointment_gone"]


def test_stopping_leaves_the_appointment_as_it_is():
    one = person(appointed())
    assert play(one, "JADWAL", "2", "BATAL") == ["visit_dropped"]
    assert not [effect for effect in one.done if isinstance(effect, Cancel)]
    assert one.session.visit is None
    assert one.say("1") == ["menu"]


PAST = datetime(2021, 1, 4, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "kept", "then"),
    [
        ("1", True, replace(VERIFIED, next_dose=2, since=date(2021, 1, 18))),
        ("2", False, VERIFIED),
    ],
)
def test_a_past_appointment_is_asked_about_and_the_answer_is_kept_at_once(word, kept, then):
    one = person(replace(appointed(start=PAST), next_dose=2, since=date(2021, 1, 18)))
    assert one.say("JADWAL") == ["ask_attendance"]
    one.found[LookUp] = StatusReport(registrations=(then,))
    assert one.say(word) == ["ask_health"]
    assert last(one, Attend).kept is kept
    one.say(HEALTHY)
    request = last(one, FindSeat)
    assert (request.dose, request.since) == (
        then.next_dose,
        "2021-01-18" if kept else "2021-01-15",
    )


def test_after_the_last_dose_it_is_complete():
    one = person(appointed(start=PAST, dose=2))
    assert one.say("JADWAL") == ["ask_attendance"]
    one.found[LookUp] = StatusReport(registrations=(replace(VERIFIED, next_dose=0),))
    assert one.say("1") == ["doses_complete"]
    assert person(replace(VERIFIED, next_dose=0)).say("JADWAL") == ["doses_complete"]


@pytest.mark.parametrize(
    ("changes", "heard"),
    [
        ({}, []),
        ({"next_dose": 2, "since": date(2021, 2, 5)}, ["status_next_dose"]),
        ({"next_dose": 0}, ["doses_complete"]),
        ({"postponed": date(2021, 1, 16)}, ["postponed"]),
        ({"postponed": date(2021, 1, 15)}, []),
        ({"status": "received", "next_dose": 0}, ["next_received"]),
    ],
)
def test_status_tells_what_is_due(changes, heard):
    assert person(replace(VERIFIED, **changes)).say("STATUS") == ["status_one", *heard]


def test_nothing_is_told_of_the_next_dose_before_anybody_knows_of_the_last():
    standing = replace(appointed(start=PAST), next_dose=2, since=date(2021, 2, 5))
    assert person(standing).say("STATUS") == ["status_one", "status_past"]


def test_an_appointment_is_past_once_it_has_begun():
    one = person(appointed(start=START + timedelta(seconds=10)))
    assert one.say("JADWAL") == ["ask_attendance"]
    one = person(appointed(start=START + timedelta(seconds=11)))
    assert one.say("JADWAL") == ["appointed"]


@pytest.mark.parametrize("status", ["cancelled", "attended", "missed"])
def test_an_appointment_that_is_over_does_not_stand_in_the_way(status):
    assert person(appointed(status=status)).say("JADWAL") == ["ask_health"]


def test_the_next_dose_is_not_before_its_time():
    one = person(replace(VERIFIED, next_dose=2, since=date(2021, 2, 1)))
    play(one, *TO_FACILITY)
    for kind in (FindSeat, FindFacilities):
        assert (last(one, kind).dose, last(one, kind).since) == (2, "2021-02-01")


@pytest.mark.parametrize(
    ("until", "heard"), [(date(2021, 1, 16), "postponed"), (date(2021, 1, 15), "ask_health")]
)
def test_who_is_put_off_is_told_until_when(until, heard):
    one = person(replace(VERIFIED, postponed=until))
    assert one.say("JADWAL") == [heard]


def test_status_tells_the_appointment_too():
    one = person(appointed())
    assert one.say("STATUS") == ["status_one", "status_appointment"]
    assert one.reply.ends
    assert person(appointed(start=PAST)).say("STATUS") == ["status_one", "status_past"]
    assert person(appointed(status="cancelled")).say("STATUS") == ["status_one"]


# -- back, menu, and away --------------------------------------------------------------------


def test_back_goes_one_step_back_everywhere():
    one = person()
    play(one, *TO_CONFIRM)
    heard = [one.say("0") for _ in range(5)]
    assert heard == [["ask_time"], ["ask_date"], ["ask_facility"], ["ask_health"], ["menu"]]
    assert one.session.visit is None


def test_back_from_a_change_shows_the_appointment():
    one = person(replace(appointed(), screened=True))
    play(one, "JADWAL", "1")
    assert one.say("0") == ["appointed"]
    assert play(one, "2", "0") == ["appointed"]
    assert one.say("0") == ["menu"]


def test_back_from_the_others_lists_facilities():
    one = person()
    one.found[Book] = Taken(others=((COBLONG, NOON),))
    assert play(one, *TO_CONFIRM, "1", "0") == ["ask_facility"]
    assert play(one, "1", "1", "1", "1", "1", "0") == ["ask_time"]
    assert last(one, FindTimes).facility == "F2"


def test_what_was_told_is_not_asked_again():
    one = person(appointed(start=PAST))
    one.say("JADWAL")
    one.report = StatusReport(registrations=(VERIFIED,))
    assert play(one, "2", "0") == ["menu"]


@pytest.mark.parametrize(
    ("words", "heard"),
    [(TO_SEAT, "ask_seat"), (TO_FACILITY, "ask_facility"),
     ((*TO_FACILITY, "1"), "ask_date"), ((*TO_FACILITY, "1", "1"), "ask_time"),
     (TO_CONFIRM, "confirm_booking")],
)  # fmt: skip
def test_a_dropped_visit_goes_on_where_it_was(words, heard):
    one = person()
    play(one, *words)
    before = said(one)
    assert one.dial() == ["resume_visit"]
    assert one.key("1") == [heard]
    assert said(one) == before
    one.wait(seconds=CAMPAIGN.limits.resume_after_seconds + 1)
    assert one.say("apa kabar", Channel.WHATSAPP) == ["resume_visit"]
    assert one.say("2", Channel.WHATSAPP) == ["ask_health"]
    assert one.session.visit.screening == {}


def test_offers_go_on_as_facilities():
    one = person()
    one.found[Book] = Taken(others=((COBLONG, NOON),))
    play(one, *TO_CONFIRM, "1")
    assert one.dial() == ["resume_visit"]
    assert one.key("1") == ["ask_facility"]


@pytest.mark.parametrize("words", [("JADWAL",), ("STATUS",)])
def test_what_was_only_looked_at_is_not_taken_up_again(words):
    one = person(appointed())
    play(one, *words)
    assert one.dial() == ["menu"]
    one = person()
    play(one, *words)
    assert one.dial() == ["menu"]


def test_of_a_form_and_a_visit_the_newer_is_gone_on_with():
    one = person()
    play(one, "halo", "1", "1", NIK)
    play(one, *TO_FACILITY)
    assert one.dial() == ["resume_visit"]
    assert one.key("00") == ["menu"]
    assert one.key("1") == ["resume"]
    assert one.key("1") == ["ask_full_name"]
    assert one.session.visit is None
    assert one.dial() == ["resume"]


def test_dropping_the_visit_keeps_the_form():
    one = person()
    play(one, "halo", "1", "1", NIK)
    play(one, *TO_FACILITY)
    assert one.say("BATAL") == ["visit_dropped"]
    assert one.say("halo") == ["resume"]


def test_a_look_at_the_status_keeps_the_visit():
    one = person()
    play(one, *TO_FACILITY)
    assert one.say("STATUS") == ["status_one"]
    assert one.say("halo") == ["resume_visit"]
    assert one.say("1") == ["ask_facility"]


def test_another_language_in_mid_visit_asks_the_same():
    one = person()
    play(one, *TO_FACILITY)
    assert one.say("ENGLISH") == ["ask_facility"]
    assert one.reply.language == "en"
    assert one.say("BANTUAN") == ["help", "ask_facility"]
    play(one, "1", "1", "1", "1")
    assert last(one, Book).language == "en"


def test_a_page_of_a_list_is_turned():
    one = person()
    assert play(one, *TO_FACILITY, "98") == ["ask_facility"]
    assert one.reply.page == 1
    assert one.say("1") == ["ask_date"]


def test_the_look_up_names_the_questions_that_are_asked_now():
    one = person()
    one.say("JADWAL")
    request = last(one, LookUp)
    assert (request.purpose, request.version) == ("appointment", CAMPAIGN.screening.version)
    assert request.valid_days == CAMPAIGN.screening.valid_days


def test_a_session_survives_being_stored():
    one = person()
    play(one, *TO_CONFIRM)
    stored = msgspec.json.encode(one.session)
    assert msgspec.json.decode(stored, type=type(one.session)) == one.session


def test_a_message_answered_long_ago_changes_nothing_though_its_list_is_forgotten():
    one = person()
    play(one, *TO_FACILITY)
    asked = one.messages - 1
    listed = one.reply
    play(one, *["halo?"] * (LISTS_MAX - 1))
    session = one.session
    one.say("2", message_id=f"m{asked}")
    assert (one.session, one.reply) == (session, listed)
    one.say("halo?")
    session = one.session
    assert one.say("2", message_id=f"m{asked}") == ["said_before"]
    assert one.session == session


def test_the_largest_session_stays_small():
    place = Place("F" * 20, "N" * 100, "A" * 200, 12.3)
    one = person()
    one.found |= {
        FindFacilities: FoundFacilities(places=(place,) * FACILITIES_MAX),
        FindDates: FoundDates(dates=(date(2021, 2, 1),) * DATES_MAX),
        FindTimes: FoundTimes(slots=(MORNING,) * TIMES_MAX),
    }
    play(one, *TO_FACILITY)
    sizes = []
    for word in ("1", "1", "1", "0", "0", "0", "98") * 8:
        one.say(word)
        sizes.append(len(msgspec.json.encode(one.session)))
    assert len(one.session.replies) == REPLIES_MAX
    assert max(sizes) < SESSION_BYTES_MAX
