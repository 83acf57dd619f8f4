"""Parse a letter (an email) into an `Inbound`, and compose our answer as one.

Parsing is total: any bytes give a letter or `RejectedError`. It avoids the standard library's
mail parser, which on hostile mail raises errors of its own or takes quadratic time.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote
from hashlib import blake2b
from typing import Final, NamedTuple

from msgspec.structs import replace

from channels.contract import RejectedError
from channels.email.attachments import read_attachments
from channels.email.automatic import is_automatic
from channels.email.forwards import Way
from channels.email.headers import Part, decode_field, read_address, read_ids, split_part, tidy
from channels.email.labels import Labels
from channels.email.parts import Attachment, write_body
from channels.email.reading import LetterReader
from channels.email.tokens import make_token, tagged
from channels.email.vouching import MailTrust, is_aligned, is_authentic, read_echo
from channels.shared.calendar import method_of, write_calendar
from channels.shared.ticket_image import draw_qr_code
from core.conversation.keywords import Keywords
from core.messages import (
    ATTACHMENT,
    LETTER,
    Address,
    AddressKind,
    Channel,
    Inbound,
    ListedPerson,
)
from core.outbox.message import Outgoing

PROVIDER: Final = "smtp"
SENDERS_MAX: Final = 3  # `From` fields that are read
CALENDAR_FILE: Final = "janji.ics"
PICTURE_FILE: Final = "tiket.png"
DIGEST_BYTES: Final = 8  # with its tokens it is short enough that no mailer folds a Message-ID
NO_TRUST: Final = MailTrust()

_FORWARD = re.compile(r"(?:fwd?|tr|wg|terusan|diteruskan)\s*:", re.IGNORECASE)
_REPLY = re.compile(r"(?:re|bls|balas|aw|sv|antw)\s*(?:\[[0-9]+\])?\s*:", re.IGNORECASE)


class OwnMailbox(NamedTuple):
    """The mailbox that our letters come from, and the secret of the tokens that they bear."""

    address: str
    secret: bytes = b""


class LetterParser:
    """Parses letters, with the labels and keywords of every offered language."""

    def __init__(self, labels: Labels, keywords: Keywords, trust: MailTrust = NO_TRUST) -> None:
        self._reader, self._trust = LetterReader(labels, keywords), trust

    def parse(
        self,
        raw: bytes,
        *,
        received_at: datetime,
        envelope_from: str | None,
        mailboxes: Sequence[str],
        tags: Sequence[str] = (),
    ) -> Inbound:
        """Return what a person wrote. `mailboxes` are all ours; it was sent to the first.

        `tags` are what stood behind a `+` in the addresses that it was sent to. Raises
        `RejectedError` (250) for automatic mail or without one sender, (552) for a head that is
        too large; `ForgedError` if our mail server says that the sender is forged.
        """
        mail, head_only = self._read_head(raw, received_at, envelope_from, mailboxes, tags)
        read = self._reader.read(mail, subject=_own_subject(mail), way=_way(mail, mailboxes))
        rows = [ListedPerson(row, one) for row, one in enumerate(read.rows, 1)]
        attached = read_attachments(read.files)
        return replace(
            head_only,
            text=read.text,
            answers=read.values,
            rows=tuple(rows),
            language=read.language,
            files=attached.files,
            unread=read.unread | ({ATTACHMENT} if attached.others else set()),
        )

    def parse_head(
        self,
        raw: bytes,
        *,
        received_at: datetime,
        envelope_from: str | None,
        mailboxes: Sequence[str],
        tags: Sequence[str] = (),
    ) -> Inbound:
        """Return an unreadable letter by its head alone; raises as `parse` does."""
        _mail, head_only = self._read_head(raw, received_at, envelope_from, mailboxes, tags)
        return replace(head_only, unread=frozenset({LETTER}))

    def _read_head(
        self,
        raw: bytes,
        received_at: datetime,
        envelope_from: str | None,
        mailboxes: Sequence[str],
        tags: Sequence[str],
    ) -> tuple[Part, Inbound]:
        """Return the mail, and the `Inbound` that its head alone gives."""
        mail = split_part(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        sender = _sender(mail)
        ours = [mailbox.lower() for mailbox in mailboxes]
        if is_automatic(mail, sender=sender, envelope_from=envelope_from, mailboxes=ours):
            raise RejectedError("a machine wrote this", status=250)
        echo = read_echo(mail, tags)
        return mail, Inbound(
            channel=Channel.EMAIL,
            provider=PROVIDER,
            address=Address(AddressKind.EMAIL, sender),
            message_id=_message_id(mail, sender),
            received_at=received_at,
            confirms=True,
            proof=".".join(echo.answered),
            authentic=is_authentic(mail, sender, echo, received_at, self._trust),
            aligned=is_aligned(sender, envelope_from),
            thread=_thread(mail, ours[0] if ours else ""),
        )


class Titles(NamedTuple):
    """The words of a letter's head, all ours: anybody may have written the letter it answers.

    `name` is shown for our mailbox; `event` is a ticket's appointment in calendars.
    """

    subject: str
    name: str = ""
    event: str = ""


def compose_letter(
    message: Outgoing,
    text: str,
    *,
    sender: OwnMailbox,
    titles: Titles,
    files: Sequence[Attachment] = (),
) -> bytes:
    """Return the letter with CRLF line ends; `files` go along.

    With a secret it bears a token, by which its answer shows that it comes from a reader of the
    mailbox.
    """
    headers, mailbox = message.headers, read_address(sender.address)
    domain = mailbox.partition("@")[2]
    token = _token(message, sender.secret)
    ours = tagged(mailbox, token)
    about, name = tidy(titles.subject), tidy(titles.name)
    answered = read_ids(headers.get("in_reply_to", ""))[:1]
    references = list(dict.fromkeys([*read_ids(headers.get("references", "")), *answered]))
    digest = blake2b(message.key.encode("utf-8", "replace"), digest_size=DIGEST_BYTES).hexdigest()
    borne = ".".join(filter(None, (digest, token, message.reply.proof)))
    fields = (
        ("From", f"{_display(name)} <{mailbox}>" if name else mailbox),
        ("Reply-To", ours),
        ("To", read_address(message.address.value)),
        ("Subject", _encode(about, "Subject")),
        ("Date", format_datetime(message.created_at)),
        ("Message-ID", f"<{borne}@{domain}>"),
        ("In-Reply-To", "".join(answered)),
        ("References", "\n ".join(references)),
        ("Auto-Submitted", "auto-replied" if message.answers_request else "auto-generated"),
        (
            "List-Unsubscribe",
            message.bulk and f"<mailto:{ours or mailbox}?subject=STOP&body=STOP>",
        ),
        ("MIME-Version", "1.0"),
    )
    head = "".join(f"{name}: {value}\n" for name, value in fields if value)
    tickets = _attachments(message, summary=titles.event or about, domain=domain)
    attached = (*tickets, *files)
    written = head.encode("ascii") + write_body(text, attached, boundary=f"=_{digest}")
    return written.replace(b"\n", b"\r\n")


def _token(message: Outgoing, secret: bytes) -> str:
    return make_token(secret, message.address.value, message.due_at) if secret else ""


def _attachments(message: Outgoing, *, summary: str, domain: str) -> tuple[Attachment, ...]:
    """Return a ticket's calendar file and, unless it is cancelled, its QR code."""
    ticket = message.ticket
    if ticket is None:
        return ()
    file = write_calendar(ticket, summary=summary, domain=domain, at=message.created_at)
    kind = f"text/calendar; method={method_of(ticket)}; charset=utf-8"
    calendar = Attachment(CALENDAR_FILE, kind, file)
    if ticket.kind == "cancelled":
        return (calendar,)
    return calendar, Attachment(PICTURE_FILE, "image/png", draw_qr_code(ticket.text))


