"""Registration numbers: eight letters and digits that can be read out on the phone.

Crockford base32, without the easily misread I, L, O and U. The last is a check character of the
same alphabet: each position has its own weight over GF(32), which detects every changed character
and every swap of two.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_BITS = 35  # random ones in a number: seven characters of five bits
LENGTH = 8
TICKET_CODE_BITS = 40  # random ones in the code on a ticket: eight characters, no check

_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive: doubling runs through all 31 weights
_READ_AS = str.maketrans("ILO", "110")
_BETWEEN = re.compile(r"[\s\u2010-\u2015-]+")  # spaces and dashes


class MistypedNumberError(ValueError):
    """The text is no registration number: a character is wrong, missing or extra."""


def make_number(bits: int) -> str:
    """Return the registration number for `NUMBER_BITS` random bits: `7K3M-9QXC`."""
    values = [bits >> shift & 31 for shift in range(NUMBER_BITS - 5, -1, -5)]
    text = "".join(ALPHABET[value] for value in (*values, _check(values)))
    return f"{text[:4]}-{text[4:]}"


def make_ticket_code(bits: int) -> str:
    """Return the code on a ticket for `TICKET_CODE_BITS` random bits: `7K3M9QXC`."""
    return "".join(ALPHABET[bits >> shift & 31] for shift in range(TICKET_CODE_BITS - 5, -1, -5))


def parse_number(text: str) -> str:
    """Return the number in its canonical form, or raise `MistypedNumberError`."""
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
