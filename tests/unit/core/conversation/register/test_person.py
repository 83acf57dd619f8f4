"""What somebody writes of herself in one message, whatever its layout."""

import pytest

from core.conversation.register.person import NAME_WORDS_MAX, TOKENS_MAX, read_person
from tests.scripts import KEYWORDS, NIK

WHOLE = {"nik": NIK, "full_name": "Siti Aminah", "profession": "perawat"}


def read(text, **more):
    return read_person(KEYWORDS, text, **more)


@pytest.mark.parametrize(
    "text",
    [
        f"{NIK} Siti Aminah perawat",
        f"Siti Aminah perawat {NIK}",
        f"perawat Siti Aminah {NIK}",
        f"Siti Aminah, perawat, {NIK}",
        f"NIK: {NIK}\nNama: Siti Aminah\nProfesi: perawat",
        f"Nama Siti Aminah NIK {NIK} profesi perawat",
        f"nama\nSiti Aminah\nprofesi\nperawat\nnik\n{NIK}",
        f"saya Siti Aminah perawat di RSUD Soreang, nik saya {NIK}, terima kasih",
    ],
)
def test_the_same_person_in_any_layout(text):
    assert read(text) == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        f"{NIK} {NIK[:-1]}2 Siti Aminah",
        f"Nama: Siti Nama: Ani NIK {NIK}",
        f"nik {NIK} nama Siti, nik {NIK[:-1]}3 nama Ani",
    ],
)
def test_two_people_are_none(text):
    assert read(text) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"Siti Aminah, S.Kep {NIK}", "Siti Aminah, S.Kep"),
        (f"dr. Siti Aminah, Sp.A dokter {NIK}", "dr. Siti Aminah, Sp.A"),
        (f"Mas Agung {NIK}", "Mas Agung"),
        (f"Siti, Ani {NIK}", None),
        (f"{NIK} saya belum pernah dapat sms", None),
        (f"{NIK} " + "Bo " * (NAME_WORDS_MAX + 1), None),
        (f"{NIK} " + " ".join(["Bo"] * NAME_WORDS_MAX), " ".join(["Bo"] * NAME_WORDS_MAX)),
    ],
)
def test_a_name_has_degrees_and_is_left_out_where_it_is_in_doubt(text, name):
    assert read(text).get("full_name") == name


def test_without_a_nik_little_is_enough_only_behind_the_word_that_registers():
    assert read("Siti Aminah perawat") == {}
    given = read("Siti Aminah perawat", registers=True)
    assert given == {"full_name": "Siti Aminah", "profession": "perawat"}


def test_so_many_words_are_read():
    words = "saya " * (TOKENS_MAX - 2)
    assert read(f"{words}nama: Siti Aminah") == {}
    assert read(f"{words[: -5 * 3]}nama: Siti")["full_name"] == "Siti"
