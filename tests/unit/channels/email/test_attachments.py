"""The files of a mail are known by their content, and by their name where that is not enough."""

from email.message import EmailMessage
from email.mime.image import MIMEImage

import pytest

from channels.email.attachments import (
    CSV,
    FILES_MAX,
    HEAD_BYTES,
    OTHER_TABLE,
    XLSX,
    decode,
    read_attachments,
)
from channels.email.body import read_text
from channels.email.headers import Part, split_part
from core.messages import ATTACHMENT
from tests.scripts import START, parse_letter

ZIP, OLE = b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PDF, JPEG, PNG = b"%PDF-1.7\n", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"
TEXT = b"NIK,Nama\n3204115706960001,SITI AMINAH\n"
KNOWN = [
    ("text/csv", "daftar.csv", TEXT, CSV),
    ("application/vnd.ms-excel", "daftar.csv", TEXT, CSV),  # as Outlook calls it
    ("application/octet-stream", "DAFTAR.CSV", TEXT, CSV),
    ("text/tab-separated-values", "", TEXT, CSV),
    ("text/plain", "daftar.tsv", TEXT, CSV),
    ("text/csv", "", "\ufeffNIK".encode("utf-16"), CSV),
    (XLSX, "daftar.xlsx", ZIP, XLSX),
    ("application/octet-stream", "daftar nakes 1.xlsx", ZIP, XLSX),
    ("application/zip", "daftar.xlsx", ZIP, XLSX),
    ("application/vnd.ms-excel", "daftar.xls", OLE, OTHER_TABLE),
    ("application/vnd.ms-excel", "daftar.xls", b"<table>", OTHER_TABLE),
    ("application/octet-stream", "daftar.ods", ZIP, OTHER_TABLE),
    ("application/pdf", "surat.pdf", PDF, "application/pdf"),
    ("application/octet-stream", "surat", b"\r\n" + PDF, "application/pdf"),
    ("image/png", "ktp.jpg", JPEG, "image/jpeg"),
    ("image/jpeg", "ktp.png", PNG, "image/png"),
]
UNKNOWN = [
    ("application/zip", "daftar.zip", ZIP),
    ("application/msword", "daftar.doc", OLE),
    ("text/plain", "catatan.txt", TEXT),
    ("application/pdf", "surat.pdf", b"MZ no pdf"),
    ("text/csv", "daftar.csv", b"NIK\0"),
    (XLSX, "daftar.xlsx", b"no zip"),
    ("image/svg+xml", "x.svg", b"<svg/>"),
]


def mail(*files):
    message = EmailMessage()
    message["From"], message["Subject"] = "siti@klinik.example", "Daftar"
    message.set_content("Terlampir\n")
    for kind, name, data in files:
        main, sub = kind.split("/")
        more = {"filename": name} if name else {}
        message.add_attachment(data, maintype=main, subtype=sub, **more)
    return message.as_bytes()


def attached(raw):
    return read_attachments(read_text(split_part(raw)).files)


@pytest.mark.parametrize(("kind", "name", "data", "known"), KNOWN)
def test_a_file_is_what_its_content_says(kind, name, data, known):
    found = attached(mail((kind, name, data)))
    [file] = found.files
    assert (file.part, file.media_type, found.others) == (1, known, False)
    assert decode(file.body, file.encoding) == data


@pytest.mark.parametrize(("kind", "name", "data"), UNKNOWN)
def test_any_other_file_is_not_read_and_that_is_said(kind, name, data):
    raw = mail((kind, name, data))
    assert attached(raw) == ((), True)
    letter = parse_letter(raw, received_at=START, envelope_from=None, mailboxes=("a@b.c",))
    assert (letter.files, letter.unread) == ((), {ATTACHMENT})


def test_a_name_of_other_letters_is_read():
    for name in ("dáftar.xlsx", "daftar nakes \u2013 januari.xlsx"):
        [file] = attached(mail(("application/octet-stream", name, ZIP))).files
        assert file.media_type == XLSX


def test_files_are_numbered_as_they_come_and_so_many_are_read():
    many = [("application/pdf", "", PDF), ("text/plain", "x.txt", b"")]
    many += [("application/pdf", "", PDF)] * (FILES_MAX - 2)
    found = attached(mail(*many))
    assert [file.part for file in found.files] == [1, *range(3, FILES_MAX + 1)]
    assert found.others
    whole = attached(mail(*[("application/pdf", "", PDF)] * FILES_MAX))
    assert (len(whole.files), whole.others) == (FILES_MAX, False)
    more = attached(mail(*[("application/pdf", "", PDF)] * (FILES_MAX + 1)))
    assert (len(more.files), more.others) == (FILES_MAX, True)


def test_only_the_beginning_tells_a_file():
    for place, known in ((HEAD_BYTES - len(PDF), 1), (HEAD_BYTES, 0)):
        assert len(attached(mail(("application/x", "", b" " * place + PDF))).files) == known


def test_a_logo_of_a_signature_is_no_evidence():
    message = EmailMessage()
    message.set_content("x")
    message.make_mixed()
    logo = MIMEImage(PNG, "png")
    logo["Content-ID"], logo["Content-Disposition"] = "<1>", "inline"
    message.attach(logo)
    assert attached(message.as_bytes()) == ((), False)


def test_any_bytes_are_read_as_something():
    for encoding in ("base64", "quoted-printable", "8bit", "x", ""):
        for body in (b"", b"=", b"=Z", b"\xff\xfe\0", b"QQ=", b"QQQQQ"):
            head = (("content-transfer-encoding", encoding), ("content-type", "text/csv"))
            read_attachments([Part(head, body)])
