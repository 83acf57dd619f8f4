import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import RejectedError
from channels.email import body, labels
from channels.email import headers as head
from channels.email.letter import OwnMailbox, Titles, compose_letter
from channels.email.reading import HTML_LINES_MIN, INQUIRY_LINES_MAX
from core.messages import BESIDE, REST, Address, AddressKind, Channel, Inbound, Prompt, Reply
from core.outbox.message import Outgoing
from gateway.imports.headings import Headings
from tests.contract.channels import WORDING
from tests.fixtures.hostile import seconds
from tests.scripts import KEYWORDS, parse_letter

NOW = datetime(2021, 1, 15, 8, 0, tzinfo=UTC)
MAILBOX = "vaksin@pedulilindungi.id"
SENDER = "siti@puskesmas.example"
NIK, NAME, PROFESSION, PHONE = "3204115706960001", "SITI AMINAH", "Perawat", "081211110001"
ALL = {"nik": NIK, "full_name": NAME, "profession": PROFESSION, "phone": PHONE}
HEAD = f"From: Siti <{SENDER}>\nSubject: Daftar\nMessage-ID: <1@x.example>\n"
THEIRS = os.environ.get("SATUPINTU_FIXTURES")
SECONDS_MAX = 2.0  # for the worst of hostile mails, on a slow machine


def read(raw, envelope_from="relay@x.example"):
    raw = raw.encode() if isinstance(raw, str) else raw
    return parse_letter(raw, received_at=NOW, envelope_from=envelope_from, mailboxes=(MAILBOX,))


def read_body(text):
    return read(f"{HEAD}Content-Type: text/plain; charset=utf-8\n\n{text}")


def read_html(markup):
    return read(f"{HEAD}Content-Type: text/html; charset=utf-8\n\n{markup}")


@pytest.mark.parametrize(
    ("key", "line"),
    [
        *((key, line) for key, lines in {
            "nik": ["NIK: {}", "No. KTP: {}", "nik:{}", "NIK {}", "1. NIK : {}", "*NIK*: {}",
                    "- NIK (16 angka di KTP): {}", "**NIK:** {}", "NIK = {}", "NIK\t{}",
                    "NIK - {}", "a) No KTP/NIK: {}", "• NIK\uff1a{}", "NIK:\n\n{}", "NIK\n{}"],
            "full_name": ["Nama: {}", "Nama lengkap: {}", "Name: {}", "Full name: {}",
                          "NAMA\t: {}", "2) Nama - {}", "Nama (sesuai KTP): {}", "Nama:\n{}"],
            "profession": ["Tipe nakes: {}", "Profesi: {}", "Jabatan: {}", "Profession: {}",
                           "- Profesi (salah satu: Dokter, Perawat): {}", "TIPE NAKES = {}"],
            "phone": ["No HP: {}", "No. HP/WA: {}", "Nomor HP: {}", "Telepon: {}", "HP: {}",
                      "Phone: {}", "No HP {}", "HP. {}", "- No HP (yang bisa menerima SMS): {}",
                      "Mobile number: {}"],
        }.items() for line in lines),
    ],
)  # fmt: skip
def test_a_labelled_line_is_an_answer(key, line):
    letter = read_body(f"Halo,\n{line.format(ALL[key])}\nTerima kasih")
    assert letter.answers == {key: ALL[key]}
    assert letter.text == ""


LABELS = {
    "nik": ("NIK", "NIK"),
    "full_name": ("Nama", "Full name"),
    "profession": ("Tipe nakes", "Profession"),
    "phone": ("No HP", "Phone"),
}


@given(order=st.permutations(list(ALL)), languages=st.lists(st.booleans(), min_size=4, max_size=4))
def test_order_and_language_of_labels_do_not_matter(order, languages):
    lines = [
        f"{LABELS[key][english]}: {ALL[key]}"
        for key, english in zip(order, languages, strict=True)
    ]
    assert read_body("\n".join(lines)).answers == ALL


@pytest.mark.parametrize(
    ("labelled", "language"),
    [
        (("NIK", "Full name", "Profession"), "en"),
        (("NIK", "Name"), ""),
        (("NIK", "Name", "Profesi", "Phone"), ""),
        (("NIK", "Nama"), ""),
        (("Name", "Phone"), "en"),
    ],
)
def test_two_labels_in_english_and_none_in_indonesian_are_english(labelled, language):
    keys = {name: key for key, names in LABELS.items() for name in names} | {
        "Name": "full_name",
        "Profesi": "profession",
    }
    letter = read_body("\n".join(f"{label}: {ALL[keys[label]]}" for label in labelled))
    assert letter.language == language


def test_empty_answers_do_not_count():
    text = f"NIK: ...\nNama:\nNIK: {NIK}\nNIK:\nNama: {NAME}\nAlamat: Jl. Melati 1"
    assert read_body(text).answers == {"nik": NIK, "full_name": NAME}


