"""Letters that may be about several people, and what of a letter is not read."""

from email.message import EmailMessage

import pytest

from channels.contract import RejectedError
from channels.email import body
from channels.email.letter import SENDERS_MAX
from core.messages import ATTACHMENT, PERSONS, REST
from tests.unit.channels.email.test_letter import (
    ALL,
    FORM,
    HEAD,
    NAME,
    NIK,
    OLD,
    PHONE,
    SENDER,
    read,
    read_body,
    read_html,
)

OTHER_NIK, OTHER_NAME, OTHER_PHONE = "3273014107900015", "Sinta Maharani", "081299990002"

THREE = FORM.replace(f"No HP: {PHONE}\n", "")


@pytest.mark.parametrize(
    "text",
    [
        f"Nama: Ani, NIK: {NIK}\nNama: Budi, NIK: {NIK}",
        f"Name: Ani\nProfession: doctor\nwe hereby certify that\nPhone: {PHONE}",
        # A mobile number above the person may answer a letter that is quoted below it.
        f"No HP: {OTHER_PHONE}\nberikut datanya\n{FORM}",
        f"PUSKESMAS MELATI\nHP: {OTHER_PHONE}\n\n{FORM}",
        f"Nama: dr. Andi\nuntuk itu kami sampaikan data pegawai:\nNIK: {NIK}\nProfesi: Perawat",
        f"NIK: {NIK}\nUnit:\nIGD\nPegawai berikut\nNama: Budi\nNo HP: {PHONE}",
        # Headings that no mailer known to us writes.
        *(
            f"Nama: BUDI\nNo HP: {PHONE}\n\n{heading}\n\nNIK: {NIK}\nProfesi: perawat"
            for heading in (
                "Von: Siti <siti@x.id>",
                "De : siti@x.id",
                "发件人: Siti <siti@x.id>",
                "--- Mesej Asal ---",
                "-----Mensaje original-----\nDe: Siti",
                "Dari: Siti\nKepada: Budi",
                "[15/1 08:02] Siti:",
                "Dari Siti pada hari Senin:",
                "*** Diteruskan ***",
                "Siti/RS/ID\n12/01/2021 10:00\n\nTo a@b.co\ncc\nSubject b",
                "Siti menulis pada 2021-01-12 10:00:",
                "Siti Rohani (12/01/2021 10:00):",
                "Berikut email dari Siti tanggal 12 Januari 2021:",
                "Dikutip dari Siti Rohani:",
            )
        ),
        f"Nama: BUDI\nTipe nakes: dokter\nBudi (b@x.id) 15 Jan 2021 08:00\n{OLD}No HP: {PHONE}",
        f"Nama: BUDI\nTipe nakes: dokter\n--- Pesan sebelumnya ---\nNIK: {NIK}\nNo HP: {PHONE}",
        f"Nama: BUDI\nTipe nakes: dokter\nFrom: Siti <siti@x.id>\nNIK: {NIK}\nNo HP: {PHONE}",
    ],
)
def test_where_a_letter_may_be_about_several_people_nothing_is_taken(text):
    letter = read_body(text)
    assert PERSONS in letter.unread
    assert (letter.answers, letter.text) == ({}, "")


@pytest.mark.parametrize(
    "text",
    [
        f"{FORM}\nTerima kasih\n{FORM}",
        f"{FORM}NIK: 3204-1157-0696-0001\nNama: Siti Aminah, S.Kep.\nWA: +62 812 1111 0001",
        f"Tempat/Tgl lahir: Bandung, 17-06-1996\nAlamat:\nJl. Mawar 3\nRT 02/03\n{FORM}",
        FORM.replace("Profesi", "Alamat: Jl. Mawar 3\nRT 02/03 Kel. Cibiru\nProfesi"),
        FORM.replace("Profesi", "Email: siti@klinik.example\nUnit kerja:\nIGD\n\nProfesi"),
        f"Kepada Yth. Panitia\nDengan ini kami menerangkan bahwa:\n{FORM}adalah benar perawat.",
        f"{FORM}Demikian kami menugaskan yang bersangkutan. Email: klinik@x.id",
        f"Saya ingin mendaftarkan diri.\n{FORM}",
        f"{FORM}\nHormat kami,\nNama: dr. Bambang\nJabatan: Kepala\nHP: {OTHER_PHONE}",
        f"{FORM}\nTerima kasih,\nBudi\nHP {OTHER_PHONE}",
        f"{FORM}\nBest regards\nBudi\nPhone: {OTHER_PHONE}",
        f"{FORM}\n-- \nBudi\nHP: {OTHER_PHONE}",
        f"Salam,\n{FORM}",
        f"Terima kasih sebelumnya. Berikut datanya:\n{FORM}",
    ],
)
def test_one_person_is_one_person(text):
    letter = read_body(text)
    assert letter.answers == ALL
    assert not letter.unread


