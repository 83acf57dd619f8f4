"""The words of visits: every question with its longest choices and what may be wrong."""

import pytest

from channels.whatsapp.taps import choose_tap
from core.conversation.visit_questions import (
    BOOKING_CHOICES,
    CHANGES,
    CODE_CHOICES,
    HANDOVER,
    ROADS,
    SEAT_CHOICES,
    SHOWN_CODE,
    STANDBY,
    STANDBY_FAR,
)
from core.conversation.visit_questions import ENDS as ENDINGS
from core.messages import AddressKind, Prompt, Reply
from core.wording.data import DATA
from core.wording.gsm7 import septets
from tests.contract.test_catalogs import CATALOGS, SCREEN, each_language, screens, words, worst
from tests.scripts import CAMPAIGN, WORDING

HEALTH = ("none_of_these", *(f"health:{one.code}" for one in CAMPAIGN.screening.questions))
SCREENING = tuple(f"screening:{one.code}" for one in CAMPAIGN.screening.questions)
YES_NO = ("yes", "no")
HOW = ("", "_replaces", "_bare")  # of what the phone has to lose, or the web page to hand over
NAMES = tuple(f"text:{'W' * 60}{n}" for n in range(9))
AWAY = "\t, Penukal Abab Lematang Ilir (5100 km)"
PLACES = tuple(f"place:{'W' * 60}{n}{AWAY}" for n in range(9))
DATES = tuple(f"date:2021-11-{10 + n}" for n in range(14))
TIMES = tuple(f"time:2021-11-24T{n:02}:00+08:00" for n in range(20))
SLOTS = tuple(
    f"slot:2021-11-24T{n:02}:00+08:00 {'W' * 60}\t, Kep. Siau Tagulandang Biaro" for n in range(5)
)
QUESTIONS = {
    "ask_number": (("menu_register",), ("number_mistyped", "text_too_long")),
    "ask_code": (CODE_CHOICES, ("code_unclear", "code_wrong", "text_too_long")),
    "ask_change": (tuple(f"change_{field}" for field in CHANGES), ("choice_unclear",)),
    **{f"confirm_new_{field}": (YES_NO, ("choice_unclear",)) for field in CHANGES},
    "confirm_own_nik": (YES_NO, ("choice_unclear",)),
    "ask_end": (ENDINGS, ("choice_unclear",)),
    **{f"confirm_{end}": (YES_NO, ("choice_unclear",)) for end in (*ENDINGS, "withdraw_seat")},
    "show_code": (SHOWN_CODE, ()),
    **{f"confirm_handover{how}": (HANDOVER, ("choice_unclear",)) for how in HOW},
    "ask_road": (ROADS, ("choice_unclear",)),
    "ask_standby": (STANDBY, ("choice_unclear", "just_taken")),
    "ask_standby_far": (STANDBY_FAR, ("choice_unclear",)),
    "ask_standby_since": (STANDBY, ("choice_unclear", "just_taken")),
    "ask_booking": (BOOKING_CHOICES, ("registered_bookable", "choice_unclear")),
    "ask_health": (HEALTH, ()),
    "ask_seat": (SEAT_CHOICES, ()),
    "confirm_booking": (("yes", "change"), ()),
    "appointed": (("change_appointment", "cancel_appointment"), ()),
    "confirm_cancel": (YES_NO, ("choice_unclear",)),
    "ask_attendance": (("attended", "not_attended"), ("choice_unclear",)),
    "resume_visit": (("continue", "start_again"), ("choice_unclear",)),
}
LISTS = {
    "ask_person": (NAMES, ("choice_unclear",)),
    "ask_facility": (PLACES, ("choice_unclear", "facility_not_found", "facility_full")),
    "ask_date": (DATES, ("choice_unclear", "date_full")),
    "ask_time": (TIMES, ("choice_unclear",)),
    "ask_slot": (SLOTS, ("choice_unclear", "just_taken")),
}
ENDS = (
    *(
        "corrected",
        "nik_corrected",
        "phone_moved",
        "phone_road",
        "own_gone",
        "withdrawn",
        "withdrawn_seat",
        "look",
    ),
    *("correction_review", "correction_booked", "correction_too_many", "erasing"),
    *("erasure_stopped", "erasures_stopped", "looks_none", "looks_by_phone", "lost_phone_case"),
    *("case_too_many", "appeal_case", "review_case", "unverified_withdrawn", "unverified_merged"),
    *("booked", "booking_changed", "appointment_cancelled", "appointment_gone", "visit_dropped"),
    *(
        "screening_postpone",
        "screening_ask_site",
        "screening_waits",
        "booking_later",
        "no_facilities",
        "no_slots",
        "postponed",
        "doses_complete",
    ),
    *("unverified_received", "unverified_in_review", "unverified_not_listed", "location_kept"),
    *("not_bookable_not_verified", "not_bookable_too_early", "not_bookable_other_appointment"),
    *(
        "registered_verified",
        "registered_not_listed",
        "registered_in_review",
        "status_appointment",
        "ask_screening",
    ),
    *("standby_joined", "standby_no", "seat_offered", "seat_gone", "seat_declined"),
    *("handover_too_many", "handover_registered", "handover_refused", "web_link"),
    *("code_expired", "code_too_many", "no_slots_since", "no_facilities_since"),
)
TOLD = [*(QUESTIONS | LISTS).values()]
KEYS = {*ENDS, *QUESTIONS, *LISTS, *(key for said in TOLD for keys in said for key in keys)}


