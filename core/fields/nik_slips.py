"""NIKs that could be one another mistyped, and locks that their transactions share.

One slip makes some 260 other NIKs, too many to lock each. But a look-alike also has the same
birth date or the same phone, and the birth date stands in the NIK: region (6), birth date (6),
serial (4). With the same birth date, a changed digit is in the region (the tail is the same), in
the serial (the head is the same) or is the one that says the sex; and of two swapped digits
(the jumble is the same) neither is in the rest of the birth date.
"""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import combinations

from rapidfuzz.distance import Hamming

_KEY_BYTES = 8
_DIGITS = "0123456789"
_PAIRS = tuple(combinations(range(16), 2))


def head(nik: str) -> str:
    """Return region and birth date."""
    return nik[:12]


def tail(nik: str) -> str:
    """Return birth date and serial."""
    return nik[6:]


def jumble(nik: str) -> str:
    """Return the birth date without its first digit, then all other digits, sorted."""
    return nik[7:12] + "".join(sorted(nik[:7] + nik[12:]))


def other_sex(nik: str) -> str:
    """Return the NIK with the other sex: 40 added to the day, or taken from it."""
    return nik[:6] + chr(ord(nik[6]) ^ 4) + nik[7:]  # 0-3 and 4-7


def meeting_keys(campaign: str, nik: str, phone: str | None) -> Iterator[int]:
    """Yield signed 64-bit keys of locks, for those who take locks; two look-alikes share a key.

    Two transactions that hold their keys while they search for look-alikes cannot miss each other.
    """
    parts = {"head": head(nik), "tail": tail(nik), "jumble": jumble(nik), "phone": phone}
    parts["sex"] = min(nik, other_sex(nik))
    for name, text in parts.items():
        if text:
            yield _key(f"{campaign} {name} {text}")


def _key(name: str) -> int:
    digest = blake2b(name.encode(), digest_size=_KEY_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)


def one_slip_apart(one: str, other: str) -> bool:
    """Return True if one changed digit or two swapped ones make one NIK of the other."""
    places = Hamming.distance(one, other, pad=False)
    return places == 1 or (places == 2 and sorted(one) == sorted(other))  # noqa: PLR2004 two places


def slips(nik: str) -> frozenset[str]:
    """Return every other NIK that one changed digit or two swapped digits make of this one."""
    heads = [nik[:place] for place in range(len(nik))]
    tails = [nik[place + 1 :] for place in range(len(nik))]
    around = zip(heads, tails, strict=True)
    changed = [before + digit + after for before, after in around for digit in _DIGITS]
    swapped = [
        heads[left] + nik[right] + nik[left + 1 : right] + nik[left] + tails[right]
        for left, right in _PAIRS
    ]
    return frozenset((*changed, *swapped)) - {nik}
