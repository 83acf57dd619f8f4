"""Letters in which one person speaks for another: who signs is never registered."""

import pytest

from channels.email.certificate import split_roles, without_signatory
from channels.email.items import itemize
from core.messages import PERSONS
from tests.scripts import LABELS
from tests.unit.channels.email.test_letter import NAME, NIK, PHONE, read_body
from tests.unit.channels.email.test_persons import OTHER_NAME, OTHER_NIK, OTHER_PHONE

STATEMENT = f"""SURAT KETERANGAN

Yang bertanda tangan di bawah ini:
Nama: dr. Bambang Sugeng
Jabatan: Dokter
{{}}
Nama: {OTHER_NAME}
NIK: {OTHER_NIK}
Profesi: Perawat
No HP: {OTHER_PHONE}

Hormat kami,
dr. Bambang Sugeng
HP: {PHONE}
"""


ONE_SENTENCE = f"""Yang bertanda tangan Nama: dr. Bambang Sugeng, Jabatan: Dokter;
menerangkan bahwa Nama: {OTHER_NAME}, NIK {OTHER_NIK}, Perawat"""
SINTA = {"full_name": OTHER_NAME, "nik": OTHER_NIK, "profession": "Perawat"}
SIGNER = "Nama: dr. Andi\nJabatan: Kepala"


@pytest.mark.parametrize(
    "verb",
    [
        "dengan ini menerangkan bahwa:",
        "Menerangkan dengan sebenarnya bahwa",
        "memberikan tugas kepada:",
        "mengusulkan pegawai berikut untuk divaksin:",
        "hereby certify that",
    ],
)
def test_a_certificate_registers_its_subject(verb):
    assert read_body(STATEMENT.format(verb)).answers == {**SINTA, "phone": OTHER_PHONE}


@pytest.mark.parametrize("text", [ONE_SENTENCE, ONE_SENTENCE.replace("\n", " ")])
def test_a_certificate_may_be_one_sentence(text):
    assert read_body(text).answers == SINTA


def test_a_certificate_may_name_many():
    text = STATEMENT.format("menerangkan bahwa:")
    more = f"\nNama: {NAME}\nNIK: {NIK}\nProfesi: Bidan\nNo HP: {PHONE}\n"
    letter = read_body(text.replace(f"{OTHER_PHONE}\n", f"{OTHER_PHONE}\n{more}"))
    assert [row.answers["full_name"] for row in letter.rows] == [OTHER_NAME, NAME]


def test_a_certificate_may_name_many_in_a_table():
    table = f"Nama\tNIK\n{OTHER_NAME}\t{OTHER_NIK}\n{NAME}\t{NIK}"
    letter = read_body(f"Yang bertanda tangan\n{SIGNER}\nmenerangkan bahwa\n{table}")
    assert [row.answers for row in letter.rows] == [
        {"full_name": OTHER_NAME, "nik": OTHER_NIK},
        {"full_name": NAME, "nik": NIK},
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"{SIGNER}\n\nDengan ini menyatakan bahwa:\nNIK: {NIK}",
        f"{SIGNER}\nmendaftarkan staf kami:\nSinta\nNIK: {NIK}",
        f"{SIGNER}\nmembenarkan bahwa pegawai berikut:\nYULI\nNIK: {NIK}",
        f"{SIGNER}\nInstansi: Puskesmas X\nDengan ini menyatakan bahwa pegawai\nNIK: {NIK}",
    ],
)
def test_what_is_not_said_of_the_subject_is_not_taken_of_the_signatory(text):
    assert read_body(text).answers == {"nik": NIK}


@pytest.mark.parametrize("cue", ["Mengetahui,", "Yang bertanda tangan,", "Narahubung:"])
def test_who_signs_below_is_left_out(cue):
    text = f"NIK: {NIK}\nNama: {NAME}\n\n{cue}\n{SIGNER}\nHP: {PHONE}"
    assert read_body(text).answers == {"nik": NIK, "full_name": NAME}


def test_who_signs_may_speak_for_herself():
    text = f"Saya yang bertanda tangan di bawah ini:\nNama: {NAME}\nNIK: {NIK}\n"
    letter = read_body(f"{text}menyatakan bersedia divaksin.")
    assert letter.answers == {"nik": NIK, "full_name": NAME}


@pytest.mark.parametrize(
    "text",
    [
        f"Nama: dr. Andi\nNIK: {OTHER_NIK}\nmenerangkan bahwa\nNama: {NAME}\nNIK: {NIK}",
        f"Name: Ani\nProfession: doctor\nwe hereby certify that\nPhone: {PHONE}",
    ],
)
def test_where_it_is_unclear_who_signs_nothing_is_taken(text):
    letter = read_body(text)
    assert (letter.answers, letter.rows, letter.unread) == ({}, (), {PERSONS})


def test_the_parts_of_a_sentence_are_lines_of_their_own():
    line = "Yang bertanda tangan Nama: Budi, menerangkan bahwa NIK: 1"
    assert list(split_roles([line], LABELS)) == [
        "Yang bertanda tangan ",
        "Nama: Budi,",
        "menerangkan bahwa ",
        "NIK: 1",
    ]


def test_without_such_words_nobody_is_left_out():
    items, _ = itemize(["Nama: A", "NIK: 1", "Nama: B"], LABELS)
    assert without_signatory(items, LABELS) == items
