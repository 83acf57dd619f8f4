"""The questions about health: all at once where they fit one screen, else one by one."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.appointments.requests import (
    FindFacilities,
    FindSeat,
    Screen,
    StatusReport,
)
from core.conversation.visit.screening import HEAD_SEPTETS_MAX, asked_of, is_one_screen
from core.messages import Prompt, Reply
from core.wording.gsm7 import SEGMENT_SEPTETS, septets
from tests.scripts import (
    APPOINTMENT,
    BOOKABLE,
    CAMPAIGN,
    NUMBER,
    ONE_BY_ONE,
    REGISTERING,
    START,
    VERIFIED,
    WORDING,
    Person,
    play,
)

QUESTIONS = CAMPAIGN.screening.questions
NO = ("2",) * len(QUESTIONS)
CODES = [question.code for question in QUESTIONS]


def person(*standings, **more):
    one = Person(**more)
    one.report = StatusReport(registrations=standings or (VERIFIED,))
    return one


def one_by_one(*standings):
    return person(*standings, campaign=ONE_BY_ONE)


def last(one, kind):
    return next(effect for effect in reversed(one.done) if isinstance(effect, kind))


def count(one, kind):
    return sum(isinstance(effect, kind) for effect in one.done)


def said(one, place=-1):
    return one.reply.prompts[place]


# -- one by one ------------------------------------------------------------------------------


def test_every_question_about_health_is_asked_once_and_kept():
    one = one_by_one()
    asked = []
    for word in ("JADWAL", *NO[:-1]):
        one.say(word)
        asked.append(said(one).args["question"])
    one.say("tidak")
    assert asked == [f"@screening:{question.code}" for question in QUESTIONS]
    screen = last(one, Screen)
    assert screen.answers == dict.fromkeys((q.code for q in QUESTIONS), "no")
    assert (screen.number, screen.version, screen.outcome, screen.until) == (
        NUMBER, CAMPAIGN.screening.version, "proceed", "")  # fmt: skip


OF_WOMEN = [question.code for question in QUESTIONS if question.sex == "female"]


@pytest.mark.parametrize(("sex", "skips"), [("male", OF_WOMEN), ("female", []), ("", [])])
def test_nobody_is_asked_what_cannot_be_so_of_their_sex(sex, skips):
    one = one_by_one(replace(VERIFIED, sex=sex))
    asked, wanted = [], [question.code for question in QUESTIONS if question.code not in skips]
    one.say("JADWAL")
    while said(one).key == "ask_screening":
        asked.append(said(one).args["question"].removeprefix("@screening:"))
        one.say("2")
    assert OF_WOMEN == ["pregnant"]
    assert asked == wanted == [*last(one, Screen).answers]
    assert (said(one).key, last(one, Screen).outcome) == ("ask_seat", "proceed")
    assert [one.say("0") for _ in wanted] == [["ask_screening"]] * len(wanted)
    assert one.say("0") == ["menu"]


def test_where_no_question_is_left_the_places_are_next():
    (of_women,) = [question for question in QUESTIONS if question.sex]
    few = ONE_BY_ONE.screening.model_copy(update={"questions": (of_women,)})
    one = person(
        replace(VERIFIED, sex="male"), campaign=CAMPAIGN.model_copy(update={"screening": few})
    )
    assert one.say("JADWAL") == ["ask_seat"]
    assert not [effect for effect in one.done if isinstance(effect, Screen)]


@pytest.mark.parametrize(
    ("code", "heard"),
    [(q.code, "screening_postpone" if q.if_yes == "postpone" else "screening_ask_site")
     for q in QUESTIONS],
)  # fmt: skip
def test_a_yes_ends_as_its_question_says(code, heard):
    one = one_by_one()
    words = ["1" if question.code == code else "2" for question in QUESTIONS]
    assert play(one, "JADWAL", *words) == [heard]
    assert one.reply.ends
    assert not [effect for effect in one.done if isinstance(effect, FindSeat)]
    assert last(one, Screen).answers[code] == "yes"


def test_the_longest_postponement_counts_and_a_person_at_the_site_goes_before():
    one = one_by_one()
    play(one, "JADWAL", "1", "1", *NO[2:])
    days = max(q.postpone_days for q in QUESTIONS[:2])
    until = (START + timedelta(days=days)).date().isoformat()
    assert last(one, Screen).until == until
    assert said(one).args == {"date": f"@date:{until}"}
    assert play(one, "JADWAL", "1", "1", "1", *NO[3:]) == [
        "screening_ask_site",
        "screening_postpone",
    ]
    assert (last(one, Screen).outcome, last(one, Screen).until) == ("ask_site", until)


def test_who_answered_lately_or_has_no_questions_is_not_asked():
    assert person(replace(VERIFIED, screened=True)).say("JADWAL") == ["ask_seat"]
    campaign = CAMPAIGN.model_copy(
        update={"screening": CAMPAIGN.screening.model_copy(update={"questions": ()})}
    )
    assert person(campaign=campaign).say("3") == ["menu"]
    one = person(campaign=campaign)
    assert play(one, "halo", "3") == ["ask_seat"]
    assert not [effect for effect in one.done if isinstance(effect, Screen)]


def test_three_wrong_in_a_row_offer_help():
    one = one_by_one()
    play(one, "JADWAL", "7", "7")
    assert one.say("7") == ["choice_unclear", "help_hotline", "ask_screening"]
    assert play(one, "2", "7") == ["choice_unclear", "ask_screening"]


@pytest.mark.parametrize("campaign", [ONE_BY_ONE, CAMPAIGN])
def test_a_question_that_the_campaign_dropped_is_not_waited_for(campaign):
    one = Person(campaign=campaign)
    one.report = StatusReport(registrations=(VERIFIED,))
    play(one, "JADWAL")
    fewer = CAMPAIGN.screening.model_copy(update={"questions": ()})
    other = Person(campaign=CAMPAIGN.model_copy(update={"screening": fewer}))
    other.session = one.session
    other.now = one.now
    other.messages = one.messages
    assert other.say("2") == ["ask_seat"]


# -- all at once -----------------------------------------------------------------------------


def named(one):
    """Return the conditions that the last answers name."""
    return {code for code, answer in last(one, Screen).answers.items() if answer == "yes"}


def test_all_questions_are_one_screen_and_one_answer():
    one = person()
    assert one.say("JADWAL") == ["ask_health"]
    assert said(one).choices == ("none_of_these", *(f"health:{code}" for code in CODES))
    assert one.say("1") == ["ask_seat"]
    screen = last(one, Screen)
    assert screen.answers == dict.fromkeys(CODES, "no")
    assert (screen.number, screen.version, screen.outcome, screen.until) == (
        NUMBER, CAMPAIGN.screening.version, "proceed", "")  # fmt: skip


@pytest.mark.parametrize(
    ("sex", "skips"), [("male", {"pregnant"}), ("female", set()), ("", set())]
)
def test_the_screen_leaves_out_what_cannot_be_so_of_their_sex(sex, skips):
    one = person(replace(VERIFIED, sex=sex))
    one.say("JADWAL")
    asked = [choice.removeprefix("health:") for choice in said(one).choices[1:]]
    assert asked == [code for code in CODES if code not in skips]
    one.say(str(len(asked) + 1))
    assert named(one) == {"immunity"}
    assert list(last(one, Screen).answers) == asked


@pytest.mark.parametrize(
    ("word", "codes"),
    [
        ("2", {"symptoms"}),
        ("2 4", {"symptoms", "pregnant"}),
        ("2,4", {"symptoms", "pregnant"}),
        ("24", {"symptoms", "pregnant"}),
        ("4. 2", {"symptoms", "pregnant"}),
        ("2*4", {"symptoms", "pregnant"}),
        ("2 dan 4", {"symptoms", "pregnant"}),
        ("2 4 kak", {"symptoms", "pregnant"}),
        ("2, 3 & 7", {"symptoms", "covid", "immunity"}),
        ("hamil", {"pregnant"}),
        ("batuk, hamil", {"symptoms", "pregnant"}),
        ("hamil dan kencing manis", {"pregnant", "illness"}),
        ("Alergi berat vaksin", {"allergy"}),
    ],
)
def test_several_are_named_in_one_answer(word, codes):
    one = person()
    play(one, "JADWAL", word)
    assert named(one) == codes
    assert one.reply.ends


@pytest.mark.parametrize("word", ["1", "1.", "tidak ada", "Tidak ada kak", "tdk", "sehat", "none"])
def test_none_is_said_as_people_say_it(word):
    one = person()
    assert play(one, "JADWAL", word) == ["ask_seat"]
    assert named(one) == set()


@pytest.mark.parametrize(
    "word",
    [
        "1 2",
        "8",
        "2 8",
        "28",
        "12",
        "ya",
        "",
        ",",
        "tidak hamil",
        "kurang sehat",
        "2-4",
        "2 " * 61,
    ],
)
def test_what_is_unclear_is_asked_again_and_records_nothing(word):
    one = person()
    assert play(one, "JADWAL", word) == ["choice_unclear", "ask_health"]
    assert not count(one, Screen)


def test_what_they_come_to_is_as_one_by_one():
    for codes in (["symptoms"], ["covid", "symptoms"], ["pregnant"], ["covid", "immunity"]):
        at_once, each = person(), one_by_one()
        numbers = " ".join(str(CODES.index(code) + 2) for code in codes)
        heard = play(at_once, "JADWAL", numbers)
        assert play(each, "JADWAL", *("1" if code in codes else "2" for code in CODES)) == heard
        one, other = last(at_once, Screen), last(each, Screen)
        assert (one.answers, one.outcome, one.until) == (other.answers, other.outcome, other.until)


@pytest.mark.parametrize("language", WORDING.languages)
@pytest.mark.parametrize("sex", ["female", "male", ""])
def test_the_screen_fits_a_phone_with_its_heading(language, sex):
    questions = asked_of(CAMPAIGN.screening, sex)
    assert is_one_screen(questions, language)
    lines = ("none_of_these", *(f"health:{one.code}" for one in questions))
    pages = WORDING.pages(Reply((Prompt("ask_health", choices=lines),), language), septets_max=160)
    assert len(pages) == 1
    alone = WORDING.pages(
        Reply((Prompt("ask_health", choices=lines[:1]),), language), septets_max=160
    )
    assert (
        septets(alone[0].removesuffix("\n0 kembali").removesuffix("\n0 back")) <= HEAD_SEPTETS_MAX
    )


@pytest.mark.parametrize("language", WORDING.languages)
def test_the_list_says_that_it_takes_several_numbers_and_a_chat_has_the_whole_questions(language):
    lines = tuple(f"health:{one.code}" for one in CAMPAIGN.screening.questions)
    asked = Reply((Prompt("ask_health", choices=("none_of_these", *lines)),), language)
    assert all("2 4" in WORDING.text(asked, style) for style in ("short", "long"))
    shown = [option.title for option in WORDING.parts(asked).options[1:]]
    questions = CAMPAIGN.screening.questions
    assert shown == [one.label.get(language, one.short[language]) for one in questions]


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_a_screen_at_its_bound(more, fits):
    room = SEGMENT_SEPTETS - HEAD_SEPTETS_MAX - len("\n2 a\n3 ")
    lines = ("a", "b" * (room + more))
    questions = [
        one.model_copy(update={"short": {"id": line}})
        for one, line in zip(QUESTIONS, lines, strict=False)
    ]
    assert is_one_screen(questions, "id") is fits
    assert not is_one_screen(questions, "en")  # a language without lines
    assert not is_one_screen(questions[:1], "id")  # one question is asked as it is


def test_back_from_the_seat_asks_all_again():
    one = person()
    assert play(one, "JADWAL", "1", "0") == ["ask_health"]
    assert play(one, "2") == ["screening_postpone"]
    assert named(one) == {"symptoms"}


# -- a doctor's word -------------------------------------------------------------------------


def test_what_needs_a_doctors_word_is_not_asked_again():
    one = person(replace(VERIFIED, asks_site=True))
    assert one.say("JADWAL") == ["screening_waits"]
    assert one.reply.ends
    assert not [effect for effect in one.done if isinstance(effect, Screen | FindSeat)]
    assert one.say("STATUS") == ["status_one", "screening_waits"]
    cleared = person(replace(VERIFIED, screened=True))
    assert cleared.say("JADWAL") == ["ask_seat"]


def test_it_stands_for_an_appointment_that_is_to_be_changed_too():
    one = person(replace(VERIFIED, asks_site=True, appointment=APPOINTMENT))
    assert one.say("JADWAL") == ["appointed"]
    assert one.say("1") == ["screening_waits"]
    assert not [effect for effect in one.done if isinstance(effect, FindSeat | FindFacilities)]


def test_it_stands_right_after_registering_anew():
    one = person(replace(VERIFIED, asks_site=True))
    one.outcome = BOOKABLE
    play(one, *REGISTERING)
    assert one.say("1") == ["screening_waits"]


def test_a_day_that_is_put_off_to_is_told_first():
    one = person(replace(VERIFIED, asks_site=True, postponed=date(2021, 1, 20)))
    assert one.say("JADWAL") == ["postponed"]
