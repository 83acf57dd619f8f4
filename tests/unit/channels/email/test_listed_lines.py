"""A person in one line: a command, a line of a list, or prose that can mean one thing only."""

import pytest

from core.messages import MISFIT, PERSONS
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


NAMED = "Nama: Ani Lestari"
OTHER_NUMBER = "3204110101050001"  # of a family card; a licence (STR) has 16 digits, too


@pytest.mark.parametrize("label", ["No. KK", "No STR", "STR", "Kartu Keluarga"])
@pytest.mark.parametrize("between", ["\t: ", "    : ", "\t", " - ", ": ", ", "])
@pytest.mark.parametrize("with_nik", [True, False])
def test_the_number_of_a_card_is_no_nik(label, between, with_nik):
    lines = ["Nama: Ani Lestari", f"{label}{between}{OTHER_NUMBER}", "Profesi: bidan"]
    letter = read_body("\n".join([*lines, f"NIK: {NIK}"] if with_nik else lines))
    read = [letter.answers, *(row.answers for row in letter.rows)]
    assert OTHER_NUMBER not in [answers.get("nik") for answers in read]
    assert letter.unread == {PERSONS} or letter.answers["full_name"] == "Ani Lestari"


@pytest.mark.parametrize(
    "label", ["No. KK\t: ", "STR\t", "Tempat, Tgl. Lahir: Bandung, 17-06-1996\nNo. STR: "]
)
def test_another_label_stands_between_nothing(label):
    text = f"Nama: Ani Lestari\n{label}{OTHER_NUMBER}\nNIK: {NIK}\nProfesi: bidan"
    assert read_body(text).answers == ANI


@pytest.mark.parametrize(
    "label", ["NIK suami", "KTP Istri", "NIK Kepala", "No. KTP suami", "Suami"]
)
@pytest.mark.parametrize("between", ["\t: ", "    : ", ": ", "\t"])
def test_the_nik_of_a_relative_is_not_the_persons(label, between):
    if (label, between) == ("Suami", "\t"):
        return  # a list of names and NIKs is written so
    lines = [NAMED, f"{label}{between}{OTHER_NIK}", "Profesi: bidan", f"No HP: {PHONE}"]
    letter = read_body("\n".join(lines))
    read = [letter.answers, *(row.answers for row in letter.rows)]
    assert OTHER_NIK not in [answers.get("nik") for answers in read]
    twice = read_body("\n\n".join(["\n".join([*lines, f"NIK: {NIK}"]), "\n".join(lines)]))
    assert OTHER_NIK not in [row.answers.get("nik") for row in twice.rows]


def test_two_numbers_of_one_line_are_told_by_their_labels():
    line = "{n}. {full_name}, NIK {nik}, STR {other}, {profession}"
    lines = [line.format(n=n, other=OTHER_NUMBER, **one) for n, one in enumerate((ANI, BUDI), 1)]
    assert rows_of("\n".join(lines)) == [ANI, BUDI]


@pytest.mark.parametrize(
    "form",
    [
        "{n}. {full_name} {nik} {profession}",
        "{n} {full_name} {profession} {nik}",
        "{n} {nik} {full_name} {profession}",
        "- {full_name} (NIK {nik}) {profession}",
        "{full_name} NIK {nik} {profession}",
    ],
)
def test_numbers_part_a_line_of_blanks_alone(form):
    lines = [form.format(n=n, **one) for n, one in enumerate((ANI, BUDI), 1)]
    assert rows_of("\n".join(lines)) == [ANI, BUDI]
    with_phones = [
        f"{line} {phone}" for line, phone in zip(lines, (PHONE, OTHER_PHONE), strict=True)
    ]
    assert rows_of("\n".join(with_phones)) == [
        {**ANI, "phone": PHONE},
        {**BUDI, "phone": OTHER_PHONE},
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"Bidan Ani {NIK} {PHONE}\nDokter Budi {OTHER_NIK} {OTHER_PHONE}",  # which is the name?
        f"Ani {NIK} Budi {OTHER_NIK}",
        f"Ani {NIK}\n{PHONE} Budi {OTHER_NIK}\n{OTHER_PHONE} Cici {NIK[:-1]}9",
        f"Ani {NIK} {OTHER_NUMBER}\nBudi {OTHER_NIK} {OTHER_NUMBER}",
        f"{NIK}\n{OTHER_NIK}",
        f"1. Ani STR {NIK} bidan {PHONE}\n2. Budi STR {OTHER_NIK} dokter {OTHER_PHONE}",
        f"Ani Lestari : {NIK}\nBudi : {OTHER_NIK}",
        f"Kami daftarkan Ani (NIK {NIK}) bidan, dan Budi (NIK {OTHER_NIK})",
    ],
)
def test_numbers_of_several_people_are_refused_where_not_read(text):
    letter = read_body(text)
    assert (letter.answers, letter.rows, letter.unread) == ({}, (), {PERSONS})


ALONE = f"Ani Lestari\n{NIK}\nbidan\n\nBudi\n{OTHER_NIK}\ndokter"


@pytest.mark.parametrize("text", [ALONE, f"Berikut:\n\n{ALONE}\n\nTerima kasih,\nRina"])
def test_paragraphs_of_bare_answers_are_people(text):
    assert rows_of(text) == [ANI, BUDI]
    numbered = text.replace("Ani", "1. Ani").replace("Budi", "2. Budi")
    assert rows_of(numbered) == [ANI, BUDI]
    assert rows_of(text.replace("\nbidan", "")) == [
        {"nik": NIK, "full_name": "Ani Lestari"},
        BUDI,
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"Ani\n\n{NIK}\nBudi\n\n{OTHER_NIK}\nCici",  # torn: names above the gaps
        f"{NIK}\n\nAni\n{OTHER_NIK}\n\nBudi\n{OTHER_NUMBER}",
        ALONE.replace("\n\n", "\n"),
        ALONE.replace("Ani Lestari", "Ani Lestari\nCici"),
        ALONE.replace("Ani Lestari\n", ""),
    ],
)
def test_paragraphs_that_may_be_torn_are_refused(text):
    letter = read_body(text)
    assert (letter.answers, letter.rows, letter.unread) == ({}, (), {PERSONS})


@pytest.mark.parametrize("between", [";", "\t", "|", " | "])
@pytest.mark.parametrize("number", ["", "14"])
def test_a_row_alone_is_read_by_what_its_cells_are(between, number):
    cells = [*([number] if number else []), "Ani Lestari", NIK, "bidan", PHONE]
    letter = read_body(between.join(cells))
    assert letter.answers == {
        "nik": NIK, "full_name": "Ani Lestari", "profession": "bidan", "phone": PHONE
    }  # fmt: skip


def test_a_line_of_prose_is_no_row():
    assert "full_name" not in read_body(f"Mohon dibantu, {NIK}, bidan").answers


def test_lines_with_a_part_too_many_are_in_doubt():
    lines = [f"Ani Lestari;{NIK};Puskesmas A;bidan", f"Budi;{NIK[:-1]}2;Puskesmas A;bidan"]
    rows = read_body("\n".join(lines)).rows
    assert [MISFIT in row.answers for row in rows] == [True, True]
    assert not any("full_name" in row.answers for row in rows)
