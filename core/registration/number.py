"""Registration numbers: eight letters and digits that can be read out on the phone.

Crockford base32, without the easily misread I, L, O and U. The last is a check character of the
same alphabet: each position has its own weight over GF(32), which detects every changed character
and every swap of two.
"""

import hmac
import re
from collections.abc import Callable
from typing import Final

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_BITS = 35  # in a number: seven characters of five bits
LENGTH = 8
TICKET_CODE_BITS = 40  # random ones in the code on a ticket: eight characters, no check

NumberOf = Callable[[str, str, int], str]  # a campaign, a NIK, and which of their numbers

_LABEL: Final = b"satupintu/registration-number/1"
_DIGEST_BYTES: Final = 5  # of the digest: as many as hold the bits
_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive: doubling runs through all 31 weights
_READ_AS = str.maketrans("ILO", "110")
_BETWEEN = re.compile(r"[\s\u2010-\u2015-]+")  # spaces and dashes


class MistypedNumberError(ValueError):
    """The text is no registration number: a character is wrong, missing or extra."""


def make_number(bits: int) -> str:
    """Return the registration number for `NUMBER_BITS` bits: `7K3M-9QXC`."""
    values = [bits >> shift & 31 for shift in range(NUMBER_BITS - 5, -1, -5)]
    text = "".join(ALPHABET[value] for value in (*values, _check(values)))
    return f"{text[:4]}-{text[4:]}"


def keyed_numbers(secret: bytes) -> NumberOf:
    """Return what gives the same campaign and NIK the same numbers for ever, the 0th first.

    They are the first bits of HMAC-SHA256 under a key of their own, derived from the secret.
    Whoever registers again after a loss of data gets the number that they were told.
    """
    key = hmac.digest(secret, _LABEL, "sha256")

    def number_of(campaign: str, nik: str, n: int) -> str:
        about = f"{campaign}\0{nik}\0{n}".encode()
        bits = int.from_bytes(hmac.digest(key, about, "sha256")[:_DIGEST_BYTES], "big")
        return make_number(bits >> (8 * _DIGEST_BYTES - NUMBER_BITS))

    return number_of


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