@pytest.mark.parametrize(
    "text",
    [
        "Nama:\nTerima kasih",
        "NIK:\nSalam, Siti",
        "No HP:\nAlamat: Jl. Melati 1",
        "Nama:\n12",
        "Nama-nama peserta: terlampir",
        "Kami kirim nama: lihat lampiran",
        "NIK",
        "Profesi: ...\nNIK: ________",
    ],
)
def test_no_answer_is_invented(text):
    assert read_body(text).answers == {}


def test_answers_may_share_a_line():
    assert read_body(f"Nama: {NAME}, NIK: {NIK}; HP: {PHONE}, Profesi: Perawat").answers == ALL


def test_a_value_is_bounded():
    most = labels.VALUE_CHARACTERS_MAX
    for size in (most, most + 1, 5_000):
        assert read_body("Nama: " + "A" * size).answers == {"full_name": "A" * min(size, most)}


@pytest.mark.parametrize("language", ["id", "en"])
def test_what_our_letters_ask_for_is_understood(language):
    prompts = tuple(Prompt(f"letter_missing_{key}") for key in ALL)
    asked = WORDING.text(Reply((*prompts, Prompt("letter_how")), language), "long")
    assert read_body(asked).answers == {}
    filled = iter([f": {value}" for value in ALL.values()])
    form = re.sub(r": \.\.\.", lambda _found: next(filled), asked)
    assert read_body(form).answers == ALL
    listed = [line for line in asked.splitlines() if line.startswith("- ")]
    pairs = zip(listed, ALL.values(), strict=True)
    assert read_body("\n".join(f"{line}: {value}" for line, value in pairs)).answers == ALL


@pytest.mark.parametrize("language", ["id", "en"])
def test_what_we_say_of_several_people_can_be_done(language):
    said = WORDING.text(Reply((Prompt("letter_several"),), language), "long")
    assert all(word in said for word in ("XLSX", "CSV"))
    form = [line for line in said.splitlines() if line.endswith(": ...")]
    blocks = []
    for person in (ALL, {**ALL, "nik": "3204115706960002", "full_name": "BUDI"}):
        filled = zip(form, person.values(), strict=True)
        blocks.append("\n".join(line.replace("...", value) for line, value in filled))
    letter = read_body("\n\n".join(blocks))
    assert [row.answers["full_name"] for row in letter.rows] == [NAME, "BUDI"]
    heads = next(line for line in said.splitlines() if "XLSX" in line).partition(": ")[2]
    assert set(Headings(WORDING.typed).columns(heads.rstrip(".;").split(", "))) == set(ALL)


# -- bare answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "\n\n  STOP \n\n",
        "Halo,\n\nSTOP\n\nTerima kasih,\nSiti",
        "STOP\n-- \nSiti Aminah\nHP: 0812",
        "STOP\n\nSent from my iPhone",
        "STOP\nDikirim dari iPhone saya",
        "STOP\n\nPada Jum, 15 Jan 2021 pukul 08.00 Vaksin <v@x.id> menulis:\n\n> Yth.\n> NIK: 1",
    ],
)
def test_a_line_alone_is_a_bare_answer(text):
    letter = read_body(text)
    assert (letter.text, letter.answers) == ("STOP", {})


@pytest.mark.parametrize(
    "text", ["", "satu\ndua", "Halo", "x" * (labels.VALUE_CHARACTERS_MAX + 1)]
)
def test_anything_else_is_no_bare_answer(text):
    assert read_body(text).text == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Terima kasih", "Terima kasih"),
        ("Selamat siang,\n\nbaik, makasih min\n", "Selamat siang, baik, makasih min"),
        ("Terima kasih banyak.\n\nSalam hormat,\nSiti", "Terima kasih banyak."),
        ("Terima kasih\n-- \nSiti", "Terima kasih"),
        ("Terima kasih\nPada Jum, 15 Jan 2021 pukul 08.00 Vaksin <v@x.id> menulis:\n\n> 1",
         "Terima kasih"),
        ("", ""),
        ("Selamat siang", ""),
        ("Terima kasih\nMohon dicek nama saya", "Mohon dicek nama saya"),
        ("Terima kasih, kapan jadwal saya", ""),
    ],
)  # fmt: skip
def test_thanks_and_nothing_else_are_told_as_such(text, said):
    letter = read_body(text)
    assert (letter.text, letter.answers) == (said, {})
    assert KEYWORDS.is_thanks(letter.text) is (bool(said) and "nama" not in said)


ASKED = "7K3M-9QXF"


@pytest.mark.parametrize(
    "text",
    [
        f"STATUS {ASKED}",
        f"{ASKED}\nstatus",
        f"Nomor: {ASKED}\nSTATUS\n\nTerima kasih,\nSiti",
        f"Halo,\n\nNomor pendaftaran: {ASKED}\nJADWAL\n\nSiti Aminah\nPuskesmas\nHP: 0812",
        f"Halo, mohon jadwal untuk {ASKED}",
        f"Jadwal: {ASKED}\n\nPada Jum, 15 Jan 2021 Vaksin <v@x.id> menulis:\n> NIK: 1",
    ],
)
def test_a_question_about_a_number_is_heard_wherever_it_stands(text):
    letter = read_body(text)
    asked = KEYWORDS.inquiry(letter.text)
    assert asked
    assert asked.number == ASKED
    assert letter.answers == {}


