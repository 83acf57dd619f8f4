"""What people send, request by request, as the bytes of the wire.

Each function takes the number of a person and yields `Ask`s: what kind of step it is, the bytes,
and what must stand in the answer.
"""

import json
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from tests.bench.people import name, nik, phone

TOKEN = "operator's token of the bench, as long as production wants it"
TURN, COMMIT, SEARCH, LETTER = "turn", "commit", "search", "letter"
REQUESTS = 7  # of a whole registration, dialling and commit among them
ON_RECORD = b"Nomor "  # the answer to a commit names the registration's number
MAILBOX = "vaksin@pedulilindungi.id"
LETTER_LINES = 16
_FORM = "application/x-www-form-urlencoded"


class Ask(NamedTuple):
    """One request."""

    kind: str
    payload: bytes
    wanted: bytes


def post(path, body, content_type=_FORM, more=""):
    """Return a POST as it stands on the wire."""
    head = f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-length: {len(body)}\r\n"
    return f"{head}content-type: {content_type}\r\n{more}\r\n{body}".encode()


def hops(n):
    """Dial and go as far as the question whether all is right: turns, no commit."""
    yield from _dialled(n, ("1", "1", nik(n), name(n), "2"))


def registration(n):
    """Dial and register: six turns, and the one that commits."""
    *turns, last = _dialled(n, ("1", "1", nik(n), name(n), "2", "1"))
    yield from turns
    yield Ask(COMMIT, last.payload, ON_RECORD)


def _dialled(n, words):
    fields = f"serviceCode=%2A119%23&phoneNumber=%2B{phone(n)[1:]}&networkCode=99999"
    for typed in accumulate(
        words, lambda so_far, word: f"{so_far}*{word}".lstrip("*"), initial=""
    ):
        body = f"sessionId=ATUid_{n:032x}&{fields}&text={quote(typed)}"
        yield Ask(TURN, post("/ussd/africastalking", body), b"CON ")


def texts(n):
    """Go the same way by SMS from Twilio, unsigned, as far as the question if all is right."""
    fields = f"From=%2B{phone(n)[1:]}&To=1199&NumMedia=0"
    for place, word in enumerate(("DAFTAR", "1", nik(n), name(n), "2")):
        body = f"MessageSid=SM{n:028x}{place:04x}&{fields}&Body={quote_plus(word)}"
        yield Ask(TURN, post("/sms/twilio", body), b"<Message>")


def search(n):
    """Look person `n` up by NIK, as an operator does."""
    asked, token = json.dumps({"nik": nik(n)}), f"authorization: Bearer {TOKEN}\r\n"
    payload = post("/api/v1/registrations/search", asked, "application/json", token)
    yield Ask(SEARCH, payload, name(n).encode())


def letter(n):
    """Register with one letter of `LETTER_LINES` lines; the envelope is `envelope(n)`."""
    said = (f"NIK: {nik(n)}", f"Nama: {name(n)}", "Profesi: perawat", f"HP: {phone(n)}")
    chatter = ("Salam,", "Mohon saya didaftarkan untuk vaksinasi tenaga kesehatan.", "")
    closing = ("", "Terima kasih.", "", "Klinik Sehat", "Jl. Raya 1", "Bandung")
    head = (f"From: {envelope(n)}", f"To: {MAILBOX}", "Subject: Pendaftaran")
    lines = (*head, f"Message-ID: <{n}@klinik.example>", "", *chatter, *said, *closing)
    assert len(lines) == LETTER_LINES + 2  # the empty line after the head, and one at its end
    yield Ask(LETTER, "".join(f"{line}\r\n" for line in (*lines, ".")).encode(), b"250")


def envelope(n):
    """Return the mail address of person `n`."""
    return f"bidan{n}@klinik.example"
