"""Find the answers in a letter: lines that begin with a label, in any order and language."""

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from channels.email.persons import NAME, NIK, NUMBERS, PHONE, PROFESSION, Given

VALUE_CHARACTERS_MAX: Final = 200  # twice the longest name, and room for a choice copied whole
LINE_CHARACTERS_MAX: Final = 1_000
ANSWERS_ENGLISH_MIN: Final = 2  # one English word alone does not make an English letter

# What is written the same in both languages tells nothing about the writer's.
_BOTH = {
    NIK: ("nik", "nik ktp", "ktp"),
    PHONE: ("wa", "whatsapp", "hp wa"),
}
_INDONESIAN = {
    NIK: (
        *("no nik", "nomor nik", "no ktp", "nomor ktp", "no ktp nik", "nomor induk kependudukan"),
        *("nomor induk", "nik no ktp", "no identitas", "nomor identitas"),
    ),
    NAME: ("nama", "nama lengkap", "nama sesuai ktp", "nama lengkap sesuai ktp", "nama peserta"),
    PROFESSION: (
        *("profesi", "tipe nakes", "jenis nakes", "nakes", "jabatan", "pekerjaan"),
        *("tenaga kesehatan", "tipe tenaga kesehatan", "jenis tenaga kesehatan"),
    ),
    PHONE: (
        *("hp", "no hp", "nomor hp", "no hp wa", "nomor hp wa", "no wa", "nomor wa", "no hape"),
        *("telepon", "no telepon", "nomor telepon", "telp", "no telp", "nomor telp", "telpon"),
        *("no telpon", "nomor telpon", "tlp", "no tlp", "handphone", "no handphone", "ponsel"),
        *("nomor handphone", "no ponsel", "nomor ponsel", "no whatsapp", "nomor whatsapp"),
        *("no hp whatsapp", "no telp hp", "no telepon hp", "nohp", "kontak"),
    ),
}
_ENGLISH = {
    NIK: ("id number", "identity number", "national id", "national id number", "nik number"),
    NAME: ("name", "full name", "my name", "name as on ktp", "full name as on ktp"),
    PROFESSION: ("profession", "occupation", "job", "job title", "position"),
    PHONE: (
        *("phone", "phone number", "mobile", "mobile number", "mobile phone", "cell phone"),
        *("mobile phone number", "telephone", "whatsapp number", "phone no", "mobile no"),
    ),
}


class Labelled(NamedTuple):
    """A line with a label that we know; `bare` if nothing parts the label from a value."""

    key: str
    language: str
    value: str
    bare: bool = False


class Answers(NamedTuple):
    """What the letter answers, the language of its labels ("" if unsure), and the other lines.

    `several`: it may be about more than one person, and nobody knows which value is whose.
    """

    values: dict[str, str]
    language: str
    rest: list[str]
    several: bool = False


_LABELS: Final = {
    label: (key, language)
    for language, table in (("", _BOTH), ("id", _INDONESIAN), ("en", _ENGLISH))
    for key, labels in table.items()
    for label in labels
}
_LABEL_CHARACTERS_MAX = 40
LINES_MAX = 2_000  # that are looked at; who writes by hand writes a hundredth of it

