"""Read the head of a mail, whatever stands in it: the fields, the sender's address, the ids."""

import re
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Final, NamedTuple

from channels.contract import RejectedError

HEAD_BYTES_MAX: Final = 262_144  # with every relay's signatures an honest head has 30 kB
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
_ALOUD = re.compile(r'"(?:[^"\\]|\\.){0,250}+"|\([^()]*+\)')  # quoted names, comments
_ID = re.compile(rf"<[!-;=?-~]{{1,{ID_CHARACTERS_MAX}}}>")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Part(NamedTuple):
    """The fields of a mail or of a part of one, names in lower case, and what follows them."""

    fields: Sequence[tuple[str, str]]
    body: bytes

    def get(self, name: str) -> str:
        """Return the first such field, or an empty string."""
        return next((value for field, value in self.fields if field == name), "")

    def all(self, name: str) -> list[str]:
        """Return every such field."""
        return [value for field, value in self.fields if field == name]


def split_part(raw: bytes, *, bytes_max: int | None = None) -> Part:
    """Part the head from the body, at the first empty line. Line ends must be bare newlines.

    Raises `RejectedError` where the head has more than `bytes_max`, or `HEAD_BYTES_MAX`.
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
    """Return the first address in the field, in lower case, or an empty string."""
    plain = _ALOUD.sub(" ", field[:ENCODED_CHARACTERS_MAX])
    match = _ANGLED.search(plain)
    found = match[1] if match else (_BARE.findall(plain) or [""])[0]
    return found.lower() if len(found) <= ADDRESS_CHARACTERS_MAX else ""


def read_ids(field: str) -> list[str]:
    """Return the message ids in the field, the last few if there are many."""
    return _ID.findall(field[-REFERENCES_MAX * ID_CHARACTERS_MAX :])[-REFERENCES_MAX:]


def read_words(field: str) -> str:
    """Return a field made for people (RFC 2047) as one line."""
    field = field[:ENCODED_CHARACTERS_MAX]
    try:
        decoded = decode_header(field)
    except (HeaderParseError, ValueError, LookupError):
        decoded = [(field, None)]
    words = "".join(_word(word, charset) for word, charset in decoded)
    return tidy(words)


def tidy(words: str) -> str:
    """Return the words as one line that may stand in a head."""
    printable = words.encode("utf-8", "replace").decode("utf-8")
    return " ".join(_UNPRINTABLE.sub(" ", printable).split())[:SUBJECT_CHARACTERS_MAX]


def _word(word: bytes | str, charset: str | None) -> str:
    return word if isinstance(word, str) else decode_text(word, charset or "")


def _text(value: bytes) -> str:
    return decode_text(value, "utf-8").replace("\0", "\ufffd").strip()


# Not every codec of Python is a charset, and some take quadratic time.
_CHARSET = re.compile(
    r"(?:utf-?(?:8|16|32)|latin|iso|cp|windows|koi8|gb|big5|euc|shift|sjis|mac)[\w.:-]{0,30}",
    re.ASCII | re.IGNORECASE,
)
_PLAIN = re.compile(r"|us-?ascii|ascii|utf-?8|unknown.*", re.IGNORECASE | re.DOTALL)


def decode_text(data: bytes, charset: str) -> str:
    """Return the text, whatever its charset is said to be; what cannot be read is U+FFFD.

    Many a mail that says ASCII or nothing is UTF-8, or Windows-1252.
    """
    charset = charset.strip().strip("\"'")
    if not _PLAIN.fullmatch(charset) and _CHARSET.fullmatch(charset):
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