def test_a_subject_of_ones_own_may_ask():
    head = HEAD.replace("Subject: Daftar", "Subject: STATUS")
    assert KEYWORDS.inquiry(read(f"{head}\n{ASKED}\n").text)
    assert KEYWORDS.inquiry(read(f"{head.replace('STATUS', f'jadwal {ASKED}')}\n\n").text)
    for again in ("Subject: Re: STATUS", "In-Reply-To: <2@x.example>\nSubject: STATUS"):
        answer = head.replace("Subject: STATUS", again)
        assert read(f"{answer}\n{ASKED}\n").text == ASKED


@pytest.mark.parametrize("word", ["STOP", "Berhenti", "mulai"])
@pytest.mark.parametrize(
    "body", ["", "\n \n", "This message was automatically generated by Gmail.\n", "Salam,\nSiti"]
)
def test_a_subject_alone_may_stop_letters(word, body):
    letter = read(f"{HEAD.replace('Subject: Daftar', f'Subject: {word}')}\n{body}")
    assert (letter.text, letter.answers) == (word, {})


def test_a_subject_that_answers_or_heads_another_thing_stops_nothing():
    for subject in ("Re: STOP", "Fwd: STOP", "STOP TB", "Daftar"):
        assert read(f"{HEAD.replace('Subject: Daftar', f'Subject: {subject}')}\n").text == ""
    head = HEAD.replace("Subject: Daftar", "Subject: STOP")
    assert read(f"{head}\nNIK: {NIK}\n").answers == {"nik": NIK}
    assert read(f"{head}\nSTATUS {ASKED}\n").text == f"STATUS {ASKED}"


@pytest.mark.parametrize("word", ["STATUS", "jadwal", "bantuan"])
def test_a_subject_alone_may_ask(word):
    head = HEAD.replace("Subject: Daftar", f"Subject: {word}")
    assert read(f"{head}\n \n").text == word
    assert read(f"{head}\nKapan vaksinnya?\nSiti").text == ""
    assert read(f"{head}\nNIK: {NIK}\n").text == ""


TABLE = f"Nama\tNIK\nSiti\t{NIK}\nBudi\t3273014107900015"


@pytest.mark.parametrize("word", ["STOP", "Berhenti.", "*stop*", "stop ya"])
@pytest.mark.parametrize(
    ("body", "beside"),
    [
        (f"{TABLE}\n\n{{}}\n", True),
        (f"{{}}\n\n{TABLE}\n", True),
        (f"NIK: {NIK}\nNama: Siti\n{{}}", True),
        ("Jangan kirim lagi.\n{}\nSiti", False),
    ],
)
def test_stop_wins_over_whatever_stands_beside_it(word, body, beside):
    letter = read_body(body.format(word))
    assert (letter.answers, letter.rows) == ({}, ())
    assert KEYWORDS.command(KEYWORDS.without_courtesies(letter.text)) == "stop"
    assert (BESIDE in letter.unread) is beside


def test_stop_that_is_quoted_or_within_a_line_stops_nothing():
    assert len(read_body(f"{TABLE}\n\nKami tidak mau stop di sini\n").rows) == 2
    quote = "Pada Jum, 15 Jan 2021 pukul 08.00 Vaksin <v@x.id> menulis:\n\n> STOP"
    assert len(read_body(f"{TABLE}\n\n{quote}\n").rows) == 2


def test_status_beside_a_table_is_heard_with_it():
    letter = read_body(f"{TABLE}\n\nSTATUS\n")
    assert (letter.text, len(letter.rows)) == ("STATUS", 2)


def test_a_question_for_a_status_may_stand_among_other_lines():
    asked = "Mohon info status pendaftaran kami"
    assert read_body(f"Selamat siang,\nKami dari RS X.\n{asked}\nSiti").text == asked


def test_a_letter_that_registers_asks_nothing():
    text = "\n".join(f"{LABELS[key][0]}: {value}" for key, value in ALL.items())
    letter = read_body(f"{text}\nSTATUS {ASKED}")
    assert (letter.text, letter.answers) == ("", ALL)


def test_a_question_is_looked_for_in_the_first_lines():
    for before, found in ((INQUIRY_LINES_MAX - 1, True), (INQUIRY_LINES_MAX, False)):
        assert bool(read_body("x\n" * before + f"STATUS {ASKED}").text) is found


