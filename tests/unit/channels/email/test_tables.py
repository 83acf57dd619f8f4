"""Tables: one person a row, with the columns of the head row; in doubt the NIK alone."""

import pytest

from channels.email.items import Person
from channels.email.labels import CELLS_MAX
from channels.email.tables import read_tables
from core.messages import MISFIT, PERSONS
from tests.scripts import LABELS
from tests.unit.channels.email.test_letter import HEAD as MAIL_HEAD
from tests.unit.channels.email.test_letter import NIK, PHONE, read, read_body, read_html

OTHER_NIK, OTHER_PHONE = "3273014107900015", "081299990002"
HEAD = ["No", "Nama Lengkap", "NIK", "Jabatan", "No. HP/WA"]
ANI = ["1", "Ani Lestari, S.Kep", NIK, "Perawat", PHONE]
BUDI = ["2", "Budi", OTHER_NIK, "Dokter umum", OTHER_PHONE]
ROWS = [
    {"full_name": row[1], "nik": row[2], "profession": row[3], "phone": row[4]}
    for row in (ANI, BUDI)
]


def rows_of(letter):
    assert not letter.answers
    return [dict(row.answers) for row in letter.rows]


def html(*rows):
    made = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<p>Data kami:</p><table>{made}</table><p>Terima kasih</p>"


def aligned(*rows):
    return "\n".join("".join(cell.ljust(24) for cell in row).rstrip() for row in rows)


WRITTEN = {
    "tabs": "\n".join("\t".join(row) for row in (HEAD, ANI, BUDI)),
    "tabs, blank lines": "\n\n".join("\t".join(row) for row in (HEAD, ANI, BUDI)),
    "pipes": "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, ["---"] * 5, ANI, BUDI)),
    "open pipes": "\n".join(" | ".join(row) for row in (HEAD, ANI, BUDI)),
    "semicolons": "\n".join(";".join(row) for row in (HEAD, ANI, BUDI)),
    "blanks": aligned(HEAD, ANI, BUDI),
    "the head again": "\n".join("\t".join(row) for row in (HEAD, ANI, HEAD, BUDI)),
    "text around": f"Yth. Panitia\nBerikut:\n{aligned(HEAD, ANI, BUDI)}\n\nHormat kami,\nX",
    "a letterhead": f"Telp: 022 1234567\n\n{aligned(HEAD, ANI, BUDI)}",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_each_row_is_a_person(text):
    assert rows_of(read_body(text)) == ROWS


@pytest.mark.parametrize("head", [HEAD, [f"<b>{cell}</b>" for cell in HEAD]])
def test_each_row_of_html_is_a_person(head):
    assert rows_of(read_html(html(head, ANI, BUDI))) == ROWS


def test_one_row_is_one_person():
    assert read_html(html(HEAD, ANI)).answers == ROWS[0]


@pytest.mark.parametrize("column", range(1, 5))
def test_an_empty_cell_moves_nothing(column):
    key = list(ROWS[0])[column - 1]
    lacking = [{one: row[one] for one in row if one != key} for row in ROWS]
    for empty in ("", "-", "&nbsp;"):
        rows = [[*row[:column], empty, *row[column + 1 :]] for row in (ANI, BUDI)]
        assert rows_of(read_html(html(HEAD, *rows))) == lacking
    rows = [[*row[:column], "", *row[column + 1 :]] for row in (ANI, BUDI)]
    assert rows_of(read_body("\n".join("\t".join(row) for row in (HEAD, *rows)))) == lacking
    assert rows_of(read_body(aligned(HEAD, *rows))) == lacking


@pytest.mark.parametrize(
    "row",
    [
        [NIK, "Ani"],  # in the wrong columns
        ["Ani", NIK, PHONE],  # one cell too many
        ["Ani", NIK, "x", "y"],
    ],
)
def test_a_row_that_does_not_fit_is_a_misfit(row):
    text = "\n".join("\t".join(one) for one in (["Nama", "NIK"], row, ["Budi", OTHER_NIK]))
    budi = {"full_name": "Budi", "nik": OTHER_NIK}
    assert rows_of(read_body(text)) == [{"nik": NIK, MISFIT: MISFIT}, budi]


LICENCE = "1202521189876540"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (["Nama", "NIK", "STR", "Profesi"], ["Ani", LICENCE, "perawat"]),  # no NIK, shifted
        (["Nama", "NIK", "No. STR"], ["Ani", "perawat", LICENCE, "x"]),
        (["Nama", "STR", "Profesi"], ["Ani", "x", LICENCE, "perawat"]),
        (["Nama", "Profesi", "No. KK"], ["Ani", LICENCE, "perawat"]),
    ],
)
def test_a_licence_is_no_nik_whatever_does_not_fit(head, row):
    text = "\n".join("\t".join(one) for one in (head, row, ["Budi", *head[1:-1], "x"]))
    letter = read_body(text)
    assert all(LICENCE not in person.answers.values() for person in letter.rows)
    assert LICENCE not in letter.answers.values()


