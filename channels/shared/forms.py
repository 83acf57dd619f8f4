"""Read what providers post: forms, phone numbers, ids, and the key in a callback's URL."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest
from urllib.parse import quote, unquote, unquote_to_bytes

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType, ValidationResult

from channels.contract import RejectedError, Request
from core.messages import Address, AddressKind

Keys = tuple[str, ...]  # of one wire; several while they are exchanged

KEY_HEADER = "x-satupintu-key"  # where the sender can set one: a URL stands in many logs
FORM_BYTES_MAX = 65_536  # ten full SMS of emoji, percent-encoded, take half of it
FIELDS_MAX = 100  # the widest known wire posts some forty
ID_CHARS_MAX = 128
PHONES_MAX = 32_768  # cached: more than are in a dialogue at a peak

_DIGEST = re.compile(r"[0-9a-f]{24}")
_ID = re.compile(rf"[!-~]{{1,{ID_CHARS_MAX}}}")
TEMPLATE_MARK = "t"  # before our reference: the message was sent as a template
_REFERENCE = re.compile(r"[0-9]{1,18}")
_NUMBER = re.compile(r"\+?[0-9]{7,15}")  # shorter: a short code; other: a sender's name
_SEPARATORS = str.maketrans("", "", " -.()\u00a0")
_SCHEME = "tel:"  # RFC 3966
_NO_PREFIX = (None, "0")  # trunk prefixes within a number after its country code
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
# What a phone's form nearly always quotes. None of it is a hex digit, `%`, `&` or `=`, so that all
# of a form can be unquoted before it is split, and no other escape changes.
_QUOTED = (("+", " "), ("%2B", "+"), ("%2A", "*"), ("%23", "#"), ("%20", " "))


def read_pairs(form: bytes, *, fields_max: int = FIELDS_MAX) -> list[tuple[str, str]]:
    """Return (name, value) of every field of a urlencoded form or query, in order.

    Blank and repeated fields are kept; invalid UTF-8 becomes U+FFFD. Raises `RejectedError` past
    the bounds.
    """
    return _read(form, "utf-8", fields_max)


def read_octets(form: bytes, *, fields_max: int = FIELDS_MAX) -> dict[str, bytes]:
    """Return the fields by name as raw octets, for wires that name a charset.

    Raises `RejectedError` past the bounds.
    """
    pairs = _read(form, "latin-1", fields_max)
    return {name: value.encode("latin-1") for name, value in pairs}


def _read(form: bytes, encoding: str, fields_max: int) -> list[tuple[str, str]]:
    if len(form) > FORM_BYTES_MAX:
        raise RejectedError("the form is too large", status=413)
    if form.count(b"&") >= fields_max:
        raise RejectedError("the form has too many fields")
    text = form.decode(encoding, errors="replace")
    for quoted, meant in _QUOTED:
        text = text.replace(quoted, meant)
    pairs = [field.partition("=") for field in text.split("&") if field]
    if "%" not in text:
        return [(name, value) for name, _, value in pairs]
    return [(_unquote(name, encoding), _unquote(value, encoding)) for name, _, value in pairs]


def _unquote(text: str, encoding: str) -> str:
    """Do as the library's `unquote`, faster: most texts have nothing quoted."""
    if "%" not in text:
        return text
    if text.isascii():
        return unquote_to_bytes(text).decode(encoding, "replace")
    return unquote(text, encoding)


def read_form(form: bytes) -> dict[str, str]:
    """Return the fields of a urlencoded form by name; the last of a repeated one.

    A NUL becomes U+FFFD, because PostgreSQL stores none. Raises `RejectedError` past the bounds.
    """
    fields = dict(read_pairs(form))
    if b"%00" in form or b"\0" in form:
        return {name: value.replace("\0", "\ufffd") for name, value in fields.items()}
    return fields


def query_of(request: Request) -> bytes:
    """Return the query string as octets."""
    return request.query.encode("latin-1", "replace")


def read_query(request: Request) -> dict[str, str]:
    """Return the fields of the query string by name, as `read_form` does."""
    return read_form(query_of(request))


def require(form: Mapping[str, str], name: str) -> str:
    """Return the field, stripped; raise `RejectedError` if it is missing or blank."""
    if value := form.get(name, "").strip():
        return value
    raise RejectedError(f"the field {name} is missing")


def require_id(form: Mapping[str, str], name: str) -> str:
    """Return a provider's id: printable ASCII of at most `ID_CHARS_MAX`, or `RejectedError`."""
    if _ID.fullmatch(value := require(form, name)):
        return value
    raise RejectedError(f"the field {name} is not an id")


def read_reference(text: str) -> str:
    """Return our reference, unmarked, from a receipt that repeats it; "" for anything else."""
    bare = text.removeprefix(TEMPLATE_MARK)
    return bare if _REFERENCE.fullmatch(bare) else ""


