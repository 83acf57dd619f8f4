"""Forwarded mails are read where the letter itself names nobody; letters of ours never are."""

from email.message import EmailMessage

import pytest

from channels.email.forwards import FORWARDS_MAX
from channels.email.quotes import OUR_SIGN
from core.messages import FORWARDED, PERSONS, Reply
from core.wording.catalog import LOCALE, load_wording
from gateway.mail.relay import MARKER
from tests.scripts import CAMPAIGN
from tests.unit.channels.email.test_letter import (
    ALL,
    HEAD,
    MAILBOX,
    NAME,
    NIK,
    PHONE,
    SENDER,
    read,
    read_body,
)
from tests.unit.channels.email.test_persons import HEADINGS, SITI

SITI_ANSWERS = {**ALL, "profession": "perawat"}
GMAIL = "---------- Forwarded message ---------\nFrom: Siti <siti@x.id>\nSubject: x\n\n"
FORWARDS = {
    "gmail": """---------- Forwarded message ---------
From: Siti <siti@x.id>
Date: Fri, Jan 15, 2021 at 8:00 AM
Subject: x
To: <tu@x.id>

""",
    "gmail, id": """---------- Pesan terusan ---------
Dari: Siti <siti@x.id>
Date: Jum, 15 Jan 2021 08.00
Subject: x
To: <tu@x.id>

""",
    "outlook": """________________________________
From: Siti <siti@x.id>
Sent: Friday, January 15, 2021 8:00 AM
To: TU <tu@x.id>
Subject: x

""",
    "outlook, id": """Dari: Siti <siti@x.id>
Dikirim: Jumat, 15 Januari 2021 08.00
Kepada: TU <tu@x.id>
Perihal: x

""",
    "outlook, old": """-----Original Message-----
From: Siti
Sent: Friday, January 15, 2021 8:00 AM
To: TU
Subject: x

""",
    "yahoo": """   ----- Forwarded Message -----
From: Siti <siti@x.id>
To: TU <tu@x.id>
Sent: Friday, January 15, 2021, 08:00:00 AM GMT+7
Subject: x

""",
    "yahoo, one line": """----- Forwarded Message ----- From: Siti <siti@x.id>To: TU Sent: x

""",
    "yahoo, id": """----- Pesan yang Diteruskan -----
Dari: Siti <siti@x.id>

""",
    "apple": """Begin forwarded message:

From: Siti <siti@x.id>
Subject: x
Date: 15 January 2021 08.00.00 WIB
To: tu@x.id

""",
    "apple, id": """Mulai pesan yang diteruskan:

Dari: Siti <siti@x.id>
Perihal: x
Tanggal: 15 Januari 2021 08.00.00 WIB
Kepada: tu@x.id

""",
    "thunderbird": """-------- Forwarded Message --------
Subject: \tx
Date: \tFri, 15 Jan 2021 08:00:00 +0700
From: \tSiti <siti@x.id>
To: \ttu@x.id


""",
    "thunderbird, id": """-------- Pesan Terusan --------
Perihal: \tx
Tanggal: \tFri, 15 Jan 2021 08:00:00 +0700
Dari: \tSiti <siti@x.id>
Kepada: \ttu@x.id

""",
    "zoho": """============ Forwarded message ============
From: Siti <siti@x.id>
To: <tu@x.id>
Date: Fri, 15 Jan 2021 08:00:00 +0700
Subject: x
============ Forwarded message ============

""",
}
ABOVE = [
    "",
    "Mohon diproses.\n\n",
    "Yth. Panitia,\nberikut data staf kami\n\nSalam,\nBudi\nHP: 0812\n\n",
]


@pytest.mark.parametrize("above", ABOVE)
@pytest.mark.parametrize("heading", FORWARDS.values(), ids=FORWARDS.keys())
def test_a_forwarded_mail_is_read(heading, above):
    for subject in ("Daftar", "Fwd: Daftar"):
        head = HEAD.replace("Subject: Daftar", f"Subject: {subject}")
        letter = read(f"{head}\n{above}{heading}{SITI}\n")
        assert (letter.answers, letter.unread, letter.text) == (SITI_ANSWERS, set(), "")


@pytest.mark.parametrize("heading", FORWARDS.values(), ids=FORWARDS.keys())
def test_what_is_named_above_is_never_completed(heading):
    letter = read_body(f"Nama: BUDI\nTipe nakes: dokter\n\n{heading}{SITI}")
    assert letter.answers == {"full_name": "BUDI", "profession": "dokter"}


@pytest.mark.parametrize("heading", FORWARDS.values(), ids=FORWARDS.keys())
def test_many_may_be_forwarded(heading):
    other = (
        SITI.replace(NIK, "3273014107900015").replace(NAME, "BUDI").replace(PHONE, "081299990002")
    )
    letter = read_body(f"{heading}{SITI}\n\n{other}")
    assert [row.answers["full_name"] for row in letter.rows] == [NAME, "BUDI"]
    blended = read_body(f"{heading}{SITI}\nNIK: 3273014107900015")
    assert (blended.answers, blended.unread) == ({}, {PERSONS})


def test_a_forward_within_a_forward_is_read():
    middle = "Tolong diteruskan ya.\n\n"
    assert read_body(f"{GMAIL}{middle}{FORWARDS['zoho']}{SITI}").answers == SITI_ANSWERS
    for depth, found in ((FORWARDS_MAX, True), (FORWARDS_MAX + 1, False)):
        assert bool(read_body(f"{GMAIL * depth}{SITI}").answers) is found


def test_what_a_forwarded_mail_quotes_is_not_read():
    letter = read_body(f"{GMAIL}Nama: BUDI\n\n{HEADINGS['gmail']}\n\n{SITI}")
    assert letter.answers == {"full_name": "BUDI"}


