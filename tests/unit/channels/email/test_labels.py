"""The labels that letters are read by, and the language that they tell."""

import pytest

from channels.email.labels import KEYS
from tests.scripts import LABELS, READER, TYPED

LABELLED = {
    "nik": "nik|nik ktp|ktp",
    "phone": "wa|whatsapp|hp wa",
    "nik id": """no nik|nomor nik|no ktp|nomor ktp|no ktp nik|nomor induk kependudukan|nomor induk|
    nik no ktp|no identitas|nomor identitas|niknya|nik nya|nik saya|ktp saya|no ktp saya|
    nomor nik saya""",
    "full_name id": """nama|nama lengkap|nama sesuai ktp|nama lengkap sesuai ktp|nama peserta|
    namanya|nama saya|nama nya""",
    "profession id": """profesi|tipe nakes|jenis nakes|nakes|jabatan|pekerjaan|tenaga kesehatan|
    tipe tenaga kesehatan|jenis tenaga kesehatan|profesinya|pekerjaannya|profesi saya|
    pekerjaan saya""",
    "phone id": """hp|no hp|nomor hp|no hp wa|nomor hp wa|no wa|nomor wa|no hape|telepon|
    no telepon|
    nomor telepon|telp|no telp|nomor telp|telpon|no telpon|nomor telpon|tlp|no tlp|
    handphone|no handphone|ponsel|nomor handphone|no ponsel|nomor ponsel|no whatsapp|
    nomor whatsapp|no hp whatsapp|no telp hp|no telepon hp|nohp|kontak""",
    "nik en": "id number|identity number|national id|national id number|nik number",
    "full_name en": "name|full name|my name|name as on ktp|full name as on ktp",
    "profession en": "profession|occupation|job|job title|position",
    "phone en": """phone|phone number|mobile|mobile number|mobile phone|cell phone|
    mobile phone number|
    telephone|whatsapp number|phone no|mobile no""",
}
LANGUAGES = {"": {"id", "en"}, "id": {"id"}, "en": {"en"}}


def parted(words):
    return [word.strip() for word in words.split("|")]


@pytest.mark.parametrize("name", LABELLED)
def test_the_labels_are_those_that_people_write(name):
    key, _, language = name.partition(" ")
    for label in parted(LABELLED[name]):
        found = LABELS.read(f"{label}: x")
        assert (found.key, set(found.languages)) == (key, LANGUAGES[language])


def test_there_are_no_other_labels_but_the_headings_of_lists():
    labels = {label for words in LABELLED.values() for label in parted(words)}
    headings = {word for key in KEYS for word in TYPED.words(f"heading:{key}")}
    assert LABELS.known == labels | headings


@pytest.mark.parametrize("label", ["No. KK", "No STR", "STR", "Nomor Rekening", "Kartu Keluarga"])
def test_a_label_may_ask_for_another_number(label):
    assert LABELS.asks_other_number(label)


@pytest.mark.parametrize("name", ["Ani", "Nora", "Ani Lestari, S.Tr.Keb", "STr. Keb", ""])
def test_a_name_or_a_degree_asks_for_none(name):
    assert not LABELS.asks_other_number(name)


@pytest.mark.parametrize(
    ("lines", "language"),
    [
        (["Name: a", "Profession: b"], "en"),
        (["Name: a", "NIK: 3"], ""),
        (["Name: a", "Profession: b", "No HP: 0"], ""),
        (["Name: a", "Phone: 0", "NIK: 3"], "en"),
        (["Nama: a", "Profesi: b"], ""),
        (["NIK: 3", "WA: 0"], ""),
        ([], ""),
    ],
)
def test_a_letter_is_in_another_language_where_all_its_labels_are(lines, language):
    assert READER.read(lines).language == language


@pytest.mark.parametrize(
    "line",
    ["Terima kasih banyak", "terimakasih.", "makasih", "Best regards,", "regards", "thx",
     "Wassalamu'alaikum wr. wb.", "Assalamualaikum", "Selamat pagi", "Hallo",
     "Dear Sirs", "Yth. Bapak"],
)  # fmt: skip
def test_courtesies(line):
    assert LABELS.is_courtesy(line)


@pytest.mark.parametrize("line", ["Siti Aminah", "Salamah", "hiburan", "kepadanya", "perawat"])
def test_what_only_begins_like_a_courtesy_is_none(line):
    assert not LABELS.is_courtesy(line)
