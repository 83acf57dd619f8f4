"""Professions as people write them in letters and lists."""

import pytest

from core.fields.invalid import InvalidError
from core.fields.profession import DIGITS_MAX, WORDS_CHARACTERS_MAX, parse_profession
from tests.scripts import KEYWORDS


def read(text, other="lainnya"):
    return parse_profession(text, KEYWORDS.professions, other=other)


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("dokter", ["dokter", "Dokter umum", "DOKTER SPESIALIS ANAK", "dr.", "drg", "dokter gigi",
                    "Doctor", "Dokter, Sp.PD", "1", "1. Dokter"]),
        ("perawat", ["Perawat", "perawat gigi", "suster", "Ners", "Ns.", "Perawat IGD 2", "perwat",
                     "Perawat Ahli Muda", "Prawat pelaksana"]),
        ("bidan", ["Bidan Pelaksana", "BIDAN DESA", "bidan koordinator", "3) bidan"]),
        ("apoteker", ["Apoteker/farmasi", "apoteker", "Asisten Apoteker", "TTK", "Farmasi RS"]),
        ("laboratorium", ["ATLM", "Analis Kesehatan", "Tenaga laboratorium", "lab",
                          "Pranata Laboratorium Kesehatan"]),
        ("lainnya", ["Lainnya", "lain-lain"]),
    ],
)  # fmt: skip
def test_a_profession_is_known_by_its_first_words(code, texts):
    for text in texts:
        assert read(text) == (code, ""), text


@pytest.mark.parametrize(
    "text", ["Kepala Ruangan", "Radiografer", "Nutrisionis", "Ahli Gizi", "Sopir ambulans"]
)
def test_any_other_is_kept_in_its_words(text):
    assert read(f" {text}  ") == ("lainnya", text)
    with pytest.raises(InvalidError):
        read(text, other="")


@pytest.mark.parametrize(
    "text", ["perawat/bidan", "Dokter dan Apoteker", "2 bidan dokter", "", "...", "081211110001"]
)
def test_what_is_unclear_is_asked_about(text):
    with pytest.raises(InvalidError):
        read(text)


def test_words_and_digits_are_bounded():
    for more in (0, 1):
        assert len(read("Z" * (WORDS_CHARACTERS_MAX + more)).words) == WORDS_CHARACTERS_MAX
    assert read("Unit " + "7" * DIGITS_MAX).code == "lainnya"
    with pytest.raises(InvalidError):
        read("Unit " + "7" * (DIGITS_MAX + 1))