def marks_template(text: str) -> bool:
    """Return True if the receipt's reference is that of a template."""
    return text.startswith(TEMPLATE_MARK) and bool(read_reference(text))


def digest(*parts: str) -> str:
    """Return a fingerprint of the parts, 24 hex digits; parts must hold no NUL."""
    return blake2b("\0".join(parts).encode(errors="replace"), digest_size=12).hexdigest()


def is_digest(text: str) -> bool:
    """Return True if `digest` may have returned this."""
    return _DIGEST.fullmatch(text) is not None


@lru_cache(maxsize=PHONES_MAX)
def _parse_phone(text: str, country: str) -> Address | None:
    """Return the address, or None. Cached: parsing costs more than the rest of a USSD request.

    A number of our own country with its plus, as nearly all have, only needs a possible length.
    """
    code, lengths = _own_plan(country)
    if text.startswith(code) and len(text) in lengths and text[len(code)] != "0":
        return Address(AddressKind.PHONE, text)
    readings = (text,) if text.startswith("+") else (text, f"+{text}")
    for reading in readings:
        try:
            number = phonenumbers.parse(reading, country)
        except phonenumbers.NumberParseException:
            continue
        possible = phonenumbers.is_possible_number_with_reason(number)
        if possible == ValidationResult.IS_POSSIBLE and _is_plausible(number, text, reading):
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return Address(AddressKind.PHONE, e164)
    return None


@lru_cache(maxsize=8)
def _own_plan(country: str) -> tuple[str, frozenset[int]]:
    """Return a country's code with its plus, and the possible lengths of numbers with it.

    There are no lengths, and the library decides, if such numbers may still hold a trunk prefix
    other than 0.
    """
    code = phonenumbers.country_code_for_region(country)
    plan = PhoneMetadata.metadata_for_region(phonenumbers.region_code_for_country_code(code))
    if plan is None or plan.national_prefix_for_parsing not in _NO_PREFIX:
        return "+", frozenset()
    assert plan.general_desc is not None  # every country has one
    possible = plan.general_desc.possible_length
    return f"+{code}", frozenset(len(f"+{code}") + digits for digits in possible)


def _is_plausible(number: PhoneNumber, text: str, reading: str) -> bool:
    """Return True if a number parsed from `reading` is what the network's `text` means.

    With a plus it is, also in a range that the library does not know yet. Without one the number
    must be valid; and read as one of our country without its leading 0, it must be a mobile:
    `6581234567` has the length of a fixed line here, and is a mobile in Singapore.
    """
    if text.startswith("+"):
        return True
    if not phonenumbers.is_valid_number(number):
        return False
    country_given = text.startswith("0") or reading.startswith("+")
    return country_given or phonenumbers.number_type(number) in _MOBILE


def _strip_separators(text: str) -> str:
    """Return a number without `tel:` and separators, with `+` for a leading `00`."""
    scheme, rest = text[: len(_SCHEME)], text[len(_SCHEME) :]
    digits = (rest if scheme.lower() == _SCHEME else text).translate(_SEPARATORS)
    return f"+{digits[2:]}" if digits.startswith("00") else digits


def msisdn(text: str, country: str) -> Address:
    """Return the address of a number as a network writes it: `+62811…`, `62811…` or `0811…`.

    Also `0062811…`, `tel:+62811…`, and with separators. Raises `RejectedError` for short codes and
    for senders that are names.
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text) or text.startswith("00"):
        text = _strip_separators(text)
    address = _parse_phone(text, country) if _NUMBER.fullmatch(text) else None
    if address is None:
        raise RejectedError("the sender is not a phone number")
    return address


@lru_cache(maxsize=16)
def _key_query(key: str) -> bytes:
    """Return the query string that is the key alone, as nearly every one is."""
    return f"key={quote(key, safe='')}".encode()


def check_key(request: Request, keys: Keys) -> None:
    """Raise `RejectedError` (403) unless URL or header bears a key; for wires that sign nothing.

    Without keys anybody is let in.
    """
    query = query_of(request)
    if not keys or _is_any(query, map(_key_query, keys)):
        return
    wanted = [key.encode() for key in keys]
    in_header = request.headers.get(KEY_HEADER, "").encode()
    in_url = read_query(request).get("key", "").encode()
    if not (_is_any(in_header, wanted) | _is_any(in_url, wanted)):
        raise RejectedError("the key is missing or wrong", status=403)


def _is_any(given: bytes, wanted: Iterable[bytes]) -> bool:
    """Return True if it is one of them; takes the same time whichever it is."""
    return sum(compare_digest(given, one) for one in wanted) > 0


def thread_to(number: str) -> dict[str, str]:
    """Return the thread of a message to that number of ours; the answer is sent from it."""
    return {"to": number} if 0 < len(number) <= ID_CHARS_MAX else {}