@pytest.mark.parametrize(
    ("text", "code"),
    [("123456", "123456"), ("Kode saya: 123456", "Kode saya: 123456"),
     ("123456\nSiti Aminah\nPuskesmas Melati", "123456"), ("123456\n654321", ""),
     ("123456 dan lain\nSiti", ""), ("1234567\nSiti", "")],
)  # fmt: skip
def test_a_code_is_heard_beside_a_signature(text, code):
    assert read_body(text).text == code


def test_a_letter_is_signed_and_says_where_it_came_from():
    letter = read_body(f"NIK: {NIK}")
    assert letter.confirms
    assert letter.channel is Channel.EMAIL
    assert letter.provider == "smtp"
    assert letter.address == Address(AddressKind.EMAIL, SENDER)
    assert letter.message_id == "<1@x.example>"


# -- quotes ------------------------------------------------------------------------------------

QUOTE = "> Yth. Bapak/Ibu,\n> NIK: 1111111111111111\n> Nama: LAMA\n"
OLD = "NIK: 1111111111111111\nNama: LAMA\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{{}}\nOn Fri, Jan 15, 2021 at 8:00 AM Vaksin <v@x.id> wrote:\n{QUOTE}",
        f"{{}}\nOn Fri, Jan 15, 2021 at 8:00 AM Vaksin\n<v@x.id> wrote:\n\n{QUOTE}",
        f"Pada tanggal Jum, 15 Jan 2021 pukul 08.00 Vaksin <v@x.id>\nmenulis:\n{QUOTE}\n{{}}",
        f"{QUOTE}{{}}\n{QUOTE}",
        f"{{}}\n-----Original Message-----\nFrom: V\n{OLD}",
        f"{{}}\n-----Pesan Asli-----\n{OLD}",
        f"{{}}\nFrom: Vaksin\nSent: Friday\nTo: Siti\nSubject: Re: Daftar\n\n{OLD}",
        f"{{}}\nDari: Vaksin\nDikirim: Jumat\nKepada: Siti\nPerihal: Re: Daftar\n\n{OLD}",
        f"{{}}\n________________________________\n*From:* V\n*Sent:* Friday\n*To:* S\n\n{OLD}",
        f"Halo\n{{}}\n-- \nPuskesmas\n{OLD}",
        f"Halo\n-- \nPuskesmas\n{QUOTE}\n{{}}",
        "Dari: Puskesmas Melati\n{}",
        "Dari: Puskesmas Melati\nKepada: Panitia\nPerihal: Pendaftaran\n\n{}",
        "Kepada: Panitia\nDari: Klinik\nTanggal: 15 Januari 2021\nPerihal: Daftar\n{}",
        "Data kami:\n--\n{}",
        "Kepada: Panitia Vaksinasi\n{}",
    ],
)
def test_only_what_is_new_is_read(text):
    assert read_body(text.format(f"NIK: {NIK}\nNama: {NAME}")).answers == {
        "nik": NIK,
        "full_name": NAME,
    }


def test_a_rule_above_a_quote_is_no_second_line():
    quote = f"Dari: V\nDikirim: Jumat\nKepada: S\nPerihal: Re: x\n\n{OLD}"
    assert read_body(f"STOP\n\n{'_' * 32}\n{quote}").text == "STOP"


def test_a_link_that_a_mailer_adds_is_no_part_of_the_number():
    assert read_body(f"HP: {PHONE}<tel:{PHONE}>").answers == {"phone": PHONE}


def test_the_head_row_of_a_table_is_no_answer():
    assert read_body("NIK\tNama\tProfesi\tNo HP").answers == {}
    assert read_body("Jabatan: Tenaga kesehatan").answers == {"profession": "Tenaga kesehatan"}


def test_answers_may_stand_between_quoted_lines():
    text = f"> NIK?\nNIK: {NIK}\n> Nama?\n\nNama: {NAME}\n> Profesi?\nProfesi: Perawat\n> No HP?\n"
    assert read_body(f"{text}HP: {PHONE}").answers == ALL


# -- MIME and HTML -----------------------------------------------------------------------------

FORM = f"NIK: {NIK}\nNama: {NAME}\nProfesi: {PROFESSION}\nNo HP: {PHONE}\n"


@pytest.mark.parametrize(
    "markup",
    [
        FORM.replace("\n", "<br>\n"),
        "".join(f"<p class=x>{line}</p>" for line in FORM.splitlines()),
        "<div><div>" + "</div><div>".join(FORM.splitlines()) + "</div></div>",
        "<ol><li>" + "<li>".join(FORM.splitlines()) + "</ol>",
        "<table>" + "".join(
            "<tr><td><p><b>{}</b></p></td><td>:</td><td><p>{}</p></td></tr>".format(
                *line.split(": ")
            ) for line in FORM.splitlines()
        ) + "</table>",
        "<table>" + "".join(
            "<tr><td>{}</td><td>{}</td></tr>".format(*line.split(": "))
            for line in FORM.splitlines()
        ) + "</table>",
        f"<table><tr><td>{FORM.replace(chr(10), '<br>')}</td></tr></table>",
        f"<style>p {{x: y}}</style><script>NIK: 1</script>{FORM.replace(chr(10), '<br/>')}",
        FORM.replace(": ", ":&nbsp;").replace("\n", "<BR>")
        + f"<blockquote>{OLD.replace(chr(10), '<br>')}</blockquote>",
        f"<blockquote>{OLD.replace(chr(10), '<br>')}</blockquote>{FORM.replace(chr(10), '<br>')}",
    ],
)  # fmt: skip
def test_html_is_read_as_it_is_seen(markup):
    assert read_html(f"<html><head><title>NIK: 1</title></head><body>{markup}").answers == ALL