# A hyphen, and the two dashes that mailers make of it; a colon, and that of East Asian keyboards.
_DASH, _COLON = "[-\u2013\u2014]", "[:=\uff1a\t]"
_BULLET = re.compile(rf"\s*(?:(?:{_DASH}|[•·>▪●◦|])\s*|\(?(?:[0-9]{{1,2}}|[A-Za-z])[.)]\s*)*")
_REMARK = re.compile(r"\([^()]*+\)")
_NO_WORD = re.compile(r"[\W_]+")
# Blanks before it are left to the label, so that no run of them is gone through twice.
_SEPARATOR = re.compile(rf"(?:{_COLON}\s*+)++|(?<=\s){_DASH}|{_DASH}(?=\s)")
_SEPARATORS_MAX = 6
_THEN_NUMBER = re.compile(r"[^0-9+]{2,40}?(?=[ .#-]\+?[0-9])")
_ANY_LABEL = re.compile(rf"[^\W\d][\w ./()'-]{{1,38}}?\s*{_COLON}")
_NEXT = re.compile(r"[,;|]\s*(?=[A-Za-z][A-Za-z ./]{1,38}[:=\uff1a])")
_PLACEHOLDER = re.compile(r"[\W_]*")
_LINK = re.compile(r"<(?:tel|mailto|https?):[^<>]{0,200}>", re.IGNORECASE)  # mailers add it
_COURTESY = re.compile(
    r"""(?:(?:te)?rima\ *kasih|makasih|(?:best|kind|warm)?\ *regards|sincerely|thanks?|thx
        |salam|hormat\ (?:saya|kami)|was+alam\S*|as+alam\S*|selamat\ (?:pagi|siang|sore|malam)
        |hall?o|hai|hello|hi|dear|yth|kepada)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def read_labels(lines: Iterable[str]) -> Answers:
    """Return the value given for each question; an empty one may stand on the next line."""
    split = list(islice((piece for line in lines for piece in _split(line)), LINES_MAX))
    given = Given()
    languages: list[str] = []
    rest: list[str] = []
    taken = -1
    for index, line in enumerate(split):
        found = read_label(line)
        if found is None:
            if index != taken:
                rest.append(line)
                given.pass_by(line)
            continue
        value = found.value
        if not value:
            taken = _next_value(split, index, found.key)
            value = split[taken].strip() if taken > 0 else ""
        if not _PLACEHOLDER.fullmatch(value):
            given.take(found.key, value[:VALUE_CHARACTERS_MAX].strip())
            languages.append(found.language)
    return Answers(given.answers(), _language(languages), rest, given.several)


def read_label(line: str) -> Labelled | None:
    """Return the label that the line begins with, and its value; None if it begins with none."""
    line = line[:LINE_CHARACTERS_MAX].replace("*", "")
    line = line[_end(_BULLET.match(line)) :].strip()
    return _separated(line) or _before_number(line) or _alone(line)


def is_courtesy(line: str) -> bool:
    """Say whether the line greets or thanks, and answers nothing."""
    return bool(_COURTESY.match(line.strip()))


def _separated(line: str) -> Labelled | None:
    bare = _REMARK.sub(lambda remark: "\0" * len(remark[0]), line)  # its colons part nothing
    for count, separator in enumerate(_SEPARATOR.finditer(bare)):
        known = _known(bare[: separator.start()])
        if known or count >= _SEPARATORS_MAX:
            value = _LINK.sub("", line[separator.end() :]).strip().strip(" \t_")
            cell, tab, _ = value.partition("\t")
            head_row = tab and _known(cell)  # of a table: its values stand below
            return Labelled(*known, value) if known and not head_row else None
    return None


def _before_number(line: str) -> Labelled | None:
    """Take `NIK 3204…` without any separator."""
    label = _THEN_NUMBER.match(line)
    known = _known(label[0]) if label else None
    if label and known and known[0] in NUMBERS:
        return Labelled(*known, line[label.end() :].strip(" .#-"))
    return None


def _alone(line: str) -> Labelled | None:
    """Take a line that is a label and nothing else, as cells of a table are."""
    known = _known(line) if "(" not in line else None
    return Labelled(*known, "", bare=True) if known else None


def _known(label: str) -> tuple[str, str] | None:
    label = label.replace("\0", " ")
    if len(label) > LINE_CHARACTERS_MAX:
        return None
    words = _NO_WORD.sub(" ", label).strip().lower()
    return _LABELS.get(words) if len(words) <= _LABEL_CHARACTERS_MAX else None


def _next_value(lines: Sequence[str], index: int, key: str) -> int:
    """Return where the value of a label without one stands, or -1: on no line that looks amiss."""
    following = range(index + 1, len(lines))
    place = next((at for at in following if lines[at].strip()), -1)
    if place < 0:
        return -1
    line = lines[place].strip()
    if read_label(line) or _ANY_LABEL.match(line) or is_courtesy(line):
        return -1
    numbered = any(letter.isdigit() for letter in line)
    return place if numbered == (key in NUMBERS) else -1


def _split(line: str) -> list[str]:
    """Part `NIK: 3204…, Nama: Siti` where a label that we know follows."""
    line = line[:LINE_CHARACTERS_MAX]
    pieces, began = [], 0
    for gap in _NEXT.finditer(line):
        if _separated(line[gap.end() : gap.end() + _LABEL_CHARACTERS_MAX + 1]):
            pieces.append(line[began : gap.start()])
            began = gap.end()
    return [*pieces, line[began:]]


def _language(languages: Sequence[str]) -> str:
    english = languages.count("en")
    return "en" if english >= ANSWERS_ENGLISH_MIN and "id" not in languages else ""


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0
