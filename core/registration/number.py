"""Registration numbers: eight letters and digits that can be read out on the phone.

Crockford base32: no I, L, O or U to be taken for something else. The last is a check character of
the same alphabet: over GF(32), each place has a weight of its own, so that every changed
character and every two that changed places are noticed.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 35  # of chance in a number: seven characters of five bits
LENGTH = 8
CODE_BITS = 40  # of chance in the check code of a ticket: eight characters, none of them a check

_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive: doubling runs through all 31 weights
_READ_AS = str.maketrans("ILO", "110")
_BETWEEN = re.compile(r"[\s\u2010-\u2015-]+")  # spaces and dashes


class MistypedNumberError(ValueError):
    """The text is no registration number: a character is wrong, missing or too many."""


def draw(bits: int) -> str:
    """Return the number that `bits`, 35 random ones, make: `7K3M-9QXC`."""
    values = [bits >> shift & 31 for shift in range(BITS - 5, -1, -5)]
    text = "".join(ALPHABET[value] for value in (*values, _check(values)))
    return f"{text[:4]}-{text[4:]}"


def draw_code(bits: int) -> str:
    """Return the check code that `bits`, 40 random ones, make: `7K3M9QXC`."""
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(CODE_BITS - 5, -1, -5))


def parse_number(text: str) -> str:
    """Return the number as we write it, or raise `MistypedNumberError`."""
    plain = _BETWEEN.sub("", text).upper().translate(_READ_AS)
    values = [ALPHABET.find(char) for char in plain]
    if len(values) != LENGTH or -1 in values or _check(values[:-1]) != values[-1]:
        raise MistypedNumberError("not a registration number")
    return f"{plain[:4]}-{plain[4:]}"


def _check(values: list[int]) -> int:
    state = 0
    for value in values:
        state = (state ^ value) << 1
        state ^= _POLYNOMIAL if state & 32 else 0
    return state