def mail(**parts):
    message = EmailMessage()
    message["From"] = SENDER
    message.set_content(parts.get("plain", ""), cte=parts.get("cte", "8bit"))
    if html := parts.get("html"):
        message.add_alternative(html, subtype="html")
    if attached := parts.get("attached"):
        message.add_attachment(attached, filename="data.txt")
    return message.as_bytes()


@pytest.mark.parametrize(
    "raw",
    [
        mail(plain=FORM),
        mail(plain=FORM, cte="base64"),
        mail(plain=FORM, cte="quoted-printable"),
        mail(plain=FORM, html="<p>NIK: 1</p>"),
        mail(plain="", html=FORM.replace("\n", "<br>")),
        mail(plain=FORM, attached="NIK: 1"),
        mail(plain=FORM, html="<p>x</p>", attached="NIK: 1"),
        HEAD.encode() + b"Content-Type: text/plain; charset=utf-16\n\n" + FORM.encode(),
        HEAD.encode() + b"Content-Type: text/plain; charset=nonsense\n\n" + FORM.encode(),
        HEAD.encode() + b"Content-Type: text/plain; charset=punycode\n\n" + FORM.encode(),
        HEAD.encode() + b"Content-Transfer-Encoding: 9bit\n\n" + FORM.encode() + b"\xff\xfe",
        HEAD.encode() + b"Content-Type: garbage\n\n" + FORM.encode(),
        HEAD.encode() + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\n' + FORM.encode(),
        HEAD.encode() + b"Content-Type: multipart/mixed\n\n" + FORM.encode(),
    ],
)
def test_the_words_are_found_whatever_is_around_them(raw):
    if b"charset=utf-16" in raw:
        front, _, rest = raw.partition(b"\n\n")
        raw = front + b"\n\n" + rest.decode().encode("utf-16")
        raw = raw.replace(b"\n\n", b"\nContent-Transfer-Encoding: 8bit\n\n", 1)
        assert isinstance(read(raw), Inbound)
        return
    assert read(raw).answers == ALL


def test_names_are_read_in_their_charset():
    raw = f"{HEAD}Content-Type: text/plain; charset={{}}\n\nNama: José Ñ\n"
    for charset in ("utf-8", "iso-8859-1", "windows-1252"):
        assert read(raw.format(charset).encode(charset)).answers == {"full_name": "José Ñ"}
    assert read(raw.format("us-ascii").encode("cp1252")).answers == {"full_name": "José Ñ"}


# -- robots and senders ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "auto-submitted: auto-generated (failure)",
        "Precedence: bulk",
        "Precedence: LIST",
        "Precedence: junk",
        "List-Id: x",
        "List-Unsubscribe: <mailto:x@y>",
        "Return-Path: <>",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "X-Autorespond: Re: Daftar",
        "X-Failed-Recipients: a@b.id",
        "X-Auto-Response-Suppress: All",
        "X-Loop: vaksin@x.id",
        "Content-Type: multipart/report; boundary=x",
    ],
)
def test_a_machine_is_not_answered(field):
    with pytest.raises(RejectedError):
        read(f"{field}\n{HEAD}\nSTOP")


@pytest.mark.parametrize(
    "subject",
    [
        *("Automatic reply: Daftar", "AUTO REPLY: Daftar", "Auto-Reply", "autoreply: x"),
        *("=?UTF-8?Q?AutoRespons?= :x", "[Auto-Reply] x", "Automated response", "Auto_reply: x"),
        *("Out of Office: Daftar", "Out of the office until May", "OUT-OF-OFFICE", "OutOfOffice"),
        *("Vacation reply", "Away from the office", "On leave", "I am currently on leave"),
        *("Balasan otomatis: Daftar", "Jawaban Otomatis", "Pesan otomatis", "Respons otomatis: x"),
        *("Di luar kantor: Re: x", "Sedang di luar kantor", "Saya sedang tidak di kantor"),
        *("Tidak berada di kantor", "Saya sedang cuti sampai Senin", "Undelivered Mail Returned"),
        *("Undeliverable: x", "Delivery Status Notification (Failure)", "Returned mail: see x"),
        *("Mail delivery failed: returning message", "Mail Delivery System"),
    ],
)
def test_a_machine_is_known_by_its_subject(subject):
    with pytest.raises(RejectedError):
        read(f"Subject: {subject}\n{HEAD}\nSTOP")


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@x.id",
        "postmaster@x.id",
        "post_master@x.id",
        "donotreply+1@x.id",
        "no-reply@x.id",
        "noreply@x.id",
        MAILBOX.upper(),
    ],
)
def test_a_machine_is_known_by_its_address(sender):
    with pytest.raises(RejectedError):
        read(f"From: {sender}\n\nSTOP")


