"""Machines and forgers write; nobody is answered, whatever the envelope says."""

import os
from pathlib import Path

import pytest

from channels.email.letter import LetterParser
from channels.email.vouching import MailTrust
from tests.integration.test_smtp_in import BODY, SENDER, serving
from tests.scripts import KEYWORDS, LABELS

THEIRS = os.environ.get("SATUPINTU_FIXTURES")
AUTHSERV = "mx.pedulilindungi.id"
FAILED = f"{AUTHSERV}; spf=pass smtp.mailfrom=evil.id; dmarc=fail header.from=puskesmas.example"
MACHINES = [
    "Auto-Submitted: auto-replied",
    "Auto-Submitted: auto-generated (vacation)",
    "Auto-Submitted: auto-notified; owner-email=a@b.id",
    *(f"Precedence: {word}" for word in ("bulk", "junk", "list", "auto_reply", "Auto-Reply")),
    *(f"{name}: yes" for name in ("X-Autoreply", "X-Auto-Reply", "X-Autorespond")),
    "X-Autoresponder: vacation 3.1",
    "X-Auto-Response-Suppress: OOF, AutoReply",
    "X-Auto-Response-Suppress: All",
    "X-Failed-Recipients: vaksin@pedulilindungi.id",
    "X-Loop: siti@puskesmas.example",
    "List-Id: <staf.puskesmas.example>",
    "List-Unsubscribe: <mailto:x@puskesmas.example>",
    "Return-Path: <>",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    *(
        f"Subject: {subject}"
        for subject in (
            *("Automatic reply: Daftar", "Auto reply: Re: Daftar", "AutoReply"),
            *("Out of Office: Re: Daftar", "Out of the office", "Vacation reply", "On leave"),
            *("Balasan otomatis: Re: Daftar", "Pesan otomatis", "Jawaban otomatis - Daftar"),
            *("Sedang di luar kantor", "Saya sedang cuti", "Tidak berada di kantor"),
            *("Undeliverable: Daftar", "Undelivered Mail Returned to Sender"),
            *(
                "Mail delivery failed: returning message to sender",
                "Returned mail: see transcript",
            ),
        )
    ),
]
ROBOTS = ("MAILER-DAEMON", "postmaster", "post_master", "no-reply", "noreply", "bounces+1=x")
PASSED = "dmarc=pass header.from=puskesmas.example"
FORGED = [
    "\r\n".join(f"Authentication-Results: {field}" for field in fields)
    for fields in (
        (FAILED,),
        (f"mx.evil.id; {PASSED}", FAILED),
        (FAILED, f"{AUTHSERV}; {PASSED}"),
    )
]


def mails():
    """Return mails that must never be answered."""
    for head in (*MACHINES, *FORGED):
        yield f"{head}\r\nFrom: {SENDER}\r\nMessage-ID: <1@x>\r\n\r\n{BODY}".encode()
    for robot in ROBOTS:
        yield f"From: {robot}@puskesmas.example\r\nMessage-ID: <1@x>\r\n\r\n{BODY}".encode()
    for folder in ("autoreply", "bounces") if THEIRS else ():
        for file in sorted((Path(THEIRS) / "email" / folder).iterdir()):
            if "is-not-bounce" not in file.name:
                yield file.read_bytes()


@pytest.mark.parametrize("sender", ["", SENDER])
async def test_no_machine_and_no_forger_is_answered(sender):
    letters = LetterParser(LABELS, KEYWORDS, MailTrust(AUTHSERV, b"secret"))
    async with serving(parse=letters.parse) as house:
        for mail in mails():
            assert (await house.send(mail, sender=sender))[0] == 250
            assert house.intake.kept == [], mail
        person = f"From: {SENDER}\r\nMessage-ID: <1@x>\r\n\r\n{BODY}".encode()
        assert (await house.send(person))[0] == 250
        assert len(house.intake.kept) == 1


def test_the_corpus_has_forty():
    assert len(list(mails())) >= 40
