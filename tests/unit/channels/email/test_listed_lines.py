"""A person in one line: a command, a line of a list, or prose that can mean one thing only."""

import pytest

from core.messages import PERSONS
from tests.unit.channels.email.test_letter import HEAD, NIK, PHONE, read, read_body

OTHER_NIK, OTHER_PHONE = "3273014107900015", "081299990002"
ANI = {"nik": NIK, "full_name": "Ani Lestari", "profession": "bidan"}
BUDI = {"nik": OTHER_NIK, "full_name": "Budi", "profession": "dokter"}


def rows_of(text):
    letter = read_body(text)
    assert not letter.answers
    return [dict(row.answers) for row in letter.rows]


@pytest.mark.parametrize(
    "line",
    [
        f"DAFTAR {NIK}#Ani Lestari#bidan",
        f"daftar#{NIK}#Ani Lestari#bidan",
        f"DAFTAR {NIK} ANI LESTARI BIDAN",
        f"DAFTAR {NIK}, Ani Lestari, bidan",
        f"1. Ani Lestari, {NIK}, bidan",
        f"- Ani Lestari / bidan / NIK {NIK}",
        f"saya Ani Lestari, bidan, NIK saya {NIK}",
        f"Nama saya Ani Lestari, bidan, NIK {NIK}, mohon didaftarkan",
        f"My name is Ani Lestari, midwife, my NIK is {NIK}.",
        f"Nama: Ani Lestari, NIK {NIK}, Bidan",
    ],
)
def test_one_line_is_one_person(line):
    answers = read_body(f"Halo,\n{line}\nTerima kasih").answers
    assert {key: value.lower() for key, value in answers.items()} in (
        {key: value.lower() for key, value in ANI.items()},
        {"nik": NIK, "full_name": "ani lestari", "profession": "midwife"},
    )


@pytest.mark.parametrize(
    "form",
    [
        "DAFTAR {nik}#{full_name}#{profession}",
        "{full_name}, {nik}, {profession}",
        "{nik} - {full_name} - {profession}",
        "{profession}; {full_name}; NIK: {nik}",
        "1. {full_name}, NIK {nik}, {profession}",
    ],
)
def test_lines_of_one_shape_are_a_list(form):
    assert rows_of(f"{form.format(**ANI)}\n{form.format(**BUDI)}") == [
        {**ANI},
        {**BUDI},
    ]


def test_a_line_may_hold_a_phone_and_degrees():
    lines = f"1. Ani Lestari, S.Kep., Ns, {NIK}, perawat, {PHONE}\n"
    lines += f"2. Budi, {OTHER_NIK}, 0812-9999-0002"
    assert rows_of(lines) == [
        {"nik": NIK, "full_name": "Ani Lestari, S.Kep", "profession": "perawat", "phone": PHONE},
        {"nik": OTHER_NIK, "full_name": "Budi", "phone": "0812-9999-0002"},
    ]


def test_answers_below_a_listed_line_are_that_persons():
    text = f"1. Ani Lestari, {NIK}\n   HP: {PHONE}\n2. Budi, {OTHER_NIK}\n   HP: {OTHER_PHONE}"
    assert [row["phone"] for row in rows_of(text)] == [PHONE, OTHER_PHONE]


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        (f"Mohon daftarkan, NIK {NIK}, perawat", {"nik": NIK, "profession": "perawat"}),
        (f"1. Ani, Bandung, {NIK}", {"nik": NIK}),
        (f"DAFTAR {NIK}", {"nik": NIK}),
        (f"DAFTAR {NIK} Ani Lestari", {"nik": NIK}),
        (f"Ani, {NIK}, {OTHER_NIK}", {}),
    ],
)
def test_only_what_is_certain_is_read(line, answers):
    assert read_body(line).answers == answers


def test_the_subject_may_register():
    subject = HEAD.replace("Subject: Daftar", f"Subject: DAFTAR {NIK}#Ani Lestari#bidan")
    assert read(f"{subject}\n").answers == ANI
    assert read(f"{subject}\nNo HP: {PHONE}\n").answers == {**ANI, "phone": PHONE}
    for again in (subject.replace("Subject: ", "Subject: Re: "), f"In-Reply-To: <9@x>\n{subject}"):
        assert read(f"{again}\n").answers == {}


def test_the_subject_and_the_text_are_not_blended():
    subject = HEAD.replace("Subject: Daftar", f"Subject: DAFTAR {NIK}#Ani Lestari#bidan")
    letter = read(f"{subject}\nNIK: {OTHER_NIK}\nNama: Budi\nProfesi: dokter\n")
    assert not letter.answers
    assert [dict(row.answers) for row in letter.rows] == [
        ANI,
        {**BUDI},
    ] or PERSONS in letter.unread