@pytest.mark.parametrize("envelope_from", ["", "<>", "mailer-daemon@x.id"])
def test_a_bounce_is_known_by_its_envelope(envelope_from):
    with pytest.raises(RejectedError):
        read(f"{HEAD}\nSTOP", envelope_from)


@pytest.mark.parametrize(
    "field",
    ["Auto-Submitted: no", "Auto-Submitted: No (x)", "Precedence: first-class",
     "X-Auto-Response-Suppress: None", "X-Autoreply: no", "Return-Path: <siti@x.id>",
     "Subject: Otomatis terdaftar?", "Subject: Vacation", "Subject: Cuti bersama",
     "Subject: Re: Automatic reply: Daftar", "Subject: Kantor di luar kota", "Subject: Leave"],
)  # fmt: skip
def test_a_person_is_answered(field):
    assert read(f"{field}\n{HEAD}\nSTOP").text == "STOP"


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("siti@x.id", "siti@x.id"),
        ("SITI@X.ID", "siti@x.id"),
        ("Siti <siti@x.id>", "siti@x.id"),
        ('"Aminah, Siti <a@b.id>" <siti@x.id>', "siti@x.id"),
        ("siti@x.id (Siti Aminah)", "siti@x.id"),
        ("=?utf-8?b?U2l0aQ==?= <siti@x.id>", "siti@x.id"),
        ("a@b.id, c@d.id", "a@b.id"),
        ("Siti", None),
        ("", None),
        ("<>", None),
        ("siti@x.id\nFrom: other@x.id", None),
        ("<" + "a" * 65 + "@x.id>", None),
        ("<s\xefti@x.id>", None),
        ("(" * 5_000 + "siti@x.id", None),
    ],
)
def test_the_sender_is_the_one_address(field, address):
    if address is None:
        with pytest.raises(RejectedError):
            read(f"From: {field}\n\nSTOP")
    else:
        assert read(f"From: {field}\n\nSTOP").address.value == address


def test_without_an_id_the_same_mail_is_the_same_message():
    plain = f"From: {SENDER}\nDate: now\n\nNIK: {NIK}"
    one = read(plain).message_id
    assert one == read(plain).message_id
    assert NIK not in one
    for other in (plain + "1", plain.replace("now", "then"), plain.replace("siti", "sita")):
        assert read(other).message_id != one


# -- hostile mail ------------------------------------------------------------------------------

NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3_000)
)
HOSTILE = {
    "nested": NESTED,
    "many parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nNIK: x\n" * 50_000,
    "comments": b"Content-Type: text/html\n\n" + b"<!--" * 100_000,
    "tags": b"Content-Type: text/html\n\n" + b"<a " * 100_000,
    "angles": b"Content-Type: text/html\n\n" + b"<" * 300_000,
    "entities": b"Content-Type: text/html\n\n" + b"&#" * 150_000,
    "declarations": b"Content-Type: text/html\n\n" + b"<![" * 100_000,
    "closing": b"Content-Type: text/html\n\n" + b"</a" * 100_000,
    "scripts": b"Content-Type: text/html\n\n" + b"<script>" * 50_000,
    "rows": b"Content-Type: text/html\n\n" + b"<tr><td>x" * 30_000 + b"</td></tr>" * 9_000,
    "quotes": b"Content-Type: text/html\n\n" + b'<a x="' * 60_000,
    "spaces": b"\n" + b" " * 1_000_000 + b"x",
    "labels": b"\n" + b"NIK:\n" * 100_000,
    "attributions": b"\n" + (b"On 1 " + b"wrote " * 150 + b"\n") * 2_000,
    "headings": b"\n" + (b"a: " * 300 + b"\n") * 2_000,
    "remarks": b"\n" + (b"(" * 990 + b"\n") * 2_000,
    "bullets": b"\n" + (b"1. - " * 190 + b"\n") * 2_000,
    "dashes": b"\n" + (b" -" * 490 + b"\n") * 2_000,
    "commas": b"\n" + (b", NIK:" * 160 + b"\n") * 2_000,
    "base64": b"Content-Transfer-Encoding: base64\n\n" + b"=" * 300_000 + b"A",
    "boundaries": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"\n--bb" * 200_000,
    "fields": b"X: y\n" * 40_000,
    "folds": b"X:" + b"\n " * 90_000,
}  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_mail_takes_little_time(raw):
    letters = []
    assert seconds(lambda: letters.append(read(b"From: a@b.id\n" + raw))) < SECONDS_MAX
    assert isinstance(letters[0], Inbound)