def test_a_forward_that_is_quoted_is_read():
    quoted = "\n".join(f"> {line}" for line in f"From: Siti\nSubject: x\n\n{SITI}".split("\n"))
    assert read_body(f"Begin forwarded message:\n\n{quoted}").answers == SITI_ANSWERS


@pytest.mark.parametrize("heading", ["outlook", "apple", "hotmail", "lotus", "asked"])
@pytest.mark.parametrize("answers", ["Subject: Re: Daftar", "In-Reply-To: <2@x>\nSubject: Daftar"])
def test_what_a_letter_answers_is_no_forward(heading, answers):
    head = HEAD.replace("Subject: Daftar", answers)
    letter = read(f"{head}\n\n{HEADINGS[heading]}\n\n{SITI}")
    assert (letter.answers, letter.unread) == ({}, {FORWARDED})


@pytest.mark.parametrize("heading", ["zoho", "gmail", "gmail, old", "yandex", "no colon"])
def test_what_an_attribution_introduces_is_no_forward_unless_the_subject_says_so(heading):
    text = f"{HEADINGS[heading]}\n\n{SITI}"
    assert (read_body(text).answers, read_body(text).unread) == ({}, {FORWARDED})
    head = HEAD.replace("Subject: Daftar", "Subject: FW: Daftar")
    assert read(f"{head}\n{text}").answers == SITI_ANSWERS


@pytest.mark.parametrize("above", ["STOP", "STATUS 7K3M-9QXF", "123456"])
def test_what_is_asked_above_is_answered(above):
    letter = read_body(f"{above}\n\n{GMAIL}{SITI}")
    assert (letter.text, letter.answers) == (above, {})


def test_what_came_from_our_mailbox_is_not_read():
    ours = GMAIL.replace("siti@x.id", MAILBOX).replace("Subject: x", "Date: 1/1/2021\nSubject: x")
    assert read_body(f"{ours}{SITI}").answers == {}


# -- letters of ours ---------------------------------------------------------------------------

EVERY = tuple(sorted(file.stem for file in LOCALE.glob("*.po")))
WORDING = load_wording(None, CAMPAIGN.model_copy(update={"languages": EVERY}))
MARKERS = {
    language: WORDING.text(Reply((MARKER,), language), "long").strip() for language in EVERY
}


@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS.keys())
def test_each_language_marks_our_letters(marker):
    assert marker.endswith(OUR_SIGN)


@pytest.mark.parametrize("marker", [*MARKERS.values(), "Balas di atas garis ini \u2014 #SP*"])
@pytest.mark.parametrize("heading", ["", *HEADINGS.values(), GMAIL])
def test_a_letter_of_ours_is_never_read(heading, marker):
    ours = f"{heading}\n\n{marker}\n\nYth. Bapak/Ibu,\n{SITI}\n"
    assert read_body(ours).answers == {}
    assert read_body(f"Nama: BUDI\n\n{ours}").answers == {"full_name": "BUDI"}
    assert read_body(f"perawat\n\n{ours}").text == "perawat"


def test_below_a_letter_of_ours_that_is_quoted_one_may_answer():
    ours = f"> {MARKERS['id']}\n> Yth. Bapak/Ibu,\n> NIK: 1\n"
    assert read_body(f"{ours}\n{SITI}").answers == SITI_ANSWERS
    assert read_body(f"Nama: BUDI\n{ours}\n{SITI}").answers == {"full_name": "BUDI"}


# -- attached mails ----------------------------------------------------------------------------


def mail(text, sender=SENDER):
    message = EmailMessage()
    message["From"], message["Subject"] = sender, "Daftar"
    message.set_content(text)
    return message


def forwarding(*texts, above="Mohon diproses", sender="siti@x.id"):
    message = mail(above)
    for text in texts:
        message.add_attachment(mail(text, sender))
    return read(message.as_bytes())


def test_an_attached_mail_is_read():
    letter = forwarding(SITI)
    assert (letter.answers, letter.unread) == (SITI_ANSWERS, set())


def test_each_attached_mail_is_of_one_person():
    letter = forwarding(SITI, "Nama: BUDI\nNIK: 3273014107900015")
    assert [row.answers["full_name"] for row in letter.rows] == [NAME, "BUDI"]


def test_an_attached_mail_completes_nothing():
    letter = forwarding(SITI, above="Nama: BUDI")
    assert (letter.answers, letter.unread) == ({"full_name": "BUDI"}, {FORWARDED})


@pytest.mark.parametrize("sender", [MAILBOX, f"Vaksin <{MAILBOX.upper()}>"])
def test_an_attached_letter_of_ours_is_not_read(sender):
    letter = forwarding(SITI, sender=sender)
    assert (letter.answers, letter.unread) == ({}, {FORWARDED})


def test_an_attached_mail_without_answers_is_said_not_to_be_read():
    assert forwarding("Halo").unread == {FORWARDED}


# -- other forms of one text -------------------------------------------------------------------


def test_a_table_that_the_plain_text_lost_is_read_in_html():
    message = mail("No\n\nNama\n\nNIK\n\n1\n\nAni\n\n" + NIK + "\n\n2\n\nBudi\n\n3273014107900015")
    row = "<tr><td>{}</td><td>{}</td><td>{}</td></tr>"
    rows = [("No", "Nama", "NIK"), (1, "Ani", NIK), (2, "Budi", "3273014107900015")]
    markup = f"<table>{''.join(row.format(*one) for one in rows)}</table>"
    message.add_alternative(markup, subtype="html")
    assert [row.answers["full_name"] for row in read(message.as_bytes()).rows] == ["Ani", "Budi"]
