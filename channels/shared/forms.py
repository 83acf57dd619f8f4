"""Read what providers post: forms, the numbers of phones, and the key in a callback's address."""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest
from urllib.parse import quote, unquote, unquote_to_bytes

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType, ValidationResult

from channels.contract import RejectedError, Request
from core.messages import Address, AddressKind

FORM_BYTES_MAX = 65_536  # ten full SMS of emoji, percent-encoded, are half of it
FIELDS_MAX = 100  # the widest wire known to us posts some forty
ID_CHARS_MAX = 128
PHONES_MAX = 32_768  # remembered: more phones than are in the middle of a dialogue at a peak

_ID = re.compile(rf"[!-~]{{1,{ID_CHARS_MAX}}}")
_REFERENCE = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"\+?[0-9]{7,15}")  # shorter is a short code, anything else a sender's name
_SEPARATORS = str.maketrans("", "", " -.()\u00a0")
_SCHEME = "tel:"  # RFC 3966
_NO_PREFIX = (None, "0")  # what may stand before the number, after the code of its country
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def read_pairs(form: bytes, *, fields_max: int = FIELDS_MAX) -> list[tuple[str, str]]:
    """Return every field of a urlencoded form or query in order, blank and repeated ones too.

    Bytes that are not UTF-8 become U+FFFD. Raises `RejectedError` past the bounds.
    """
    return _read(form, "utf-8", fields_max)


def read_octets(form: bytes, *, fields_max: int = FIELDS_MAX) -> dict[str, bytes]:
    """Return the fields by name as the octets that were sent, for the wires that name a charset.

    Raises `RejectedError` past the bounds.
    """
    pairs = _read(form, "latin-1", fields_max)
    return {name: value.encode("latin-1") for name, value in pairs}


def _read(form: bytes, encoding: str, fields_max: int) -> list[tuple[str, str]]:
    if len(form) > FORM_BYTES_MAX:
        raise RejectedError("the form is too large", status=413)
    if form.count(b"&") >= fields_max:
        raise RejectedError("the form has too many fields")
    text = form.decode(encoding, errors="replace").replace("+", " ")
    pairs = [field.partition("=") for field in text.split("&") if field]
    return [(_unquote(name, encoding), _unquote(value, encoding)) for name, _, value in pairs]


def _unquote(text: str, encoding: str) -> str:
    """Return what the library's `unquote` does, sooner: most texts have nothing quoted."""
    if "%" not in text:
        return text
    if text.isascii():
        return unquote_to_bytes(text).decode(encoding, "replace")
    return unquote(text, encoding)


def read_form(form: bytes, *, fields_max: int = FIELDS_MAX) -> dict[str, str]:
    """Return the fields of a urlencoded form by name; of a repeated one, the last.

    A NUL becomes U+FFFD, because no store of ours can keep one.
    """
    fields = dict(read_pairs(form, fields_max=fields_max))
    if b"%00" in form or b"\0" in form:
        return {name: value.replace("\0", "\ufffd") for name, value in fields.items()}
    return fields


def query_of(request: Request) -> bytes:
    """Return the query of the address as it stood on the wire."""
    return request.query.encode("latin-1", "replace")


def read_query(request: Request) -> dict[str, str]:
    """Return the fields of the address, by name."""
    return read_form(query_of(request))


def require(form: Mapping[str, str], name: str) -> str:
    """Return a field that must be there and not be blank."""
    if value := form.get(name, "").strip():
        return value
    raise RejectedError(f"the field {name} is missing")


def require_id(form: Mapping[str, str], name: str) -> str:
    """Return a provider's id: printable ASCII of a bounded length."""
    if _ID.fullmatch(value := require(form, name)):
        return value
    raise RejectedError(f"the field {name} is not an id")


def read_reference(text: str) -> str:
    """Return our own name for a message, as a provider gives it back, or "" for anything else."""
    return text if _REFERENCE.fullmatch(text) else ""