def test_a_head_is_bounded(monkeypatch):
    monkeypatch.setattr(head, "HEAD_BYTES_MAX", 1_000)
    front = f"From: {SENDER}\nX: "
    assert read(f"{front}{'y' * (998 - len(front))}\n\nSTOP").text == "STOP"
    with pytest.raises(RejectedError):
        read(f"{front}{'y' * 1_000}\n\nSTOP")


def test_lines_and_parts_are_bounded(monkeypatch):
    monkeypatch.setattr(body, "LINES_MAX", 5)
    assert read_body("\n" * 4 + f"NIK: {NIK}").answers
    assert not read_body("\n" * 5 + f"NIK: {NIK}").answers
    front = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n"
    monkeypatch.setattr(body, "TEXTS_MAX", 3)
    assert read(f"{front}{chr(10)}--b\n\n\n" + "--b\n\n\n" + f"--b\n\nNIK: {NIK}\n").answers
    assert not read(
        f"{front}{chr(10)}--b\n\n\n" + "--b\n\n\n" * 2 + f"--b\n\nNIK: {NIK}\n"
    ).answers


FIELDS = st.sampled_from(
    [b"Content-Type", b"Content-Transfer-Encoding", b"Subject", b"References", b"Message-ID"]
)
WORTH = st.sampled_from(
    [b"multipart/mixed; boundary=b", b"text/html", b"text/plain; charset=\xff", b"base64",
     b"quoted-printable", b"=?x?b?=?= =?utf-8?q?=ff?=", b"<a@b> <", b"message/rfc822"]
)  # fmt: skip


@given(raw=st.binary(max_size=400), fields=st.lists(st.tuples(FIELDS, WORTH | st.binary())))
def test_any_bytes_are_a_letter_or_refused(raw, fields):
    front = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    for whole in (raw, b"From: a@b.id\r\n" + front + b"\r\n--b\r\n\r\n" + raw, front + raw):
        try:
            letter = read(whole)
        except RejectedError:
            continue
        assert set(letter.answers) <= set(ALL)
        said = [*letter.answers.values(), letter.text, *letter.thread.values(), letter.message_id]
        for text in said:
            text.encode()
            assert "\0" not in text


# -- answers -----------------------------------------------------------------------------------


def outgoing(**headers):
    return Outgoing(
        key=f"email:{SENDER}/<1@x.example>",
        channel=Channel.EMAIL,
        address=Address(AddressKind.EMAIL, SENDER),
        reply=Reply((Prompt("menu"),), "id"),
        created_at=NOW,
        headers=headers,
    )


SUBJECT, OUR_NAME = "Pendaftaran Vaksinasi", "Vaksinasi COVID-19"


def compose(message, text="Halo\n", subject=SUBJECT, **more):
    titles = Titles(subject, **more)
    return compose_letter(message, text, sender=OwnMailbox(MAILBOX), titles=titles)


def fields_of(raw):
    front = re.sub(rb"\r\n[ \t]", b" ", raw.partition(b"\r\n\r\n")[0]).decode("ascii")
    return dict(line.split(": ", 1) for line in front.split("\r\n"))


def test_an_answer_is_filed_under_its_letter():
    asked = read(f"References: <0@x.example>\nTo: {MAILBOX}\n{HEAD}\nSTOP")
    fields = fields_of(compose(outgoing(**asked.thread)))
    assert fields["From"] == MAILBOX
    assert fields["To"] == SENDER
    assert fields["Subject"] == SUBJECT
    assert fields["In-Reply-To"] == "<1@x.example>"
    assert fields["References"] == "<0@x.example> <1@x.example>"
    assert fields["Auto-Submitted"] == "auto-replied"
    assert fields["Date"] == "Fri, 15 Jan 2021 08:00:00 +0000"


@pytest.mark.parametrize(
    "fields",
    [
        "In-Reply-To: {}",
        "References: <0@x.example> {}",
        "In-Reply-To: {} <3@x.example>\nReferences: <0@x.example>",
    ],
)
def test_what_answers_an_answer_gives_its_proof_back(fields):
    reply = Reply((Prompt("letter_signature", {"proof": "abc123"}),), "id")
    bearing = fields_of(compose(replace(outgoing(), reply=reply)))["Message-ID"]
    assert read(f"{fields.format(bearing)}\n{HEAD}\n1").proof == "abc123"


@pytest.mark.parametrize(
    "fields", ["", "In-Reply-To: <1@x.example>\n", "In-Reply-To: x\n", "References: <>\n"]
)
def test_other_letters_prove_nothing(fields):
    assert read(f"{fields}{HEAD}\n1").proof == ""
    assert "." not in fields_of(compose(outgoing()))["Message-ID"].partition("@")[0]


def test_a_number_beside_the_code_asks_nothing_again():
    assert read_body(f"Status {ASKED}\n123456").text == "123456"


def test_an_answer_is_never_answered():
    with pytest.raises(RejectedError):
        read(compose(outgoing()))