@pytest.mark.parametrize(
    "signature",
    ["-- \nBudi\nHP: {}", "Hormat kami,\nKlinik Melati\nTelp {}", "Terima kasih\n\nBudi\nWA: {}",
     "Wassalamualaikum wr. wb.\nBudi\nNo HP: {}", "Salam hormat,\nHP: {}", "Regards,\nHP: {}"],
)  # fmt: skip
def test_the_phone_of_a_signature_is_nobodys(signature):
    letter = read_body(f"{THREE}\n{signature.format(OTHER_PHONE)}")
    assert letter.answers == {key: value for key, value in ALL.items() if key != "phone"}


@pytest.mark.parametrize("opening", ["Salam sehat,", "Hormat kami,", "Terima kasih"])
def test_who_asks_may_ask_below_a_courtesy(opening):
    assert read_body(f"{opening}\nSTATUS 7K3M-9QXF").text == "STATUS 7K3M-9QXF"


@pytest.mark.parametrize(
    "text",
    [
        f"{FORM}No WA: {OTHER_PHONE}",
        f"{THREE}HP: +6591234567\nTelp: {OTHER_PHONE}",
        f"{THREE}\nMohon bantuannya.\n\nBudi Admin\nRS Melati, Jl. Merdeka 1\nHP: {OTHER_PHONE}",
        f"{THREE}Demikian permohonan kami.\nBudi Admin\nHP: {OTHER_PHONE}",
        f"PUSKESMAS MELATI\nTelp: (022) 589-1234\n\n{THREE}",
    ],
)
def test_a_phone_that_may_be_anothers_is_nobodys(text):
    letter = read_body(text)
    assert letter.answers == {key: value for key, value in ALL.items() if key != "phone"}
    assert not letter.unread


@pytest.mark.parametrize(
    "text",
    [
        f"PUSKESMAS MELATI\nTelp: (022) 589-1234\n\n{FORM}",
        f"{FORM}\nMohon bantuannya.\n\nBudi Admin\nHP: {OTHER_PHONE}",
        f"{FORM}\nPIC: Budi\nHP: {OTHER_PHONE}",
    ],
)
def test_the_phone_of_the_house_or_of_who_signs_takes_nothing_from_the_person(text):
    letter = read_body(text)
    assert (letter.answers, letter.unread) == (ALL, set())


def test_a_rank_that_is_no_profession_is_asked_about():
    letter = read_body(f"{FORM}Jabatan: Kepala Ruangan")
    assert letter.answers == {key: value for key, value in ALL.items() if key != "profession"}


# -- what others wrote -------------------------------------------------------------------------

SITI = f"NIK: {NIK}\nNama: {NAME}\nTipe nakes: perawat\nNo HP: {PHONE}"
HEADINGS = {
    "zoho": "---- On Fri, 15 Jan 2021 08:00:00 +0700 Siti <siti@x.id> wrote ----",
    "gmail": "On Fri, Jan 15, 2021 at 8:00 AM Siti <siti@x.id> wrote:",
    "gmail, wrapped": "On Fri, Jan 15, 2021 at 8:00 AM Siti Aminah <\nsiti@x.id> wrote:",
    "gmail, old": "2021/1/15 Siti Aminah <siti@x.id>",
    "gmail, id": "Pada tanggal Jum, 15 Jan 2021 pukul 08.00 Siti <siti@x.id> menulis:",
    "yandex": '15.01.2021, 08:00, "Siti" <siti@x.id>:',
    "mail.ru": "Пятница, 15 января 2021, 8:00 +03:00 от Siti <siti@x.id>:",
    "no colon": "On 15/01/2021 08:00, Siti <siti@x.id> wrote",
    "old outlook": "Siti [mailto:siti@x.id] 15-01-2021 menulis :",
    "hotmail": "Date: Fri, 15 Jan 2021 08:00:00 +0700\nFrom: siti@x.id\nTo: v@x.id\nSubject: x",
    "apple": "From: Siti <siti@x.id>\nSubject: x\nDate: 15 January 2021 at 08.00.00 WIB\nTo: v",
    "outlook": "From: Siti\nSent: Friday\nTo: V\nSubject: x",
    "lotus": "To: v@x.id\nFrom: siti@x.id\nDate: 15/01/2021\nSubject: x",
    "asked": "-----Original Message-----",
    "groupwise": ">>> Siti Rohani <siti@x.id> 12/01/2021 10:00 >>>",
}


