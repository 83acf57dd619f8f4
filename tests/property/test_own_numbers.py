"""Numbers of the campaign's country beside the library: the same address, or none, for each."""

from random import Random

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, ValidationResult

from channels.contract import RejectedError
from channels.shared.forms import _is_plausible, msisdn
from core.fields.phone import COUNTRIES

NUMBERS = 60_000
DIGITS = "0123456789"
STARTS = ("+62", "62", "0", "+620", "620", "+628", "628", "08", "+6281", "8", "+62800", "00628")
NEAR = ("+6", "+63", "+061", "+", "", "+65", "+60", "+1", "+001", "+622150", "+62119", "0061")


def of_the_library(text, country):
    text = f"+{text[2:]}" if text.startswith("00") else text
    if not 7 <= len(text.removeprefix("+")) <= 15:
        return None
    for reading in (text,) if text.startswith("+") else (text, f"+{text}"):
        try:
            number = phonenumbers.parse(reading, country)
        except phonenumbers.NumberParseException:
            continue
        possible = phonenumbers.is_possible_number_with_reason(number)
        if possible == ValidationResult.IS_POSSIBLE and _is_plausible(number, text, reading):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def ours(text, country):
    try:
        return msisdn(text, country).value
    except RejectedError:
        return None


def drawn(random, starts):
    return random.choice(starts) + "".join(random.choices(DIGITS, k=random.randrange(3, 15)))


def test_many_numbers_of_ours_are_read_as_the_library_does():
    random = Random(62)
    for _ in range(NUMBERS):
        text = drawn(random, STARTS + NEAR)
        assert ours(text, "ID") == of_the_library(text, "ID"), text


@settings(max_examples=1_000)
@given(st.from_regex(r"(\+?62)?0{0,2}[0-9]{3,14}", fullmatch=True))
def test_any_number_of_ours_is_read_as_the_library_does(text):
    assert ours(text, "ID") == of_the_library(text, "ID")


def test_numbers_of_every_country_are_read_as_the_library_does():
    for country in sorted(COUNTRIES):
        random = Random(country)
        code = str(phonenumbers.country_code_for_region(country))
        for _ in range(100):
            text = drawn(random, (f"+{code}", f"+{code}", f"+{code}0", f"+{code}1", f"+{code}8"))
            assert ours(text, country) == of_the_library(text, country), (country, text)
