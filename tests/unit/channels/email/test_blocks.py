"""Letters about several people: each value is in the block of its person, or in none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.text_reader import ROWS_MAX
from core.messages import PERSONS, REST
from tests.unit.channels.email.test_letter import NIK, PHONE, read_body

OTHER_NIK, OTHER_PHONE = "3273014107900015", "081299990002"
ANI = {"full_name": "Ani Lestari", "nik": NIK, "profession": "bidan", "phone": PHONE}
BUDI = {"full_name": "Budi", "nik": OTHER_NIK, "profession": "dokter", "phone": OTHER_PHONE}
LABEL = {"full_name": "Nama", "nik": "NIK", "profession": "Profesi", "phone": "No HP"}


def written(person, gap="\n", **more):
    return gap.join(f"{LABEL[key]}: {value}" for key, value in {**person, **more}.items())


def without(person, *keys):
    return {key: value for key, value in person.items() if key not in keys}


def rows_of(text):
    letter = read_body(text)
    assert not letter.answers
    assert [row.row for row in letter.rows] == list(range(1, len(letter.rows) + 1))
    return [dict(row.answers) for row in letter.rows]


NIK_FIRST = [dict(sorted(person.items(), reverse=True)) for person in (ANI, BUDI)]
FORMS = {
    "no line between": f"{written(ANI)}\n{written(BUDI)}",
    "a blank line": f"{written(ANI)}\n\n{written(BUDI)}",
    "paragraphs": "{}\n\n{}".format(*(written(one, gap="\n\n") for one in (ANI, BUDI))),
    "paragraphs, wider": "{}\n\n\n{}".format(*(written(one, "\n\n") for one in (ANI, BUDI))),
    "numbered": f"1. {written(ANI)}\n2. {written(BUDI)}",
    "numbers alone": f"1.\n{written(ANI)}\n2.\n{written(BUDI)}",
    "headings": f"Pegawai pertama\n{written(ANI)}\nPegawai kedua\n{written(BUDI)}",
    "rules": f"{written(ANI)}\n-----\n{written(BUDI)}",
    "another order": "{}\n{}".format(*map(written, NIK_FIRST)),
    "addresses": f"{written(ANI)}\nAlamat:\nJl. Mawar 3\n\n{written(BUDI)}\nAlamat: Jl. Dago",
    "values below": f"{written(ANI)}\n{written(BUDI)}".replace(": ", ":\n"),
    "one line each": f"{written(ANI, ', ')}\n{written(BUDI, ', ')}",
    "a letterhead": f"PUSKESMAS\nTelp: 022 1234567\n\n{written(ANI)}\n\n{written(BUDI)}",
    "a contact": f"{written(ANI)}\n\n{written(BUDI)}\n\nUntuk itu hubungi kami\nHP: 08123456789",
    "a signature": f"{written(ANI)}\n\n{written(BUDI)}\n\nHormat kami,\nNama: X\nHP: 08123",
    "parted alike": "\n\n\n".join(
        written(one).replace("\nProfesi", "\n\nProfesi") for one in (ANI, BUDI)
    ),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_each_person_is_a_row(text):
    assert rows_of(text) == [ANI, BUDI] or rows_of(text) == NIK_FIRST


@pytest.mark.parametrize("lacking", LABEL)
@pytest.mark.parametrize(
    "gap", ["{}\n\n{}", "{}\nPegawai kedua\n{}", "1. {}\n2. {}", "{}\n---\n{}"]
)
def test_what_a_person_lacks_is_not_taken_of_the_next(lacking, gap):
    first, second = without(ANI, lacking), without(BUDI, lacking)
    if lacking != "full_name" or not gap.startswith("1."):  # then not each number has a name
        assert rows_of(gap.format(written(first), written(BUDI))) == [first, BUDI]
        assert rows_of(gap.format(written(ANI), written(second))) == [ANI, second]


@pytest.mark.parametrize("lacking", LABEL)
def test_where_nothing_stands_between_what_a_person_lacks_may_be_refused(lacking):
    for people in ((without(ANI, lacking), BUDI), (ANI, without(BUDI, lacking))):
        letter = read_body("\n".join(map(written, people)))
        rows = [dict(row.answers) for row in letter.rows]
        assert rows == list(people) or letter.unread == {PERSONS}


def test_numbered_names_are_names():
    text = f"1. Ani Lestari\nNIK: {NIK}\n2. Budi\nNIK: {OTHER_NIK}"
    assert rows_of(text) == [
        {"full_name": "Ani Lestari", "nik": NIK},
        {"full_name": "Budi", "nik": OTHER_NIK},
    ]
    assert rows_of(text.replace("2. Budi", "3. Budi")) == [{"nik": NIK}, {"nik": OTHER_NIK}]


def test_a_field_that_may_be_anybodys_is_nobodys():
    text = f"{written(without(ANI, 'phone'))}\n\n{written(without(BUDI, 'phone'))}\n\nHP: {PHONE}"
    assert rows_of(text) == [without(ANI, "phone"), without(BUDI, "phone")]
    twice = f"{written(ANI)}\nNo WA: {OTHER_PHONE}\n\n{written(without(BUDI, 'phone'))}"
    assert rows_of(twice) == [without(ANI, "phone"), without(BUDI, "phone")]


TORN = f"""No HP: {PHONE}

