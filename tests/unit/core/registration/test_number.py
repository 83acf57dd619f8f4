"""Registration numbers: drawn, read out, mistyped."""

import hmac
from hashlib import sha256
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.registration.number import (
    ALPHABET,
    NUMBER_BITS,
    MistypedNumberError,
    keyed_numbers,
    make_number,
    parse_number,
)

NUMBERS = st.integers(0, 2**NUMBER_BITS - 1).map(make_number)


@given(NUMBERS, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_every_changed_character_is_noticed(number, place, char):
    plain = number.replace("-", "")
    changed = plain[:place] + char + plain[place + 1 :]
    if changed == plain:
        assert parse_number(changed) == number
    else:
        with pytest.raises(MistypedNumberError):
            parse_number(changed)


@given(NUMBERS, st.integers(0, 7), st.integers(0, 7))
def test_every_two_swapped_characters_are_noticed(number, left, right):
    chars = list(number.replace("-", ""))
    if chars[left] == chars[right]:
        return
    chars[left], chars[right] = chars[right], chars[left]
    with pytest.raises(MistypedNumberError):
        parse_number("".join(chars))


def test_no_error_pattern_is_missed():
    """All of them: drawing is linear, so what 0000-0000 notices, every number notices."""
    zeros = "00000000"
    for place, char in product(range(8), ALPHABET[1:]):
        with pytest.raises(MistypedNumberError):
            parse_number(zeros[:place] + char + zeros[place + 1 :])
    for (left, right), char in product(combinations(range(8), 2), ALPHABET[1:]):
        both = [char if place in {left, right} else "0" for place in range(8)]
        with pytest.raises(MistypedNumberError):
            parse_number("".join(both))


@given(st.integers(0, 2**NUMBER_BITS - 1), st.integers(0, 2**NUMBER_BITS - 1))
def test_drawing_is_linear(one, other):
    def values(number):
        return [ALPHABET.index(char) for char in number.replace("-", "")]

    both = [
        a ^ b for a, b in zip(values(make_number(one)), values(make_number(other)), strict=True)
    ]
    assert values(make_number(one ^ other)) == both


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_mistyped(text):
    try:
        number = parse_number(text)
    except MistypedNumberError:
        return
    assert parse_number(number) == number


@given(NUMBERS, st.text("- \t\n\u2011\u2013\u2014\u00a0", max_size=5))
def test_spaces_and_dashes_do_not_count(number, between):
    assert parse_number(number.replace("-", between)) == number


@given(NUMBERS)
def test_a_number_is_read_as_people_write_it(number):
    spoken = number.replace("-", " ").lower().replace("1", "l").replace("0", "o")
    assert parse_number(f" {spoken} ") == number
    assert parse_number(number) == number


@pytest.mark.parametrize(
    "text", ["", "7K3M", "7K3M-9QXCC", "UUUU-UUUU", "\uff17K3M-9QXC", "????-????"]
)
def test_what_is_no_number(text):
    with pytest.raises(MistypedNumberError):
        parse_number(text)


def test_numbers_are_spread_over_all_their_bits():
    assert make_number(0) == "0000-0000"
    assert make_number(2**NUMBER_BITS - 1).startswith("ZZZZ-ZZZ")
    assert len({make_number(1 << bit) for bit in range(NUMBER_BITS)}) == NUMBER_BITS


def by_hand(secret, about):
    key = hmac.new(secret, b"satupintu/registration-number/1", sha256).digest()
    digest = hmac.new(key, about, sha256).hexdigest()
    return make_number(int(digest, 16) >> 256 - NUMBER_BITS)


def test_the_numbers_of_a_nik_are_those_of_every_release():
    number_of = keyed_numbers(b"x" * 32)
    assert number_of("nakes", "3204110609970001", 0) == "2CNA-K2BJ"
    assert number_of("nakes", "3204110609970001", 0) == by_hand(
        b"x" * 32, b"nakes\x003204110609970001\x000"
    )


def test_a_number_depends_on_secret_campaign_nik_and_which_it_is():
    given = ("nakes", "3204110609970001", 0)
    others = [("lansia", *given[1:]), ("nakes", "3204110609970002", 0), (*given[:2], 1)]
    numbers = {keyed_numbers(b"x" * 32)(*each) for each in (given, *others)}
    numbers.add(keyed_numbers(b"y" * 32)(*given))
    assert len(numbers) == 5


def test_derived_numbers_are_spread_over_all_their_bits():
    number_of = keyed_numbers(b"x" * 32)
    found = [number_of("nakes", f"{n:016}", 0).replace("-", "") for n in range(1_000)]
    assert len(set(found)) == 1_000
    for place in range(7):
        assert {number[place] for number in found} == set(ALPHABET)