def test_nobody_elses_subject_leaves_by_our_mailbox():
    bait = "BONUS Rp500rb, buka https://phish.example"
    asked = read(f"Subject: {bait}\nMessage-ID: <1@x.example>\nFrom: {SENDER}\n\nSTOP")
    for thread in (asked.thread, {**asked.thread, "subject": bait}):
        assert b"phish" not in compose(outgoing(**thread))
        assert fields_of(compose(outgoing(**thread)))["Subject"] == SUBJECT


@pytest.mark.parametrize(
    ("name", "shown"),
    [("", MAILBOX), (OUR_NAME, f'"{OUR_NAME}" <{MAILBOX}>'),
     ('Tim "A" \\, Satu', f'"Tim \\"A\\" \\\\, Satu" <{MAILBOX}>'),
     ("a\r\nBcc: x", f'"a Bcc: x" <{MAILBOX}>')],
)  # fmt: skip
def test_the_campaigns_name_stands_before_our_mailbox(name, shown):
    fields = fields_of(compose(outgoing(), name=name))
    assert (fields["From"], head.read_address(fields["From"])) == (shown, MAILBOX)


@given(name=st.text(min_size=1, max_size=100))
def test_any_name_leaves_our_mailbox_readable(name):
    raw = compose(outgoing(), name=name)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert head.read_address(fields_of(raw)["From"]) == MAILBOX


def test_the_same_answer_is_the_same_bytes():
    assert compose(outgoing()) == compose(outgoing())
    other = replace(outgoing(), key="other")
    assert fields_of(compose(other))["Message-ID"] != fields_of(compose(outgoing()))["Message-ID"]


@given(text=st.text(), subject=st.text(max_size=300))
def test_words_survive_the_way(text, subject):
    raw = compose(outgoing(), text, subject=subject)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    mail = head.split_part(raw.replace(b"\r\n", b"\n").replace(b"auto-replied", b"no"))
    assert mail.get("to") == SENDER
    written = head.tidy(subject)
    if written:
        assert written[:100].strip() in head.decode_field(mail.get("subject"))


@given(value=st.text(alphabet=st.sampled_from("\r\n\t :<>@aX\x0b\x85\u2028é"), max_size=60))
def test_no_field_is_injected(value):
    headers = dict.fromkeys(("subject", "in_reply_to", "references"), f"{value}\r\nBcc: x@y.id")
    front = compose(outgoing(**headers)).partition(b"\r\n\r\n")[0]
    assert b"\nBcc" not in front
    assert set(fields_of(compose(outgoing(**headers)))) <= {
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip


# -- recordings of others ----------------------------------------------------------------------


def recordings(folder):
    """Return the mails; none when no folder is named. A named folder must have some."""
    if THEIRS is None:
        return []
    files = sorted((Path(THEIRS) / "email" / folder).iterdir())
    assert files, f"no email/{folder} in the folder that SATUPINTU_FIXTURES names"
    return files


@pytest.mark.parametrize("folder", ["bounces", "autoreply"])
def test_recorded_mails_of_machines_are_refused(folder):
    for file in recordings(folder):
        if "is-not-bounce" in file.name:
            assert read(file.read_bytes()).text
        else:
            with pytest.raises(RejectedError):
                read(file.read_bytes())


LABELLED_INDEED = {"mikel_empty_group_lists.eml"}  # a swindler asks for a name and a phone


@pytest.mark.parametrize("folder", ["replies", "mime", "cpython"])
def test_nothing_is_invented_from_recorded_mails(folder):
    for file in recordings(folder):
        raw = file.read_bytes()
        for whole in (raw, *([b"From: a@b.id\n\n" + raw] if folder == "replies" else [])):
            try:
                letter = read(whole)
            except RejectedError:
                continue
            assert not letter.answers or file.name in LABELLED_INDEED, file.name


def test_a_letter_cut_at_its_lines_is_told():
    rows = "NIK: 3204115706960001\nNama: Siti"
    for extra, cut in ((0, False), (1, True)):
        text = rows + "\n" * (body.LINES_MAX - 2 + extra) + "x"
        assert (REST in read_body(text).unread) is cut
    pairs = f"{rows}\n" + "No HP: , Profesi: \n" * (body.LINES_MAX // 2)  # two answers a line
    assert read_body(pairs).unread == {REST}


def test_of_a_text_in_both_forms_the_lines_are_bounded_together():
    plain = "x\n" * body.LINES_MAX
    rows = [f"<tr><td>A B<td>{3204115706960001 + n}" for n in range(HTML_LINES_MIN)]
    html_ = f"<table><tr><td>Nama<td>NIK{''.join(rows)}</table>"
    mail = EmailMessage()
    mail["From"] = SENDER
    mail.set_content(plain)
    mail.add_alternative(html_, subtype="html")
    letter = read(mail.as_bytes())
    assert HTML_LINES_MIN - 5 <= len(letter.rows) < HTML_LINES_MIN
    assert REST in letter.unread