Profesi: bidan

NIK: {NIK}
Nama: Budi

No HP: {OTHER_PHONE}

Profesi: dokter

NIK: {OTHER_NIK}
Nama: Cici

No HP: 081299990003

Profesi: perawat"""


@pytest.mark.parametrize(
    "text",
    [
        f"Nama: Ani\nNama: Budi\nNIK: {NIK}\nNIK: {OTHER_NIK}",
        f"NIK: {NIK}\nNama: Ani\nNama: Budi\nNIK: {OTHER_NIK}",
        f"Nama: Ani\nNIK: {NIK}\nNIK: {OTHER_NIK}\nNo HP: {PHONE}\nNama: Budi",
        f"{written(without(ANI, 'full_name'))}\n{written(BUDI)}",
        f"NIK: {NIK}\nNo HP: {PHONE}\nNama: Budi\nProfesi: dokter\nNIK: {OTHER_NIK}",
        f"Nama: Ani\nNIK: {NIK}\nNama: Budi\nNo HP: {OTHER_PHONE}",
        f"Nama: Ani, NIK: {NIK}\nNama: Budi, NIK: {NIK}",
        # Blank lines within a person, and none between two.
        f"Profesi: bidan\n\nNama: Ani\n\nNIK: {NIK}\nNama: Budi\n\nNo HP: {PHONE}",
        TORN,
        f"Nama: Ani\nNIK: {NIK}\nNo HP: {PHONE}\nNama: Budi\nNIK: {OTHER_NIK}",  # whose phone?
        f"NIK: {NIK}\nProfesi: bidan\nNama: Budi\nProfesi: dokter\nNIK: {OTHER_NIK}",
        f"Nama: Ani\n\nlalu\n\nNIK: {NIK}\n\nNama: Budi\nNIK: {OTHER_NIK}",
        f"{written(ANI)}\n\nBudi (b@x.id) 15 Jan 2021 08:00\n{written(BUDI)}",
        f"{written(ANI)}\n\nSiti menulis kemarin:\n{written(BUDI)}",
        f"{written(ANI)}\n\n{written(BUDI)}\n\nCici bidan 3273014107900099",
        f"Nama\tAni\tBudi\nNIK\t{NIK}\t{OTHER_NIK}",
    ],
)
def test_in_doubt_nothing_is_taken(text):
    letter = read_body(text)
    assert (letter.answers, letter.rows, letter.unread) == ({}, (), {PERSONS})


people = st.builds(
    lambda n, keys: {
        key: value
        for key, value in {
            "full_name": f"Siti {'ABCDEFGHIJKLMNOP'[n]}",
            "nik": f"32041157069600{n:02d}",
            "profession": ("bidan", "dokter", "perawat")[n % 3],
            "phone": f"0812999900{n:02d}",
        }.items()
        if key in keys
    },
    st.integers(1, 15),
    st.sets(st.sampled_from(sorted(LABEL)), min_size=1),
)


@given(
    everyone=st.lists(
        people, min_size=2, max_size=5, unique_by=lambda one: one.get("nik", str(one))
    ),
    gaps=st.lists(st.sampled_from(["\n", "\n\n", "\n\n\n", "\n1.\n", "\nlalu\n"]), min_size=20),
)
def test_no_row_ever_blends_two(everyone, gaps):
    """Whatever stands between, a NIK is beside nobody's name but its own, where both are given."""
    between = iter(gaps)
    text = "".join(
        f"{LABEL[key]}: {value}" + ("\n" if at + 1 < len(one) else next(between))
        for one in everyone
        if {"nik", "full_name"} <= one.keys()
        for at, (key, value) in enumerate(one.items())
    )
    letter = read_body(text)
    for answers in (letter.answers, *(row.answers for row in letter.rows)):
        if answers:
            assert any(answers.items() <= one.items() for one in everyone)


def test_so_many_people_are_read():
    people = [f"32041157{n // 100:02d}9600{n % 100 + 1:02d}\tSiti A" for n in range(ROWS_MAX + 1)]
    for count, unread in ((ROWS_MAX, set()), (ROWS_MAX + 1, {REST})):
        letter = read_body("\n".join(["NIK\tNama", *people[:count]]))
        assert (len(letter.rows), letter.unread) == (ROWS_MAX, unread)
