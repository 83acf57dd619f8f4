"""Send letters through the relay, the mail server that sends our mail."""

import secrets
import ssl
from collections.abc import Mapping
from functools import partial

import aiosmtplib
from msgspec.structs import replace

from channels.contract import Refusal, Refused, Sent
from channels.email.bounces import REFERENCE_BYTES, return_path
from channels.email.letter import OwnMailbox, Titles, compose_letter
from channels.email.list_file import list_file
from core.messages import Prompt, Reply
from core.outbox.message import Claimed, Outgoing
from core.outbox.ticket import Ticket
from core.wording.catalog import Wording
from gateway.sending.delivery import Route
from gateway.settings.relay_url import Server

MARKER = Prompt("letter_marker")  # what a reply quotes is ours from here on
ANSWER_SECONDS = 30.0
PERMANENT = 500  # and above (RFC 5321, 4.2.1)
AUTHENTICATION = range(530, 540)  # also 5xx, but about us: an operator can mend it


def by_mail(server: Server, wording: Wording, sender: OwnMailbox) -> Route:
    """Return the route of letters, which come from the campaign's mailbox."""
    # One for all letters: to read the trusted roots takes 30 ms.
    tls_context = ssl.create_default_context() if server.tls or server.starttls else None

    async def hand(claimed: Claimed) -> Sent | Refused:
        message = claimed.message
        letter = write_letter(message, wording, sender)
        # An automatic answer has no return path (RFC 3834, 3.3).
        reference = "" if message.answers_request else secrets.token_hex(REFERENCE_BYTES)
        path = return_path(reference, sender.address) if reference else ""
        try:
            async with _client(server, tls_context) as client:
                await client.sendmail(path, [message.address.value], letter)
        except (aiosmtplib.SMTPException, OSError) as error:
            return _to_refused(error)
        return Sent(reference or message.key)

    return Route("smtp", hand)


def write_letter(message: Outgoing, wording: Wording, sender: OwnMailbox) -> bytes:
    """Return the letter that carries a message, with CRLF line ends."""
    marked = replace(message.reply, prompts=(MARKER, *message.reply.prompts))
    text = wording.text(marked, "long")
    titles = _titles(wording, message.ticket, message.reply.language)
    files = list_file(message.reply, partial(_words, wording, message.reply.language))
    return compose_letter(message, text, sender=sender, titles=titles, files=files)


def _words(wording: Wording, language: str, key: str, args: Mapping[str, str] = {}) -> str:
    return wording.text(Reply((Prompt(key, dict(args)),), language), "long")


def _titles(wording: Wording, ticket: Ticket | None, language: str) -> Titles:
    subject, name = (_words(wording, language, key) for key in ("letter_subject", "letter_sender"))
    if ticket is None:
        return Titles(subject, name)
    event = _words(wording, language, "ticket_event", {"dose": str(ticket.dose)})
    return Titles(subject, name, event)


def _client(server: Server, tls_context: ssl.SSLContext | None) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.tls,
        start_tls=server.starttls,
        tls_context=tls_context,
        timeout=ANSWER_SECONDS,
    )


def _to_refused(error: Exception) -> Refused:
    code = _code(error)
    final = code >= PERMANENT and code not in AUTHENTICATION
    means = Refusal.NOBODY if final else Refusal.LATER
    return Refused(f"smtp {code or type(error).__name__}", means)


def _code(error: Exception) -> int:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return error.recipients[0].code
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