def _display(name: str) -> str:
    """Return the name as it stands before an address (RFC 5322, 3.4)."""
    return f'"{quote(name)}"' if name.isascii() else _encode(name, "From")


def _encode(words: str, field: str) -> str:
    return Header(words, None if words.isascii() else "utf-8", header_name=field).encode()


def _sender(mail: Part) -> str:
    fields = mail.all("from")
    senders = {read_address(field) for field in fields[:SENDERS_MAX]} - {""}
    if len(senders) != 1 or len(fields) > SENDERS_MAX:
        raise RejectedError("the mail has no sender, or several", status=250)
    return senders.pop()


def _message_id(mail: Part, sender: str) -> str:
    if ids := read_ids(mail.get("message-id")):
        return ids[0]
    parts = (sender, mail.get("date"), mail.get("subject"))
    head = "\0".join(parts).encode("utf-8", "replace")
    return blake2b(head + b"\0" + mail.body, digest_size=16).hexdigest()


def _thread(mail: Part, mailbox: str) -> dict[str, str]:
    own = read_ids(mail.get("message-id"))[:1]
    before = read_ids(mail.get("references")) or read_ids(mail.get("in-reply-to"))[:1]
    thread = {
        "in_reply_to": "".join(own),
        "references": " ".join(dict.fromkeys([*before, *own])),
        "to": mailbox,
    }
    return {name: value for name, value in thread.items() if value}


def _own_subject(mail: Part) -> str:
    """Return the subject, unless the letter is a reply, whose subject is another letter's."""
    subject = decode_field(mail.get("subject"))
    return "" if mail.get("in-reply-to") or _REPLY.match(subject) else subject


def _way(mail: Part, mailboxes: Sequence[str]) -> Way:
    subject = decode_field(mail.get("subject"))
    forwards = bool(_FORWARD.match(subject))
    answers = not forwards and bool(mail.get("in-reply-to") or _REPLY.match(subject))
    return Way(forwards, answers, [mailbox.lower() for mailbox in mailboxes])