@pytest.mark.parametrize("heading", HEADINGS.values(), ids=HEADINGS.keys())
def test_old_letters_never_complete_a_new_one(heading):
    letter = read_body(f"Nama: BUDI SANTOSO\nTipe nakes: dokter\n\n{heading}\n\n{SITI}")
    assert letter.answers == {"full_name": "BUDI SANTOSO", "profession": "dokter"}
    assert not letter.unread


@pytest.mark.parametrize("heading", HEADINGS.values(), ids=HEADINGS.keys())
def test_a_quoted_letter_below_any_heading_is_skipped(heading):
    quoted = "\n".join(f"> {line}" for line in SITI.split("\n"))
    letter = read_body(f"{heading}\n{quoted}\n\nNama: BUDI SANTOSO\nTipe nakes: dokter")
    assert letter.answers == {"full_name": "BUDI SANTOSO", "profession": "dokter"}


# -- attachments -------------------------------------------------------------------------------


def mail(text=FORM, html=""):
    message = EmailMessage()
    message["From"], message["Subject"] = SENDER, "Daftar"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


@pytest.mark.parametrize(
    ("kind", "name"),
    [("application/pdf", "a.pdf"), ("image/jpeg", "ktp.jpg"),
     ("text/plain", "a.txt"), ("application/octet-stream", "a.xlsx")],
)  # fmt: skip
def test_that_an_attachment_is_not_read_is_known(kind, name):
    for html in ("", "<p>NIK: 1</p>"):
        message = mail(html=html)
        main, sub = kind.split("/")
        message.add_attachment(b"NIK: 1", maintype=main, subtype=sub, filename=name)
        letter = read(message.as_bytes())
        assert (letter.answers, letter.unread) == (ALL, {ATTACHMENT})


def test_a_file_that_is_not_said_to_be_attached_is_one():
    for kind in ("text/calendar", "application/pdf", "image/png"):
        front = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\n{FORM}\n"
        letter = read(f"{front}--b\nContent-Type: {kind}\n\nNIK: 1\n--b--\n")
        assert (letter.answers, letter.unread) == (ALL, {ATTACHMENT})
        assert read(f"{HEAD}Content-Type: {kind}\n\nNIK: 1").unread == {ATTACHMENT}


def test_an_attachment_in_the_form_that_is_not_read_is_seen():
    inner = "Content-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: text/html\n\nx\n"
    inner += "--c\nContent-Type: application/pdf\n\nx\n--c--\n"
    front = f"{HEAD}Content-Type: multipart/alternative; boundary=b\n\n--b\n\n{FORM}\n--b\n"
    letter = read(f"{front}{inner}--b--\n")
    assert (letter.answers, letter.unread) == (ALL, {ATTACHMENT})


def test_a_logo_a_seal_and_another_form_of_the_text_are_no_attachments():
    logo = "Content-Type: image/png\nContent-ID: <1>\nContent-Disposition: inline\n\nx\n"
    related = f"Content-Type: multipart/related; boundary=c\n\n--c\n\n{FORM}\n--c\n"
    related += f"{logo.replace('inline', 'attachment; filename=l.png').replace('attachment', 'x')}"
    for kind, part in (
        ("mixed", logo),
        ("signed", "Content-Type: application/pgp-signature\n\nx\n"),
        ("alternative", "Content-Type: text/calendar\n\nx\n"),
        ("mixed", f"{related}--c--\n"),
    ):
        front = f"{HEAD}Content-Type: multipart/{kind}; boundary=b\n\n--b\n\n{FORM}\n--b\n"
        letter = read(f"{front}{part}--b--\n")
        assert (letter.answers, letter.unread) == (ALL, set())


