"""Codes and links that hand a form over: how long they are good, how often, whose. Pure."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

from core.messages import Address, AddressKind
from core.outbox.sms_bounds import HOUR_SECONDS, Bound

CODES: Final = 100_000_000  # possible ones: eight digits
CODE_DIGITS: Final = 8
CODE_SECONDS: Final = 1_800  # that a code or a link is good for
CODES_PER_BROWSER_MAX: Final = 20  # a day
GUESSES_AN_HOUR_MAX: Final = 5  # codes of one phone that hand over nothing
GUESSES_A_DAY_MAX: Final = 10
LINKS_PER_PHONE_MAX: Final = 10  # a day
LINK_BITS: Final = 128
BROWSERS_PER_PHONE_MAX: Final = 5  # linked at once; a further one ends the oldest link
FIRST_NAME_LETTERS_MAX: Final = 12
LINK_PATH: Final = "/l/"


def make_code(drawn: int) -> str:
    """Return the code of a number drawn below `CODES`."""
    return f"{drawn:0{CODE_DIGITS}d}"


def make_token(drawn: int) -> str:
    """Return the token of a number drawn below 2 ** `LINK_BITS`: 22 letters for an URL."""
    return _letters(drawn.to_bytes(LINK_BITS // 8, "big"))


def digest_of(token: str) -> str:
    """Return what is stored of a token: it opens nothing."""
    return _letters(sha256(token.encode("utf-8", "replace")).digest())


def browser_bounds(address: Address) -> tuple[Bound, ...]:
    """Return the bounds on codes shown in one browser."""
    return (Bound(f"handover codes:{address.conversation}", CODES_PER_BROWSER_MAX),)


def guess_bounds(address: Address) -> tuple[Bound, ...]:
    """Return the bounds on codes from one phone that hand over nothing: they may be guesses."""
    return (
        Bound(
            f"handover guesses an hour:{address.conversation}", GUESSES_AN_HOUR_MAX, HOUR_SECONDS
        ),
        Bound(f"handover guesses a day:{address.conversation}", GUESSES_A_DAY_MAX),
    )


def link_bounds(address: Address) -> tuple[Bound, ...]:
    """Return the bounds on links for one phone."""
    return (Bound(f"handover links:{address.conversation}", LINKS_PER_PHONE_MAX),)


def may_take(phone: str, address: Address) -> bool:
    """Return True if a form that names `phone`, or none, may go to this address."""
    return not phone or address == Address(AddressKind.PHONE, phone)


def mask_person(full_name: str, nik: str) -> str:
    """Return as much of a person as tells their own form from another: `SITI A., NIK ..0001`."""
    first, *rest = full_name.split() or [""]
    initial = f" {rest[-1][0]}." if rest else ""
    named = f"{first[:FIRST_NAME_LETTERS_MAX]}{initial}"
    return ", ".join(filter(None, (named, f"NIK ..{nik[-4:]}" if nik else "")))


def _letters(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