def digest(*parts: str) -> str:
    """Return a short fingerprint of the parts, which must hold no NUL."""
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=12).hexdigest()


@lru_cache(maxsize=PHONES_MAX)
def _phone(text: str, country: str) -> Address | None:
    """Read a number once: the library takes longer than all the rest of a USSD request.

    One of our own with its plus, as nearly all come, needs only a possible length.
    """
    code, lengths = _plan(country)
    if text.startswith(code) and len(text) in lengths and text[len(code)] != "0":
        return Address(AddressKind.PHONE, text)
    readings = (text,) if text.startswith("+") else (text, f"+{text}")
    for reading in readings:
        try:
            number = phonenumbers.parse(reading, country)
        except phonenumbers.NumberParseException:
            continue
        possible = phonenumbers.is_possible_number_with_reason(number)
        if possible == ValidationResult.IS_POSSIBLE and _is_meant(number, text, reading):
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return Address(AddressKind.PHONE, e164)
    return None


@lru_cache(maxsize=8)
def _plan(country: str) -> tuple[str, frozenset[int]]:
    """Return a country's code with its plus, and the possible lengths of numbers that have it.

    No lengths where numbers from abroad may still hold a prefix other than 0: that is for the
    library.
    """
    code = phonenumbers.country_code_for_region(country)
    plan = PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(code))
    if plan is None or plan.national_prefix_for_parsing not in _NO_PREFIX:
        return "+", frozenset()
    assert plan.general_desc is not None  # every country has one
    possible = plan.general_desc.possible_length
    return f"+{code}", frozenset(len(f"+{code}") + digits for digits in possible)


def _is_meant(number: PhoneNumber, text: str, reading: str) -> bool:
    """Say whether this reading of a number is the one that is meant.

    With a plus the network has said all. Without one, only a real number settles which country is
    meant; and as one of our own, where not even a 0 says so, only a mobile: `6581234567` has the
    length of a fixed line's here, and is a mobile in Singapore. Not so strict where there is a
    plus, for new ranges come into use unannounced.
    """
    if text.startswith("+"):
        return True
    if not phonenumbers.is_valid_number(number):
        return False
    told = text.startswith("0") or reading.startswith("+")
    return told or phonenumbers.number_type(number) in _MOBILE


def _plain(text: str) -> str:
    """Return a number without what people and networks put before and between its digits."""
    scheme, rest = text[: len(_SCHEME)], text[len(_SCHEME) :]
    digits = (rest if scheme.lower() == _SCHEME else text).translate(_SEPARATORS)
    return f"+{digits[2:]}" if digits.startswith("00") else digits


def msisdn(text: str, country: str) -> Address:
    """Return the address of a number as a network writes it: `+62811…`, `62811…` or `0811…`.

    Also `0062811…`, `tel:+62811…`, and with separators. Raises `RejectedError` for short codes and
    for senders that are names.
    """
    text = _plain(text.strip())
    address = _phone(text, country) if _NUMBER.fullmatch(text) else None
    if address is None:
        raise RejectedError("the sender is not a phone number")
    return address


@lru_cache(maxsize=8)
def _only(key: str) -> bytes:
    """Return the query that is the key and nothing else, as nearly every one is."""
    return f"key={quote(key, safe='')}".encode()


def check_key(request: Request, key: str | None) -> None:
    """Refuse a caller who does not know the key in the address, on wires that sign nothing."""
    if key is None or compare_digest(query_of(request), _only(key)):
        return
    given = read_query(request).get("key", "")
    if not compare_digest(given.encode(), key.encode()):
        raise RejectedError("the key is missing or wrong", status=403)


def written_to(number: str) -> dict[str, str]:
    """Return the thread of a message to that number of ours: an answer is to come from it."""
    return {"to": number} if 0 < len(number) <= ID_CHARS_MAX else {}
