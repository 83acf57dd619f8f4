"""Every parser of strangers' text takes linear time, and little of it, in letters and on wires."""

import base64
import json
import re
from datetime import UTC, datetime
from functools import partial
from io import StringIO
from urllib.parse import quote_plus

import pytest
from msgspec.structs import replace

from channels.contract import RejectedError
from channels.email.attachments import decode
from channels.email.authentication import read_dmarc
from channels.email.blocks import read_blocks
from channels.email.body import TEXT_CHARACTERS_MAX, read_text
from channels.email.bounces import read_bounces
from channels.email.certificate import split_roles
from channels.email.headers import (
    Part,
    decode_field,
    decode_text,
    read_address,
    read_ids,
    split_part,
)
from channels.email.html import read_html, without_comments
from channels.email.items import itemize
from channels.email.letter import LetterParser
from channels.email.listed_lines import ListedLines
from channels.email.quotes import strip_quotes
from channels.email.tables import read_tables
from channels.email.vouching import MailTrust
from core.conversation.form_questions import create_form
from core.conversation.keywords import find_code
from core.fields.cell import bare_nik
from core.fields.invalid import InvalidError
from core.fields.name_matching import fold_name, names_match
from core.messages import ListedPerson
from core.registration.number import MistypedNumberError
from core.wording.data import render
from gateway.imports.headings import fold_heading
from gateway.imports.sheets import text_rows
from gateway.mail.connection import LETTER_BYTES_MAX
from tests.contract.channels import WIRES
from tests.fixtures import lists
from tests.fixtures.hostile import PAIRS_MAX, grows_linearly, hostile, seconds, slowness
from tests.scripts import CAMPAIGN, KEYWORDS, LABELS, READER, START, Person

SIZE, FLOOR_SECONDS = 2_048, 0.01
SMALL, SMALL_FLOOR_SECONDS = 512, 0.002_5  # of what is tried at its largest, too
FRAMES = (("", ""), ("On 1 ", "\0x"))
LARGE = 256 * 1024
LARGE_SECONDS_MAX = 0.1  # and its share for what is never that large
read_letter = LetterParser(LABELS, KEYWORDS, MailTrust("mx.id", b"secret")).parse
NOW = datetime(2021, 1, 15, 8, 0, tzinfo=UTC)
FORM = create_form(CAMPAIGN, KEYWORDS, asks_phone=True)
PERSON = Person()
read_row = partial(lists.READER.read, lists.letter())
HEADINGS = ("nik", "full_name", "profession", "phone")
REFUSALS = (RejectedError, InvalidError, MistypedNumberError)


def letter(head="", body=""):
    raw = f"From: a@b.id\r\n{head}\r\n\r\n{body}".encode("utf-8", "replace")
    return read_letter(raw, received_at=NOW, envelope_from=None, mailboxes=("v@x.id",))


def authentication(text):
    fields = [("authentication-results", one) for one in (f"mx.id; {text}", text) * 2]
    return read_dmarc(Part(fields, b""), authserv="mx.id", domain="b.id")


