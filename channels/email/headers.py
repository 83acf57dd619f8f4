"""Parse the header fields of a mail or MIME part (RFC 5322); any bytes are accepted."""

import re
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Final, NamedTuple

from channels.contract import RejectedError

HEAD_BYTES_MAX: Final = 262_144  # a head with every relay's signatures has some 30 kB
FIELDS_MAX: Final = 1_000
SUBJECT_CHARACTERS_MAX: Final = 200
ENCODED_CHARACTERS_MAX: Final = 2_000  # of a field that is decoded
ADDRESS_CHARACTERS_MAX: Final = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
ID_CHARACTERS_MAX: Final = 250
REFERENCES_MAX: Final = 20

_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(rb"\n(?=[ \t])")
_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])?"
_ANGLED = re.compile(rf"<\s*({_ADDRESS})\s*>")
_BARE = re.compile(rf"(?<![^\s,;:]){_ADDRESS}(?![^\s,;])")
_NAMES_AND_COMMENTS = re.compile(r'"(?:[^"\\]|\\.){0,250}+"|\([^()]*+\)')
_ID = re.compile(rf"<[!-;=?-~]{{1,{ID_CHARACTERS_MAX}}}>")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Part(NamedTuple):
    """A mail or MIME part: its fields in order, names in lower case, and its body."""

    fields: Sequence[tuple[str, str]]
    body: bytes

    def get(self, name: str) -> str:
        """Return the first field of that name, or ""."""
        return next((value for field, value in self.fields if field == name), "")

    def all(self, name: str) -> list[str]:
        """Return every field of that name."""
        return [value for field, value in self.fields if field == name]


def split_part(raw: bytes, *, bytes_max: int | None = None) -> Part:
    """Split head and body at the first empty line. Lines must end in bare line feeds.

    Raises `RejectedError` (552) if the head exceeds `bytes_max`, by default `HEAD_BYTES_MAX`.
    """
    bytes_max = bytes_max or HEAD_BYTES_MAX
    if raw.startswith(b"\n"):
        return Part((), raw[1:])
    end = raw.find(b"\n\n", 0, bytes_max)
    if end < 0:
        if len(raw) > bytes_max:
            raise RejectedError("the head of the mail is too large", status=552)
        end = len(raw)
    lines = _FOLD.sub(b"", raw[:end]).split(b"\n", FIELDS_MAX)[:FIELDS_MAX]
    matches = (_FIELD.fullmatch(line) for line in lines)
    fields = [(match[1].decode("ascii").lower(), _text(match[2])) for match in matches if match]
    return Part(fields, raw[end + 2 :])


def read_address(field: str) -> str:
    """Return the first address in the field, in lower case, or ""."""
    plain = _NAMES_AND_COMMENTS.sub(" ", field[:ENCODED_CHARACTERS_MAX])
    match = _ANGLED.search(plain)
    found = match[1] if match else (_BARE.findall(plain) or [""])[0]
    return found.lower() if len(found) <= ADDRESS_CHARACTERS_MAX else ""


def read_ids(field: str) -> list[str]:
    """Return the last `REFERENCES_MAX` message ids in the field."""
    return _ID.findall(field[-REFERENCES_MAX * ID_CHARACTERS_MAX :])[-REFERENCES_MAX:]


def decode_field(field: str) -> str:
    """Return an unstructured field, such as a subject, decoded (RFC 2047) and as one line."""
    field = field[:ENCODED_CHARACTERS_MAX]
    try:
        decoded = decode_header(field)
    except (HeaderParseError, ValueError, LookupError):
        decoded = [(field, None)]
    return tidy("".join(_decode_word(word, charset) for word, charset in decoded))


def tidy(text: str) -> str:
    """Return the text as one printable line of at most `SUBJECT_CHARACTERS_MAX`."""
    printable = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join(_UNPRINTABLE.sub(" ", printable).split())[:SUBJECT_CHARACTERS_MAX]


def _decode_word(word: bytes | str, charset: str | None) -> str:
    return word if isinstance(word, str) else decode_text(word, charset or "")


def _text(value: bytes) -> str:
    return decode_text(value, "utf-8").replace("\0", "\ufffd").strip()


# Not every codec of Python is a charset, and some take quadratic time.
_CHARSET = re.compile(
    r"(?:utf-?(?:8|16|32)|latin|iso|cp|windows|koi8|gb|big5|euc|shift|sjis|mac)[\w.:-]{0,30}",
    re.ASCII | re.IGNORECASE,
)
_UNRELIABLE_CHARSET = re.compile(r"|us-?ascii|ascii|utf-?8|unknown.*", re.IGNORECASE | re.DOTALL)


def decode_text(data: bytes, charset: str) -> str:
    """Return the text; undecodable bytes become U+FFFD.

    Mails that declare ASCII, or nothing, are in practice UTF-8 or else Windows-1252.
    """
    charset = charset.strip().strip("\"'")
    if not _UNRELIABLE_CHARSET.fullmatch(charset) and _CHARSET.fullmatch(charset):
        try:
            return data.decode(charset, "replace")
        except (LookupError, ValueError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if charset.lower() in {"utf-8", "utf8"}:
            return data.decode("utf-8", "replace")
        return data.decode("cp1252", "replace")
