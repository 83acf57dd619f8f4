"""A mobile number, written in any of the usual ways, as E.164."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from core.fields.invalid import InvalidError

PHONE_LENGTH_MAX = 30
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
