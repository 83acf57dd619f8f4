"""Decode the octets of an SMS by its data_coding (SMPP 3.4, 5.2.19).

Values above 15 are data coding schemes (3GPP TS 23.038, 4), which add a message class: a flash
message is of class 0.
"""

from typing import Final

from core.wording.gsm7 import ESCAPE, ESCAPED, LETTERS, to_gsm7

_GSM: Final = "gsm"
_OCTETS: Final = "octets"
_UCS_2: Final = "utf-16-be"
_UNKNOWN: Final = "utf-8"
_CLASSES = range(4)
_CODINGS = {
    0: _GSM,
    2: _OCTETS,
    3: "latin-1",
    4: _OCTETS,
    6: "iso8859-5",
    7: "iso8859-8",
    8: _UCS_2,
    **{0x10 + n: _GSM for n in _CLASSES},
    **{0x14 + n: _OCTETS for n in _CLASSES},
    **{0x18 + n: _UCS_2 for n in _CLASSES},
    **{0xF0 + n: _GSM for n in _CLASSES},
    **{0xF4 + n: _OCTETS for n in _CLASSES},
}

_SEPTETS = {ord(letter): bytes([n]) for n, letter in enumerate(LETTERS) if letter != ESCAPE} | {
    ord(letter): bytes([LETTERS.index(ESCAPE), LETTERS.index(after)])
    for after, letter in ESCAPED.items()
}


def encode_gsm(text: str) -> bytes:
    """Return the text in GSM-7 as data_coding 0 carries it, one septet an octet."""
    return b"".join([_SEPTETS[ord(letter)] for letter in to_gsm7(text)])


def decode_sms(octets: bytes, data_coding: int | None) -> str | None:
    """Return the text, or None if the octets are data.

    ASCII, unknown and missing codings are read as UTF-8, which some gateways convert to.
    """
    codec = _UNKNOWN if data_coding is None else _CODINGS.get(data_coding, _UNKNOWN)
    if codec == _OCTETS:
        return None
    if codec == _GSM and max(octets, default=0) < len(LETTERS):
        text = _decode_gsm(octets)
    else:
        text = octets.decode(_UNKNOWN if codec == _GSM else codec, errors="replace")
    return text.replace("\0", "\ufffd")


def _decode_gsm(octets: bytes) -> str:
    head, *escaped = "".join([LETTERS[octet] for octet in octets]).split(ESCAPE)
    return head + "".join([ESCAPED.get(part[:1], part[:1]) + part[1:] for part in escaped])
