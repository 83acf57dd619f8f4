"""A mobile number, written in any of the usual ways, as E.164."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from core.fields.invalid import InvalidError

PHONE_LENGTH_MAX = 30
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)  # ISO 3166-1, two letters
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@lru_cache(maxsize=4096)
def parse_phone(text: str, *, country: str) -> str:
    """Return `text` as E.164, or raise `InvalidError`."""
    if len(text) > PHONE_LENGTH_MAX:
        raise InvalidError("phone_unclear")
    try:
        number = phonenumbers.parse(text, country)
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