def test_a_row_below_a_remark_is_read_by_the_same_head():
    rows = [["Nama", "STR", "Profesi"], ["Ani", LICENCE, "bidan"], ["(lanjutan)"]]
    rows += [["Budi", LICENCE[:-1] + "9", "bidan"]]
    found = rows_of(read_body("\n".join(map("\t".join, rows))))
    assert [row["full_name"] for row in found] == ["Ani", "Budi"]
    assert not any("nik" in row for row in found)


def test_of_two_professions_the_post_is_only_read_where_the_other_lacks():
    head = ["Nama", "NIK", "Jabatan", "Profesi"]
    rows = [["Ani", NIK, "Kepala Ruangan", "perawat"], ["Budi", OTHER_NIK, "Bidan", "-"]]
    found = rows_of(read_body("\n".join(map("\t".join, (head, *rows)))))
    assert [row["profession"] for row in found] == ["perawat", "Bidan"]


def test_two_columns_of_one_question_are_nobodys():
    text = f"Nama\tNIK\tNama\nAni\t{NIK}\tX\nBudi\t{OTHER_NIK}\tY"
    assert rows_of(read_body(text)) == [{"nik": NIK}, {"nik": OTHER_NIK}]


@pytest.mark.parametrize(
    "more", [f"Nama: Cici\nNIK: {NIK[:-1]}9", f"dan juga {NIK[:-1]}9", f"Cici\n{NIK[:-1]}9 bidan"]
)
def test_whoever_stands_outside_is_not_left_out(more):
    letter = read_body(f"{WRITTEN['tabs']}\n\n{more}")
    assert len(letter.rows) == 3 or letter.unread == {PERSONS}


def test_a_wrong_nik_is_kept_to_be_told():
    for wrong in ("3.20412E+15", "320411570696001", f"'{NIK}"):
        text = f"NIK\tNama\n{wrong}\tAni\n{OTHER_NIK}\tBudi"
        assert rows_of(read_body(text))[0] == {"nik": wrong, "full_name": "Ani"}


@pytest.mark.parametrize("text", ["NIK\tNama", "NIK\tNama\n\nTerima kasih", "Nama;Alamat\nA;B"])
def test_a_head_without_rows_is_no_table(text):
    lines = text.split("\n")
    assert list(read_tables(lines, LABELS)) == lines


def test_columns_are_bounded():
    for count, found in ((CELLS_MAX, True), (CELLS_MAX + 1, False)):
        head = ["NIK", "Nama", *("x" * (count - 2))]
        row = [NIK, "Ani", *("y" * (count - 2))]
        read = list(read_tables(["\t".join(head), "\t".join(row)], LABELS))
        assert isinstance(read[0], Person) is found


def test_the_row_that_counts_the_others_is_nobody():
    for total in ("Jumlah\t2 orang", "\tJumlah\t2 orang", "Total: 2"):
        text = "\n".join([*("\t".join(row) for row in (HEAD, ANI)), total, "\t".join(BUDI), total])
        assert rows_of(read_body(text)) == ROWS


@pytest.mark.parametrize("phone", ["tidak ada", "belum punya"])
def test_words_in_place_of_a_phone_are_none(phone):
    rows = rows_of(read_html(html(HEAD, [*ANI[:4], phone], BUDI)))
    assert rows == [{key: value for key, value in ROWS[0].items() if key != "phone"}, ROWS[1]]


def test_the_official_number_below_a_name_is_no_part_of_it():
    head = ["No", "Nama / NIP", "NIK", "Profesi Nakes", "No. HP yang aktif"]
    rows = [[row[0], f"{row[1]}<br>NIP. 198506122010012003", *row[2:]] for row in (ANI, BUDI)]
    assert rows_of(read_html(html(head, *rows))) == ROWS
    assert read_body(f"Nama\tNIK\nNIPAH SARI\t{NIK}").answers["full_name"] == "NIPAH SARI"


def test_a_number_is_no_nik_where_no_column_asks_for_one():
    text = "\n".join("\t".join(row) for row in (["Nama", "No STR", "HP"], ["Ani", NIK, PHONE]))
    assert read_body(text).answers == {"full_name": "Ani", "phone": PHONE}


def test_of_text_and_html_that_is_read_which_has_the_niks():
    """Mailers flatten a table in the plain text, and leave a contact's labels as they are."""
    flat = "\n".join(" ".join(row) for row in (HEAD, ANI, BUDI))
    contact = "Nama: Rina Admin\nHP: 081399900000"
    for plain in (flat, f"{flat}\n\n{contact}", contact):
        parts = (("plain", plain), ("html", html(HEAD, ANI, BUDI)))
        body = "".join(f"--b\nContent-Type: text/{kind}\n\n{text}\n" for kind, text in parts)
        letter = read(f"{MAIL_HEAD}Content-Type: multipart/alternative; boundary=b\n\n{body}--b--")
        assert rows_of(letter) == ROWS
