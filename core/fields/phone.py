"""A mobile number, written in any of the usual ways, as E.164."""

import re
from contextlib import suppress
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from core.fields.invalid import InvalidError

PHONE_LENGTH_MAX = 30
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)  # ISO 3166-1, two letters
_REMARK = re.compile(r"\([^()0-9]*+\)")  # `(WA)`
_DIGITS = re.compile(r"\+?[0-9 ().\-/]++")
_ABROAD = "00"  # the international prefix of most countries, accepted in any
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@lru_cache(maxsize=4096)
def parse_phone(text: str, *, country: str) -> str:
    """Return `text` as E.164, or raise `InvalidError`; `country` (ISO) is for national numbers."""
    if len(text) > PHONE_LENGTH_MAX:
        raise InvalidError("phone_unclear")
    digits = _without_words(text)
    if not _DIGITS.fullmatch(digits):
        raise InvalidError("phone_unclear")
    if digits.startswith(_ABROAD):
        digits = f"+{digits.removeprefix(_ABROAD)}"
    try:
        return _mobile(digits, country)
    except InvalidError:
        if digits.startswith(("+", "0")):
            raise
        with suppress(InvalidError):  # it may be international, without its plus
            return _mobile(f"+{digits}", country)
        raise


def _without_words(text: str) -> str:
    """Return the number without the words around it; a letter between its digits stays."""
    words = _REMARK.sub(" ", text.rpartition(":")[2]).split()
    places = [place for place, word in enumerate(words) if any(map(str.isdigit, word))]
    return " ".join(words[places[0] : places[-1] + 1]) if places else ""


def _mobile(digits: str, country: str) -> str:
    try:
        number = phonenumbers.parse(digits, country)
    except NumberParseException:
        raise InvalidError("phone_unclear") from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidError("phone_unclear")
    if phonenumbers.number_type(number) not in _MOBILE:
        raise InvalidError("phone_not_mobile")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def country_of(phone: str) -> str:
    """Return the ISO code of the country of an E.164 number, or "" where it has none."""
    try:
        number = phonenumbers.parse(phone)
    except NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or ""
