"""Conditions that somebody names, of those that a campaign asks about."""

import pytest

from core.conversation.conditions import LISTED_LENGTH_MAX
from core.fields.invalid import InvalidError
from tests.scripts import CAMPAIGN, KEYWORDS, WORDING

CODES = [question.code for question in CAMPAIGN.screening.questions]


def read(text, codes=CODES):
    return KEYWORDS.conditions(text, codes)


def test_every_number_names_its_condition():
    assert read("1") == frozenset()
    assert [read(str(number)) for number in range(2, len(CODES) + 2)] == [{one} for one in CODES]
    assert read(" ".join(map(str, range(2, len(CODES) + 2)))) == set(CODES)


@pytest.mark.parametrize("language", WORDING.languages)
def test_every_line_that_is_shown_names_its_condition(language):
    for question in CAMPAIGN.screening.questions:
        assert read(question.short[language].upper()) == {question.code}
        assert all(read(word) == {question.code} for word in question.words)
        assert all(read(label) == {question.code} for label in question.label.values())


def test_numbers_may_stand_together():
    assert read("24") == {CODES[0], CODES[2]}


def test_what_was_not_asked_is_not_named():
    with pytest.raises(InvalidError):
        read("hamil", [code for code in CODES if code != "pregnant"])


def test_a_long_answer_is_a_story():
    assert read("2".ljust(LISTED_LENGTH_MAX)) == {"symptoms"}
    with pytest.raises(InvalidError):
        read("2".ljust(LISTED_LENGTH_MAX + 1))


@pytest.mark.parametrize(
    "text", ["tidak ada demam", "1 dan 2", "12", "29", "dan", "2 tidak", "0", "-1", "2 x"]
)
def test_what_says_both_or_neither_is_unclear(text):
    with pytest.raises(InvalidError):
        read(text)