# -- bounds ------------------------------------------------------------------------------------


def test_so_much_text_is_read_of_all_parts_together(monkeypatch):
    most = 200
    monkeypatch.setattr(body, "TEXT_CHARACTERS_MAX", most)
    line = f"NIK: {NIK}"
    for kind in ("text/plain", "text/html"):
        front = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n"
        first = "x" * 100
        for more, whole in ((0, True), (1, False)):
            second = "y" * (most - len(first) - len(line) - 1 + more) + f"\n{line}"
            second = second.replace("\n", "<br>") if kind == "text/html" else second
            part = f"--b\nContent-Type: {kind}\n\n"
            letter = read(f"{front}{part}{first}\n{part}{second}\n--b--\n")
            assert letter.answers == ({"nik": NIK} if whole else {})
            assert letter.unread == (set() if whole else {REST})


def test_what_is_quoted_may_be_as_long_as_it_likes():
    letter = read_body(f"{FORM}\n{HEADINGS['outlook']}\n{'x ' * body.TEXT_CHARACTERS_MAX}")
    assert (letter.answers, letter.unread) == (ALL, set())


def test_so_much_markup_is_read(monkeypatch):
    form = FORM.replace("\n", "<br>")
    monkeypatch.setattr(body, "MARKUP_CHARACTERS_MAX", len(form))
    assert read_html(form + "<!-- not counted -->").answers == ALL
    assert read_html("<br>" * 9 + form).answers != ALL


def test_so_much_is_decoded(monkeypatch):
    monkeypatch.setattr(body, "ENCODED_BYTES_MAX", len(FORM))
    assert read_body(FORM).answers == ALL
    assert read_body("\n" + FORM.removesuffix("\n")).answers == ALL
    assert read_body("\n\n" + FORM).unread == {REST}


def test_so_many_senders_are_read():
    one = f"From: {SENDER}\n"
    assert read(f"{one * SENDERS_MAX}\nSTOP").text == "STOP"
    with pytest.raises(RejectedError):
        read(f"{one * (SENDERS_MAX + 1)}\nSTOP")


def test_a_vast_entity_is_no_letter():
    assert read_html("&#" + "9" * 5_000 + f";<br>NIK: {NIK}").answers == {"nik": NIK}


def test_the_head_of_a_part_is_bounded(monkeypatch):
    monkeypatch.setattr(body, "PART_HEAD_BYTES_MAX", 100)
    front = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\nX: "
    for size, found in ((95, True), (96, False)):
        assert bool(read(f"{front}{'y' * size}\n\nNIK: {NIK}\n--b--\n").answers) is found


def test_parts_are_bounded_in_the_whole_mail(monkeypatch):
    monkeypatch.setattr(body, "PARTS_MAX", 4)
    front = f"{HEAD}Content-Type: multipart/mixed; boundary=b\n\n"
    inner = f"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nNIK: {NIK}\n--c--\n"
    for before, found in ((1, True), (2, False)):  # an end counts as one
        assert bool(read(front + "--b\n\nx\n" * before + inner + "--b--\n").answers) is found


@pytest.mark.parametrize("line", ["Kontak darurat: Budi", "Atasan langsung: Budi", "CP: Budi"])
def test_the_phone_of_a_contact_is_not_the_persons(line):
    letter = read_body(f"Nama: Ani\nNIK: {NIK}\nProfesi: bidan\n{line}\nNo HP: {PHONE}")
    assert letter.answers == {"full_name": "Ani", "nik": NIK, "profession": "bidan"}


@pytest.mark.parametrize("heading", ["Budi Santoso:", "dr. Budi:", "Budi, S.Kep:", "Telp kantor:"])
def test_a_phone_below_what_may_be_a_heading_is_not_the_persons(heading):
    assert "phone" not in read_body(f"{THREE}{heading}\nNo HP: {OTHER_PHONE}").answers
    assert read_body(f"{FORM}{heading}\nTelepon: {OTHER_PHONE}").answers == ALL
    both = f"{THREE}\n{THREE.replace(NIK, OTHER_NIK)}{heading}\nNo HP: {OTHER_PHONE}"
    assert not any("phone" in row.answers for row in read_body(both).rows)