def mail(kind, text):
    packed = base64.encodebytes(text.encode("utf-8", "replace")).decode()
    return letter(f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64", packed)


def parts(text):
    one = f"--b\r\nContent-Type: text/html\r\n\r\n{text[: len(text) // 20]}\r\n"
    return letter("Content-Type: multipart/mixed; boundary=b", one * 20)


def nested(text):
    return letter(f"Content-Type: multipart/mixed; boundary=b\r\nX: {text}", f"--b\r\n{text}")


IN_LETTERS = {
    "plain": lambda text: letter(body=text),
    "lines": lambda text: letter(
        body="\r\n".join(text[n : n + 990] for n in range(0, len(text), 990))
    ),
    "html": lambda text: mail("text/html", text),
    "utf-16": lambda text: mail("text/plain; charset=utf-16", text),
    "iso-2022-jp": lambda text: mail("text/plain; charset=iso-2022-jp", text),
    "gb18030": lambda text: mail("text/plain; charset=gb18030", text),
    "quoted-printable": lambda text: letter("Content-Transfer-Encoding: quoted-printable", text),
    "base64": lambda text: letter("Content-Transfer-Encoding: base64", text),
    "parts": parts,
    "nested": nested,
    **{
        name: lambda text, name=name: letter(f"{name}: {text}", "NIK: 1")
        for name in (
            *("From", "Subject", "References", "In-Reply-To", "Message-ID", "Content-Type"),
            "Authentication-Results",
        )
    },
}
OF_LISTS = {
    "attachment": lambda text: letter(
        f"Content-Type: application/x; name={text[:900]}\r\nContent-Disposition: attachment", text
    ),
    "bare_nik": bare_nik,
    "heading": fold_heading,
    "row": lambda text: read_row(ListedPerson(1, dict.fromkeys(HEADINGS, text[:200]))),
    "table": lambda text: list(text_rows(StringIO(text))),
}
OF_LETTERS = {
    "split_part": lambda text: split_part(text.encode("utf-8", "replace")),
    "read_text": lambda text: read_text(split_part(b"\n" + text.encode("utf-8", "replace"))),
    "html": lambda text: read_html(without_comments(text)),
    "tables": lambda text: list(read_tables(text.split("\n"), LABELS)),
    "listed lines": lambda text: list(ListedLines(LABELS, KEYWORDS).read_all(text.split("\n"))),
    "certificates": lambda text: list(split_roles(text.split("\n"), LABELS)),
    "blocks": lambda text: read_blocks(itemize(text.split("\n"), LABELS)[0]),
    "labels": lambda text: READER.read(text.split("\n")),
    "quotes": lambda text: strip_quotes(text.split("\n"), LABELS),
    "authentication": authentication,
    "address": read_address,
    "ids": read_ids,
    "words": decode_field,
    "bounce": lambda text: read_bounces(
        b"Content-Type: multipart/report; x\n\n" + text.encode("utf-8", "replace"),
        ("x",),
        provider="smtp",
    ),
    "decode": lambda text: decode_text(text.encode("utf-8", "replace"), "ascii"),
}
FIELDS = {
    "written profession": FORM.written_profession,
    **{
        question.key: lambda text, question=question: question.parse(text, START.date())
        for question in FORM.questions[1:]
    },
    "command": KEYWORDS.command,
    "without_courtesies": KEYWORDS.without_courtesies,
    "one_line": KEYWORDS.one_line,
    "inquiry": KEYWORDS.inquiry,
    "find_number": KEYWORDS.find_number,
    "find_code": find_code,
    "is_code": KEYWORDS.is_code,
    "fold_name": lambda text: fold_name(text[:2_000]),
    "names_match": lambda text: names_match(text[:200], text[:199], match_min=88),
    "render": lambda text: render(f"text:{text}", "id", "short"),
    "said": PERSON.say,
}
WAYS = {
    "form": lambda text: quote_plus(text, errors="replace").encode(),
    "raw": lambda text: text.encode("utf-8", "replace"),
    "json": lambda text: json.dumps({"entry": [{"changes": [{"value": text}]}]}).encode(),
}


def total(read):
    """Whatever the text is, it is read or refused."""

    def work(text):
        try:
            read(text)
        except REFUSALS:
            return

    return work


def on_wire(wire, way):
    """Return what reads a text in the place of the words of a message on that wire."""
    good = wire.good("TEXT", "m1")
    put = WAYS[way]

    def read(text):
        body = good.body.replace(b"TEXT", put(text)) if way != "json" else put(text)
        list(wire.open.parse(replace(good, body=body)))

    return read


PARSERS = {
    **{f"letter {name}": read for name, read in IN_LETTERS.items()},
    **OF_LETTERS,
    **OF_LISTS,
    **FIELDS,
    **{f"{wire.name} {way}": on_wire(wire, way) for wire in WIRES for way in WAYS},
}


AT_THEIR_LARGEST = {  # a letter hands the conversation the longest text of all wires
    **dict.fromkeys((*(f"letter {name}" for name in IN_LETTERS), *OF_LISTS), LARGE),
    **dict.fromkeys(FIELDS, TEXT_CHARACTERS_MAX),
}


def check_growth(read, size, floor_seconds):
    small, large = dict(hostile(size, FRAMES)), dict(hostile(4 * size, FRAMES))
    for kind, text in small.items():
        made = {size: text, 4 * size: large[kind]}
        assert grows_linearly(read, made.get, size=size, floor_seconds=floor_seconds), kind


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_takes_linear_time(name):
    tried_large = name in AT_THEIR_LARGEST
    size, floor = (SMALL, SMALL_FLOOR_SECONDS) if tried_large else (SIZE, FLOOR_SECONDS)
    check_growth(total(PARSERS[name]), size, floor)


@pytest.mark.parametrize("size", [(SIZE, FLOOR_SECONDS), (SMALL, SMALL_FLOOR_SECONDS)])
def test_what_takes_quadratic_time_is_noticed(size):
    with pytest.raises(AssertionError):
        check_growth(re.compile(r"\s+;").findall, *size)


def takes_little_time(work, seconds_max=LARGE_SECONDS_MAX):
    if seconds(work) < seconds_max:
        return True
    pairs = range(PAIRS_MAX)  # side by side: a busy machine changes its speed
    return any(seconds(work) < seconds_max * slowness() for _ in pairs)


@pytest.mark.parametrize("name", AT_THEIR_LARGEST)
def test_the_largest_text_takes_little_time(name):
    read, size = total(PARSERS[name]), AT_THEIR_LARGEST[name]
    for kind, text in hostile(size):
        assert takes_little_time(partial(read, text), LARGE_SECONDS_MAX * size / LARGE), kind


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", ""])
@pytest.mark.parametrize("unit", [b"A", b"A!", b"A \n", b"=", b"=\n", b"=3D", b"\r\n", b"\xff"])
def test_the_largest_file_is_decoded_in_little_time(unit, encoding):
    """It holds up all of a worker: what decodes does not let other threads run."""
    body = unit * (LETTER_BYTES_MAX // len(unit))
    assert takes_little_time(partial(decode, body, encoding))