@each_language
def test_every_key_of_a_visit_has_words(language):
    ours = [key for key in KEYS if not key.startswith((*DATA, "health:"))]
    assert [key for key in ours if not CATALOGS[language].get(("short", key))] == []


@each_language
def test_an_outcome_with_the_longest_names_is_one_screen(language):
    assert [key for key in ENDS if len(screens(language, worst(key, language))) != 1] == []


@each_language
@pytest.mark.parametrize("key", QUESTIONS)
def test_a_question_of_a_visit_and_what_was_wrong_are_one_screen(key, language):
    choices, errors = QUESTIONS[key]
    ask = worst(key, language, choices)
    assert len(screens(language, ask)) == 1
    for error in errors:
        assert len(screens(language, worst(error, language), ask)) == 1


@each_language
def test_every_question_with_fixed_choices_can_be_tapped_on_whatsapp(language):
    for key, (choices, errors) in QUESTIONS.items():
        for error in ("", *errors):
            said = [worst(one, language) for one in (error,) if one]
            reply = Reply((*said, worst(key, language, choices)), language)
            parts = WORDING.parts(reply)
            tap = choose_tap(parts, WORDING.text(reply, "long"), AddressKind.PHONE)
            assert tap is not None, (key, error)
            tappable = choices[:1] if parts.asks == "several" else choices
            assert [row.id for row in tap.rows] == [f"{n + 1}" for n in range(len(tappable))]
            assert all(WORDING.offers(reply, row.id, row.title) for row in tap.rows)


@each_language
@pytest.mark.parametrize("question", SCREENING)
def test_a_question_about_health_is_one_screen_with_the_way_back(question, language):
    ask = Prompt("ask_screening", {"question": f"@{question}"}, YES_NO)
    assert screens(language, ask)[0].endswith(words("nav_back", language))
    assert len(screens(language, Prompt("choice_unclear"), ask)) == 1
    assert len({words(question, one) for one in CATALOGS}) == len(CATALOGS)


@each_language
@pytest.mark.parametrize("key", LISTS)
def test_a_list_loses_no_choice_on_its_screens(key, language):
    choices, errors = LISTS[key]
    for error in ("", *errors):
        said = [worst(one, language) for one in (error,) if one]
        shown = screens(language, *said, worst(key, language, choices))
        assert all(septets(page) <= SCREEN for page in shown)
        lines = [line for page in shown for line in page.split("\n")]
        numbers = [line.split()[0] for line in lines if line[0].isdigit()]
        numbers = [number for number in numbers if number not in {"98", "0"}]
        assert numbers == [str(number + 1) for number in range(len(choices))]
