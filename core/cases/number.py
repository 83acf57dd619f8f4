"""The number of a case: of the same form as a registration's, and made from the case's id."""

from typing import Final

from core.registration.number import ALPHABET, NUMBER_BITS, make_number, parse_number

_SPACE: Final = 1 << NUMBER_BITS
_FACTOR: Final = 22_801_763_489  # odd, so that it has an inverse: neighbours look unalike
_INVERSE: Final = pow(_FACTOR, -1, _SPACE)
_FIRST: Final = 13_371_137


def case_number(case_id: int) -> str:
    """Return the number of the case with this id (below 2^35)."""
    return make_number((case_id * _FACTOR + _FIRST) % _SPACE)


def case_id(text: str) -> int:
    """Return the id of the case with this number; raise `MistypedNumberError` for no number."""
    digits = parse_number(text).replace("-", "")[:-1]
    bits = 0
    for digit in digits:
        bits = bits << 5 | ALPHABET.index(digit)
    return (bits - _FIRST) * _INVERSE % _SPACE
