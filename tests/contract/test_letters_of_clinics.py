"""Letters as clinics write them: each gives the right people or an honest refusal; none blends.

`expected.json` in tests/fixtures/letters says what each gives; docs/channels/email.md shows it.
To write the table there: `.venv/bin/python -m tests.contract.test_letters_of_clinics`.
"""

import json
import re
from email import message_from_bytes, policy

import pytest

from channels.contract import RejectedError
from channels.email.persons import comparable
from core.messages import MISFIT
from tests.scripts import ROOT, START, parse_letter

FOLDER = ROOT / "tests" / "fixtures" / "letters"
PAGE = ROOT / "docs" / "channels" / "email.md"
MAILBOX = "vaksin@pedulilindungi.id"
EXPECTED = json.loads((FOLDER / "expected.json").read_text("utf-8"))
NAMES = [one["file"] for one in EXPECTED]
MARKS = ("<!-- letters -->\n", "<!-- /letters -->\n")
LETTERS_MIN = 60
TABLES = ("sheet", "text/csv")
GIVEN = ("answers", "rows", "text", "files")
LINES_MAX = 60  # of a letter of which each line is left out in turn


def read(raw):
    return parse_letter(raw, received_at=START, envelope_from="a@b.id", mailboxes=(MAILBOX,))


def raw_of(one):
    return (FOLDER / one["file"]).read_bytes()


def what(letter):
    """Return what a letter gives, in the words of `expected.json`."""
    rows = [dict(row.answers) for row in letter.rows]
    files = [one.media_type.rpartition(".")[2] for one in letter.files]
    given = {"answers": dict(letter.answers), "rows": rows, "text": letter.text, "files": files}
    return {key: value for key, value in given.items() if value}


@pytest.mark.parametrize("one", EXPECTED, ids=NAMES)
def test_a_letter_gives_its_people_or_an_honest_refusal(one):
    if one.get("silent"):
        with pytest.raises(RejectedError):
            read(raw_of(one))
        return
    letter = read(raw_of(one))
    assert what(letter) == {key: one[key] for key in GIVEN if one.get(key)}
    assert letter.unread == set(one.get("unread", ()))
    assert [row.row for row in letter.rows] == list(range(1, len(letter.rows) + 1))


def is_of(answers, person):
    """Whether these answers are all that person's."""
    return all(
        key not in ("nik", "full_name", "phone")
        or (comparable(key, person.get(key, "")) == comparable(key, value))
        for key, value in answers.items()
    )


# Not those in which a lost line is a name's end, or says which number is which.
WITH_PEOPLE = [one for one in EXPECTED if one["people"]]


@pytest.mark.parametrize("one", WITH_PEOPLE, ids=lambda one: one["file"])
def test_whichever_line_is_lost_none_blends(one):
    """A NIK, a name and a phone in one row are one person's, or in doubt nothing is read."""
    mail = message_from_bytes(raw_of(one), policy=policy.default)
    plain = mail.get_body(("plain",))
    lines = plain.get_content().split("\n") if plain else []
    for lost in range(len(lines) if len(lines) <= LINES_MAX else 0):
        text = "\n".join([*lines[:lost], *lines[lost + 1 :]])
        head = f"From: a@b.id\nSubject: {mail['subject']}\n"
        letter = read(f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}".encode())
        for answers in (letter.answers, *(row.answers for row in letter.rows)):
            if "nik" in answers:
                assert any(is_of(answers, person) for person in one["people"]), lines[lost]


def test_there_are_enough_of_them_and_no_other_files():
    assert len(EXPECTED) >= LETTERS_MIN
    assert sorted(NAMES) == sorted(file.name for file in FOLDER.glob("*.eml"))


def result(one):
    """Say in one cell what a letter gives."""
    if one.get("silent"):
        return "silence"
    if rows := one.get("rows"):
        refused = sum(MISFIT in row for row in rows)
        return f"{len(rows)} people" + f", {refused} asked for again" * bool(refused)
    if answers := one.get("answers"):
        return "one person" if len(answers) > 2 else f"of one person: {', '.join(answers)}"
    if files := one.get("files"):
        return "a list: its rows" if files[0] in TABLES else "kept for an official, and told so"
    if unread := one.get("unread"):
        kinds = ", ".join(unread)
        return "refused: several people" if "persons" in unread else f"told: {kinds} not read"
    return f"heard: `{one['text']}`"


def table():
    rows = [f"| {one['form']} | {one['client']} | {result(one)} |" for one in EXPECTED]
    return "\n".join(["| a letter | written with | gives |", "|---|---|---|", *rows, ""])


def test_the_page_shows_what_each_gives():
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    assert before
    assert rest.partition(MARKS[1])[0] == table()


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    begin, end = (re.escape(mark) for mark in MARKS)
    made = re.sub(f"{begin}.*{end}", lambda _: table().join(MARKS), page, flags=re.DOTALL)
    PAGE.write_text(made, "utf-8")
