"""Whatever is said fits the screen of any network, and nothing of it is lost or cut in two."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.ussd.gateway_table import SCREEN_SEPTETS_MAX, SCREEN_SEPTETS_MIN
from core.appointments.facility_row import NAME_CHARACTERS_MAX
from core.conversation.form_questions import PHONE
from core.messages import Prompt, Reply
from core.roster.invitation_words import SEAT
from core.wording.data import TEXT_SHORT_SEPTETS_MAX
from core.wording.gsm7 import septets
from tests.contract.test_catalogs import (
    CATALOGS,
    COMPOSED,
    ERRORS,
    FORM,
    KEYS,
    PROFESSIONS,
    WORDING,
    each_language,
    places,
    words,
    worst,
)
from tests.contract.test_visit_words import LISTS, QUESTIONS
from tests.scripts import ROOT

SIZES = (SCREEN_SEPTETS_MIN, 160, SCREEN_SEPTETS_MAX)
WHOLE = 10_000  # septets: a screen that holds anything
with (ROOT / "gateway/demo/facilities.csv").open() as demo:
    DEMO = tuple((row["name"], row["address"]) for row in csv.DictReader(demo))
LONGEST = (  # as long as hospitals are called, and as long as a name may be
    "RSUPN Dr. Cipto Mangunkusumo (Rumah Sakit Umum Pusat Nasional)",
    "Rumah Sakit Paru Dr. Ario Wirawan Salatiga, Jawa Tengah",
    "UPTD Puskesmas Rawat Inap Kecamatan Pulau-Pulau Terselatan",
    "Klinik [Pratama] ~ 24 {jam} €",
    "W" * NAME_CHARACTERS_MAX,
    "[" * NAME_CHARACTERS_MAX,
    "\u00e9\u0130 " * (NAME_CHARACTERS_MAX // 3),
)
NAMES = (*(name for name, _ in DEMO), *LONGEST)
PLACES = {"facility", "place", "address"}
MOMENTS = ("2021-11-24T08:00+08:00", "2021-01-20T23:59+07:00", "2022-12-31T00:00+09:00")
IN_LISTS = {
    "ask_person": "text:{name}",
    "ask_facility": "text:{name}",
    "ask_date": "date:{day}",
    "ask_time": "time:{moment}",
    "ask_slot": "slot:{moment} {name}",
}

sizes = pytest.mark.parametrize("size", SIZES)
names = st.one_of(st.sampled_from(NAMES), st.text(max_size=NAME_CHARACTERS_MAX))


def at(key, language, name, choices=()):
    """Return the prompt with the longest values, at a place of that name."""
    prompt = worst(key, language, choices)
    if key == SEAT:  # an invitation cuts the place to its room, which `worst` fills
        return prompt
    there = dict.fromkeys(PLACES & places(CATALOGS[language]["short", key]), f"@text:{name}")
    return Prompt(prompt.key, prompt.args | there, prompt.choices)


def bodies(language, pages):
    below = f"\n{words('nav_next', language)}"
    assert all(page.endswith(below) for page in pages[:-1])
    return [*(page.removesuffix(below) for page in pages[:-1]), pages[-1]]


def check(language, prompts, size):
    """Return the number of pages, each of which fits, and which hold every line whole."""
    reply = Reply(tuple(prompts), language)
    shown = WORDING.pages(reply, septets_max=size)
    assert [page for page in shown if septets(page) > size] == []
    lines = [line for body in bodies(language, shown) for line in body.split("\n")]
    (everything,) = WORDING.pages(reply, septets_max=WHOLE)
    meant = everything.split("\n")
    hints = {words(key, language) for key in ("nav_back", "nav_menu")}
    if lines[-1] not in hints and meant[-1] in hints:  # left out where it alone takes a page
        meant.pop()
    assert "".join(lines).replace(" ", "") == "".join(meant).replace(" ", "")
    options = [line for line in meant if line[0].isdigit()]
    assert [line for line in options if line not in lines] == []
    return len(shown)


@each_language
@sizes
def test_every_phrase_with_every_name_of_a_place_fits_every_screen(size, language):
    for key in KEYS:
        named = PLACES & places(CATALOGS[language]["short", key])
        for name in NAMES if named else NAMES[:1]:
            assert check(language, [at(key, language, name)], size) <= 1 + (size < 160), key


@each_language
@sizes
def test_a_question_with_all_that_may_stand_above_it_fits_every_screen(size, language):
    for question in FORM.questions:
        ask = worst(f"ask_{question.key}", language, question.prompt.choices)
        for error in ERRORS[question.key]:
            above = [worst(error, language), Prompt("help_hotline")]
            pages = check(language, [*above, ask], size)
            assert pages <= 1 + (size < 160), (question.key, error)
    for key in (key for key in COMPOSED if key.startswith("confirm")):
        pages = check(language, [worst(key, language, ("yes", "change"))], size)
        assert pages <= 1 + (size < 160), key
    assert PHONE in {question.key for question in FORM.questions}


@each_language
@sizes
def test_a_question_of_a_visit_with_what_was_wrong_fits_every_screen(size, language):
    for key, (choices, errors) in QUESTIONS.items():
        ask = worst(key, language, choices)
        assert check(language, [ask], size) <= 1 + (size < 160), key
        for error in errors:
            check(language, [worst(error, language), ask], size)


@each_language
@sizes
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_list_of_real_places_loses_or_parts_an_option(size, language, data):
    key = data.draw(st.sampled_from(sorted(LISTS)))
    one = st.builds(
        IN_LISTS[key].format,
        name=st.sampled_from(NAMES),
        day=st.sampled_from([moment[:10] for moment in MOMENTS]),
        moment=st.sampled_from(MOMENTS),
    )
    choices = tuple(data.draw(st.lists(one, min_size=1, max_size=20)))
    errors = [worst(error, language) for error in LISTS[key][1]]
    above = data.draw(st.lists(st.sampled_from(errors), max_size=1))
    check(language, [*above, worst(key, language, choices)], size)


@each_language
@sizes
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_prompts_together_fit_every_screen(size, language, data):
    some = st.builds(
        lambda key, name, choices: at(key, language, name, choices),
        st.sampled_from(KEYS),
        names,
        st.sampled_from([(), ("yes", "no"), PROFESSIONS]),
    )
    reply = Reply(tuple(data.draw(st.lists(some, min_size=1, max_size=4))), language)
    shown = WORDING.pages(reply, septets_max=size)
    assert [page for page in shown if septets(page) > size] == []
    bodies(language, shown)


def test_a_name_on_a_screen_has_a_bound_that_leaves_room_for_its_number():
    assert TEXT_SHORT_SEPTETS_MAX * 2 + 50 <= SCREEN_SEPTETS_MIN
