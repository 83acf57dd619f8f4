"""Registration numbers: drawn, read out, mistyped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numbers import ALPHABET, BITS, MistypedNumberError, draw, parse_number

NUMBERS = st.integers(0, 2**BITS - 1).map(draw)


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
    assert draw(0) == "0000-0000"
    assert draw(2**BITS - 1).startswith("ZZZZ-ZZZ")
    assert len({draw(1 << bit) for bit in range(BITS)}) == BITS
