"""Take letters over SMTP, and answer 250 only when what they say is durably kept.

Made to stand behind the ministry's own mail server: that one keeps spam, TLS and authentication.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.contract import RejectedError
from channels.email.letter import PROVIDER, parse_head
from core.database.unavailable import UnavailableError
from core.messages import Inbound
from core.turns.pipeline import ContendedError
from gateway.mail.connection import TOO_LARGE, Busy, Room, SmtpConnection
from gateway.mail.cpu_budget import OverBudgetError, spend
from gateway.runtime.clock import Clock, utc_now
from gateway.runtime.logs import log, report
from gateway.runtime.metrics import Metrics

READ_SECONDS_MAX: Final = 0.1  # of processor time for a letter; the largest takes some 0.05
HEAD_SECONDS_MAX: Final = 0.05  # the same for who wrote one that could not be read
CONNECTIONS_MAX: Final = 100

_OK = "250 2.0.0 OK"
_UNKNOWN = "550 5.1.1 No such mailbox here"
_UNSURE = "451 4.3.0 Not certain; please send it again"

Deliver = Callable[[Inbound], Awaitable[None]]


class Parse(Protocol):
    """Reads the bytes of a mail, as `LetterParser.parse` does."""

    def __call__(
        self,
        raw: bytes,
        *,
        received_at: datetime,
        envelope_from: str | None,
        mailboxes: Sequence[str],
    ) -> Inbound:
        """Return what a person wrote, or raise `RejectedError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailIntake:
    """What becomes of letters: whose they may be, who reads them and takes them in, who counts."""

    mailboxes: Sequence[str]
    deliver: Deliver
    metrics: Metrics
    parse: Parse
    clock: Clock = utc_now
    parse_head: Parse = parse_head
    read_seconds: float = READ_SECONDS_MAX
    head_seconds: float = HEAD_SECONDS_MAX


async def listen_for_mail(listener: socket.socket, mail_intake: MailIntake) -> "Mail":
    """Take mail from the bound socket until `Mail.drain`."""
    # aiosmtpd's own lines hold addresses; what matters is told by us.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
    loop = asyncio.get_running_loop()
    mail = Mail(mail_intake, loop)
    mail.server = await loop.create_server(mail.connect, sock=listener)
    return mail


class Mail:
    """The mail that is on its way in."""

    server: asyncio.Server

    def __init__(self, mail_intake: MailIntake, loop: asyncio.AbstractEventLoop) -> None:
        self._post, self._loop = mail_intake, loop
        self._room = Room(
            hostname=mail_intake.mailboxes[0].partition("@")[2], refused=self._refused
        )
        self._letters: set[asyncio.Task[str]] = set()
        self._reading = asyncio.Lock()
        self._mailboxes = {mailbox.lower(): mailbox for mailbox in mail_intake.mailboxes}

    def connect(self) -> asyncio.Protocol:
        """Return what speaks on a new connection."""
        room = self._room
        if room.stopping or len(room.connections) + len(self._letters) >= CONNECTIONS_MAX:
            return Busy()
        return SmtpConnection(self, room, self._loop)

    async def drain(self, seconds: float) -> None:
        """Take no more connections, let mails that have begun finish, and close."""
        room = self._room
        room.stopping = True
        self.server.close()
        for connection in tuple(room.connections):
            connection.close_if_idle()
        with contextlib.suppress(TimeoutError):  # what was not acknowledged is sent again
            async with asyncio.timeout(seconds):
                while room.connections or self._letters:
                    room.changed.clear()
                    await room.changed.wait()
        for connection in tuple(room.connections):
            connection.hang_up()
        for letter in tuple(self._letters):
            letter.cancel()

    def _refused(self, status: int) -> None:
        self._post.metrics.rejected(PROVIDER, status)

    # -- what aiosmtpd calls ------------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802 aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take the campaign's mailboxes, each once, and no others."""
        mailbox = self._mailboxes.get(address.lower())
        if mailbox is None:
            self._refused(550)
            return _UNKNOWN
        if mailbox not in envelope.rcpt_tos:
            envelope.rcpt_tos.append(mailbox)
        return _OK

    async def handle_DATA(  # noqa: N802 aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the letter. Should its sender hang up meanwhile, it is kept all the same."""
        letter = self._loop.create_task(self._take(envelope))
        self._letters.add(letter)
        letter.add_done_callback(self._done)
        return await asyncio.shield(letter)

    async def handle_exception(self, error: Exception) -> str:
        """Tell us what went wrong, and the stranger only that something did."""
        self._refused(451)
        if not isinstance(error, (UnavailableError, ContendedError)):
            report("a mail failed", error)
        return _UNSURE

    def _done(self, letter: asyncio.Task[str]) -> None:
        self._letters.discard(letter)
        self._room.changed.set()

    async def _take(self, envelope: Envelope) -> str:
        try:
            async with self._reading:
                await asyncio.sleep(0)  # between two letters everybody else gets a turn
                inbound = self._read(envelope)
            await self._post.deliver(inbound)
        except RejectedError as rejected:
            self._refused(rejected.status)
            return TOO_LARGE if rejected.status == 552 else _OK  # noqa: PLR2004 SMTP's own
        except Exception as error:  # noqa: BLE001 whatever it is, the mail must come again
            return await self.handle_exception(error)
        return _OK

    def _read(self, envelope: Envelope) -> Inbound:
        """Return the letter. One that cannot be read would be no better if it came again.

        Its writer is told; where even the head cannot be read, nobody is.
        """
        mail_intake = self._post
        try:
            return self._spend(mail_intake.read_seconds, mail_intake.parse, envelope)
        except RejectedError:
            raise
        except Exception as error:  # noqa: BLE001 whatever it is, it will be the same again
            self._tell("a mail could not be read", error)
        try:
            return self._spend(mail_intake.head_seconds, mail_intake.parse_head, envelope)
        except RejectedError:
            raise
        except Exception as error:
            self._tell("the head of a mail could not be read", error)
            raise RejectedError("nothing of the mail can be read", status=250) from error

    def _spend(self, seconds: float, parse: Parse, envelope: Envelope) -> Inbound:
        written_to = envelope.rcpt_tos[0]
        others = [mailbox for mailbox in self._post.mailboxes if mailbox != written_to]
        read = partial(
            parse,
            envelope.original_content or b"",
            received_at=self._post.clock(),
            envelope_from=envelope.mail_from,
            mailboxes=(written_to, *others),
        )
        return spend(seconds, read)

    def _tell(self, event: str, error: Exception) -> None:
        if isinstance(error, OverBudgetError):  # a hostile mail, not a fault of ours
            log().warning(event, provider=PROVIDER)
        else:
            report(event, error, provider=PROVIDER)
