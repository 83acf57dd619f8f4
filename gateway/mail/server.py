"""Receive letters over SMTP; respond 250 only once they are durable.

It stands behind the ministry's mail server, which handles spam, TLS and authentication.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.contract import RejectedError
from channels.email.bounces import read_bounces
from channels.email.letter import PROVIDER
from channels.email.vouching import ForgedError
from core.database.unavailable import UnavailableError
from core.events import Receipt
from core.messages import Inbound
from core.turns.pipeline import ContendedError
from gateway.mail.connection import TOO_LARGE, BusyProtocol, ServerState, SmtpConnection
from gateway.mail.cpu_budget import OverBudgetError, run_within
from gateway.mail.peers import CONNECTIONS_MAX
from gateway.mail.recipients import Recipient, Recipients
from gateway.runtime.clock import Clock, utc_now
from gateway.runtime.logs import log, report
from gateway.runtime.metrics import Metrics

READ_SECONDS_MAX: Final = 0.1  # of processor time per letter; the largest takes some 0.05
HEAD_SECONDS_MAX: Final = 0.05  # likewise, for the head of an unreadable one
RECIPIENTS_MAX: Final = 100  # of one letter (RFC 5321, 4.5.3.1.8)

_OK = "250 2.0.0 OK"
_CROWDED = "452 4.5.3 Too many recipients"
_UNSURE = "451 4.3.0 Not certain; please send it again"

Deliver = Callable[[Inbound], Awaitable[None]]
Note = Callable[[Receipt], Awaitable[None]]


class Parse(Protocol):
    """Parses the bytes of a letter, as `LetterParser.parse` does."""

    def __call__(
        self,
        raw: bytes,
        *,
        received_at: datetime,
        envelope_from: str | None,
        mailboxes: Sequence[str],
        tags: Sequence[str] = (),
    ) -> Inbound:
        """Return what a person wrote, or raise `RejectedError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailIntake:
    """What the server needs: our mailboxes, parsers with their budgets, and intake.

    `deliver` takes letters, `note` what becomes of ours.
    """

    mailboxes: Sequence[str]
    deliver: Deliver
    note: Note
    metrics: Metrics
    parse: Parse
    parse_head: Parse
    tls: ssl.SSLContext | None = None
    clock: Clock = utc_now
    read_seconds: float = READ_SECONDS_MAX
    head_seconds: float = HEAD_SECONDS_MAX


async def listen_for_mail(listener: socket.socket, mail_intake: MailIntake) -> "MailServer":
    """Receive letters on the bound socket until `MailServer.drain`."""
    # aiosmtpd's own log lines hold addresses.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
    loop = asyncio.get_running_loop()
    mail = MailServer(mail_intake, loop)
    mail.server = await loop.create_server(mail.connect, sock=listener)
    return mail


class MailServer:
    """Receives letters; also the handler that aiosmtpd calls."""

    server: asyncio.Server

    def __init__(self, mail_intake: MailIntake, loop: asyncio.AbstractEventLoop) -> None:
        self._mail_intake, self._loop = mail_intake, loop
        self._state = ServerState(
            hostname=mail_intake.mailboxes[0].partition("@")[2],
            refused=self._refused,
            tls=mail_intake.tls,
        )
        self._letter_tasks: set[asyncio.Task[str]] = set()
        self._parsing = asyncio.Lock()
        self._recipients = Recipients(mail_intake.mailboxes)

    def connect(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        state = self._state
        if state.stopping or len(state.connections) + len(self._letter_tasks) >= CONNECTIONS_MAX:
            return BusyProtocol()
        return SmtpConnection(self, state, self._loop)

    async def drain(self, seconds: float) -> None:
        """Refuse connections, finish letters that have begun for `seconds` at most, and close."""
        state = self._state
        state.stopping = True
        self.server.close()
        for connection in tuple(state.connections):
            connection.close_if_idle()
        with contextlib.suppress(TimeoutError):  # senders retry what was not acknowledged
            async with asyncio.timeout(seconds):
                while state.connections or self._letter_tasks:
                    state.changed.clear()
                    await state.changed.wait()
        for connection in tuple(state.connections):
            connection.hang_up()
        for task in tuple(self._letter_tasks):
            task.cancel()

    def _refused(self, status: int) -> None:
        self._mail_intake.metrics.rejected(PROVIDER, status)

    # Called by aiosmtpd

    async def handle_RCPT(  # noqa: N802 aiosmtpd's name
        self, connection: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Accept the campaign's mailboxes and the return paths of our letters, each once."""
        recipient, before = self._recipients.find(address), _recipients(envelope)
        if recipient is None:
            self._refused(550)
            return await cast("SmtpConnection", connection).refuse_recipient()
        if recipient in before:
            return _OK
        if len(before) >= RECIPIENTS_MAX:
            self._refused(452)
            return _CROWDED
        before.append(recipient)
        return _OK

    async def handle_DATA(  # noqa: N802 aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Process the letter, even if its sender hangs up meanwhile."""
        task = self._loop.create_task(self._process(envelope))
        self._letter_tasks.add(task)
        task.add_done_callback(self._letter_done)
        return await asyncio.shield(task)

    async def handle_exception(self, error: Exception) -> str:
        """Log the error; tell the sender only that there was one."""
        self._refused(451)
        if not isinstance(error, (UnavailableError, ContendedError)):
            report("a letter failed", error)
        return _UNSURE

    def _letter_done(self, task: asyncio.Task[str]) -> None:
        self._letter_tasks.discard(task)
        self._state.changed.set()

    async def _process(self, envelope: Envelope) -> str:
        try:
            if any(recipient.mailbox for recipient in _recipients(envelope)):
                await self._mail_intake.deliver(await self._read(envelope))
            else:
                await self._note_bounce(envelope)
        except ForgedError:
            self._mail_intake.metrics.refused("dmarc", 250)
        except RejectedError as rejected:
            self._refused(rejected.status)
            return TOO_LARGE if rejected.status == 552 else _OK  # noqa: PLR2004 SMTP's own
        except Exception as error:  # noqa: BLE001 the sender must retry
            return await self.handle_exception(error)
        return _OK

    async def _note_bounce(self, envelope: Envelope) -> None:
        references = [recipient.tag.lower() for recipient in _recipients(envelope)]
        raw = envelope.original_content or b""
        receipts = read_bounces(raw, references, provider=PROVIDER)
        if not receipts:
            raise RejectedError("this says of no failure", status=250)
        for receipt in receipts:
            await self._mail_intake.note(receipt)

    async def _read(self, envelope: Envelope) -> Inbound:
        async with self._parsing:
            await asyncio.sleep(0)  # other tasks run between two letters
            return self._parse(envelope)

    def _parse(self, envelope: Envelope) -> Inbound:
        """Return the letter, or its head alone if it is unreadable: a retry would not help.

        The answer then tells the writer. Raises `RejectedError` if the head is unreadable, too.
        """
        mail_intake = self._mail_intake
        try:
            return self._parse_within(mail_intake.read_seconds, mail_intake.parse, envelope)
        except RejectedError:
            raise
        except Exception as error:  # noqa: BLE001 a retry would fail likewise
            self._log_unreadable("a letter could not be read", error)
        try:
            return self._parse_within(mail_intake.head_seconds, mail_intake.parse_head, envelope)
        except RejectedError:
            raise
        except Exception as error:
            self._log_unreadable("the head of a letter could not be read", error)
            raise RejectedError("nothing of the letter can be read", status=250) from error

    def _parse_within(self, seconds: float, parse: Parse, envelope: Envelope) -> Inbound:
        recipients = [recipient for recipient in _recipients(envelope) if recipient.mailbox]
        written = [recipient.mailbox for recipient in recipients]
        read = partial(
            parse,
            envelope.original_content or b"",
            received_at=self._mail_intake.clock(),
            envelope_from=envelope.mail_from,
            mailboxes=tuple(dict.fromkeys((*written, *self._mail_intake.mailboxes))),
            tags=tuple(recipient.tag for recipient in recipients if recipient.tag),
        )
        return run_within(seconds, read)

    def _log_unreadable(self, event: str, error: Exception) -> None:
        if isinstance(error, OverBudgetError):  # a hostile letter, not a fault of ours
            log.warning(event, provider=PROVIDER)
        else:
            report(event, error, provider=PROVIDER)


def _recipients(envelope: Envelope) -> list[Recipient]:
    """Return what `handle_RCPT` has accepted; aiosmtpd takes any values."""
    return cast("list[Recipient]", envelope.rcpt_tos)
