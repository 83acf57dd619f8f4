import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from channels.email.letter import LetterParser, OwnMailbox, Titles, compose_letter
from channels.email.tokens import TOKEN_CHARACTERS, TOKEN_DAYS
from channels.email.vouching import ForgedError, MailTrust, is_aligned
from core.conversation.letter_threads import TOKEN_BYTES
from core.messages import Address, AddressKind, Channel, Prompt, Reply, Voucher
from core.outbox.message import Outgoing
from tests.scripts import KEYWORDS, LABELS

NOW = datetime(2021, 1, 15, 8, 0, tzinfo=UTC)
OURS, AUTHSERV = "vaksin@pedulilindungi.id", "mx.pedulilindungi.id"
SENDER, OTHER = "siti@klinik.example", "budi@klinik.example"
SECRET = b"a secret of thirty-two characters"
TRUST = MailTrust(AUTHSERV, SECRET)
PASS = f"{AUTHSERV}; dmarc=pass header.from=klinik.example"
FAIL = f"{AUTHSERV}; dmarc=fail header.from=klinik.example"


def read(head="", *, part="parse", trust=TRUST, body="NIK: 1", **more):
    sender = more.pop("sender", SENDER)
    where = {"received_at": NOW, "envelope_from": sender, "mailboxes": (OURS,)} | more
    parser = LetterParser(LABELS, KEYWORDS, trust)
    return getattr(parser, part)(f"{head}From: {sender}\n\n{body}".encode(), **where)


def fields_of_ours(to=SENDER, secret=SECRET, **more):
    message = Outgoing(
        key="k",
        channel=Channel.EMAIL,
        address=Address(AddressKind.EMAIL, to),
        reply=Reply((Prompt("letter_signature", {"proof": "abc.def"}),), "id"),
        created_at=NOW,
    )
    sender = OwnMailbox(OURS, secret)
    raw = compose_letter(replace(message, **more), "Halo\n", sender=sender, titles=Titles("V"))
    lines = raw.decode().partition("\r\n\r\n")[0].split("\r\n")
    return dict(line.split(": ", 1) for line in lines)


def test_who_unsubscribes_as_a_letter_in_bulk_says_is_vouched_for():
    """A mailer writes what the link says (RFC 2369): the address, the subject; often no text."""
    link = fields_of_ours(bulk=True)["List-Unsubscribe"]
    found = re.fullmatch(r"<mailto:vaksin\+(\w+)@\S+\?subject=(\w+)&body=\w+>", link)
    for tags, vouched in (([found[1]], True), ([], False)):
        letter = read(f"Subject: {found[2]}\n", body="", tags=tags)
        assert (letter.text, letter.authentic) == ("STOP", vouched)


@pytest.mark.parametrize("part", ["parse", "parse_head"])
def test_a_sender_that_our_mail_server_authenticated_vouches_for_the_letter(part):
    assert read(f"Authentication-Results: {PASS}\n", part=part).voucher is Voucher.MAILBOX
    assert read(part=part).voucher is Voucher.NOBODY
    assert read(f"Authentication-Results: {PASS}\n", part=part, trust=MailTrust()).voucher is (
        Voucher.NOBODY
    )
    with pytest.raises(ForgedError) as forged:
        read(f"Authentication-Results: {FAIL}\n", part=part)
    assert forged.value.status == 250


def test_a_token_of_a_forged_letter_vouches_for_nothing():
    borne = fields_of_ours()["Message-ID"]
    with pytest.raises(ForgedError):
        read(f"Authentication-Results: {FAIL}\nIn-Reply-To: {borne}\n")


@pytest.mark.parametrize("name", ["In-Reply-To", "References"])
def test_an_answer_to_our_letter_is_authentic(name):
    borne = fields_of_ours()["Message-ID"]
    answer = read(f"{name}: {borne}\n")
    assert answer.authentic
    assert answer.proof.endswith(".abc.def")
    assert not read(f"{name}: {borne}\n", sender=OTHER).authentic
    assert not read(
        f"{name}: {borne}\n", received_at=NOW + timedelta(days=TOKEN_DAYS + 1)
    ).authentic
    assert not read(f"{name}: {borne.replace('.', 'x')}\n").authentic


def test_what_is_sent_to_where_our_letter_asks_is_authentic():
    local, _, domain = fields_of_ours()["Reply-To"].partition("@")
    mailbox, _, tag = local.partition("+")
    assert f"{mailbox}@{domain}" == OURS
    assert len(tag) == TOKEN_CHARACTERS
    assert read(tags=("x", tag)).authentic
    assert not read(tags=("x",)).authentic
    assert not read(tags=(tag,), sender=OTHER).authentic


def test_our_message_id_fits_a_line_with_its_tokens():
    """Where it does not, Python's own mailer encodes it in what answers it."""
    reply = Reply((Prompt("letter_signature", {"proof": "f" * 2 * TOKEN_BYTES}),), "id")
    borne = fields_of_ours(reply=reply)["Message-ID"]
    answer = EmailMessage()
    answer["In-Reply-To"] = borne
    assert borne in answer.as_string()


def test_without_a_secret_our_letters_bear_no_token():
    fields = fields_of_ours(secret=b"")
    assert "Reply-To" not in fields
    assert fields["Message-ID"].count(".") == len(".abc.def") - len("abcdef") + OURS.count(".")
    for answered in (fields["Message-ID"], fields_of_ours()["Message-ID"]):
        assert not read(f"In-Reply-To: {answered}\n", trust=MailTrust()).authentic


def test_a_reminder_bears_the_token_of_the_day_on_which_it_is_due():
    due = NOW + timedelta(days=TOKEN_DAYS)
    borne = fields_of_ours(not_before=due)["Message-ID"]
    assert read(f"In-Reply-To: {borne}\n", received_at=due + timedelta(days=TOKEN_DAYS)).authentic


@pytest.mark.parametrize(
    ("envelope", "aligned"),
    [
        ("bounce-1@klinik.example", True),
        ("<x@KLINIK.example>", True),
        ("x@mail.klinik.example", True),
        ("x@example", True),
        ("x@evil.example", False),
        ("x@notklinik.example", False),
        ("x@klinik.example.evil.id", False),
        ("klinik.example", False),
        ("", False),
        (None, False),
    ],
)
def test_an_envelope_of_another_domain_is_not_aligned(envelope, aligned):
    assert is_aligned(SENDER, envelope) is aligned
    assert is_aligned("a@mail.klinik.example", "b@klinik.example")
