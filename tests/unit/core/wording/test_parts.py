"""A reply in parts: the words without the numbered list, and the options that can be tapped."""

import pytest

from core.messages import Prompt, Reply
from core.wording.parts import Option
from tests.scripts import WORDING

PROFESSION = Prompt("ask_profession", choices=("profession:dokter", "profession:perawat"))
AGAIN = Prompt("choice_unclear")
FACILITY = Prompt("ask_facility", {}, ("text:RSUD Cibabat (3 km)",))


def parts(*prompts, language="id"):
    return WORDING.parts(Reply(prompts, language))


def long(*prompts, language="id"):
    return WORDING.text(Reply(prompts, language), "long")


@pytest.mark.parametrize("language", ["id", "en", "jv", "xx"])
def test_a_list_becomes_options_and_nothing_is_lost(language):
    asked = parts(AGAIN, PROFESSION, language=language)
    lines = [f"{one.id}. {one.title}" for one in asked.options]
    assert "\n".join((asked.body, *lines)) == long(AGAIN, PROFESSION, language=language)
    assert [one.id for one in asked.options] == ["1", "2"]
    assert asked.choose


def test_a_reply_without_choices_has_only_a_body():
    assert parts(AGAIN).body == long(AGAIN)
    assert parts(AGAIN).options == ()
    assert parts().options == ()


def test_what_stands_below_a_list_stays_and_an_earlier_list_stays_numbered():
    both = parts(PROFESSION, FACILITY, AGAIN)
    assert both.body == "\n".join((long(PROFESSION), long(Prompt("ask_facility")), long(AGAIN)))
    assert both.options == (Option("1", "RSUD Cibabat (3 km)"),)


def test_choices_within_a_sentence_are_no_options():
    letter = Prompt("letter_missing_profession", choices=PROFESSION.choices)
    assert parts(letter).options == ()
    assert parts(letter).body == long(letter)


def test_what_a_tap_may_ask_for_is_that_of_the_last_prompt_that_asks():
    assert parts(FACILITY, AGAIN).asks == "location"
    assert parts(FACILITY, Prompt("ask_phone")).asks == "contact"
    assert parts(AGAIN).asks == ""


def test_days_and_slots_have_shorter_words_too():
    slot = "slot:2021-09-22T08:00+07:00 RSUD Cibabat"
    asked = parts(Prompt("ask_date", choices=("date:2021-09-22", slot, "text:RSUD Cibabat")))
    assert [one.brief for one in asked.options] == [
        "Rab 22 Sep 2021",
        "Rab 22 Sep 2021, 08:00",
        "",
    ]


def test_an_option_is_known_by_its_number_and_its_words_or_shortened_ones():
    slot = "slot:2021-09-22T08:00+07:00 RSUD Cibabat"
    reply = Reply((Prompt("ask_slot", choices=("text:Puskesmas Padasuka Cimahi", slot)),), "id")
    for number, words in (
        ("1", "Puskesmas Padasuka Cimahi"),
        ("1", "puskesmas padasuka…"),
        ("2", "Rab 22 Sep 2021, 08:00"),
        ("2", "RSUD Cibabat, Rabu, 22 September 2021 08:00 WIB"),
    ):
        assert WORDING.offers(reply, number, words)
    for number, words in (
        ("2", "Puskesmas Padasuka Cimahi"),
        ("1", "Ya"),
        ("3", "Puskesmas Padasuka Cimahi"),
        ("2", "Rab 22 Sep 2021, 09:00"),
    ):
        assert not WORDING.offers(reply, number, words)
