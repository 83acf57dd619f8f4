"""One SMTP connection with bounds on memory and time, and strict line ends."""

import asyncio
import itertools
import ssl
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from aiosmtpd.smtp import SMTP
from typing_extensions import override

from gateway.mail.peers import Peer, has_room, peer_of

LETTER_BYTES_MAX: Final = 10 * 1024 * 1024
DRAINED_BYTES_MAX: Final = 2 * LETTER_BYTES_MAX  # of a letter that is too large; then we hang up
HELD_BYTES_MAX: Final = 64 * 1024 * 1024  # of all letters being received
COMMAND_SECONDS: Final = 60.0  # from one command to the next, its data included
COMMANDS_MAX: Final = 1_000  # of one verb per connection; a mail server then reconnects
RECIPIENT_GUESSES_MAX: Final = 20  # unknown mailboxes on one connection
COMMAND_BYTES_MAX: Final = 512  # RFC 5321 4.5.3.1.4
LINES_AT_ONCE_MAX: Final = 500  # before other tasks run
IDENT: Final = "Satu Pintu"

TOO_LARGE: Final = "552 5.3.4 The mail is too large"
_START_TLS = "220 2.0.0 Go ahead"
_NO_TLS = "454 4.7.0 TLS is not available, or has begun"
_DATA = "354 End data with <CR><LF>.<CR><LF>"
_UNKNOWN = "550 5.1.1 No such mailbox here"
_GUESSING = "421 4.7.0 Too many mailboxes that are not here"
_FULL = "452 4.3.1 Too much mail at once; please send it again"
_BUSY = "421 4.3.2 Too busy; please try again later"
_STOPPING = "421 4.3.2 Closing down; please try again later"


@dataclass(slots=True, kw_only=True)
class ServerState:
    """The state that all connections share; `refused` is called with the status of a refusal.

    `connections` holds the peer of each.
    """

    hostname: str
    refused: Callable[[int], None]
    tls: ssl.SSLContext | None = None
    connections: dict["SmtpConnection", Peer] = field(default_factory=dict["SmtpConnection", Peer])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    held_bytes: int = 0
    stopping: bool = False


class BusyProtocol(asyncio.Protocol):
    """Responds that we are busy, and hangs up."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        connection = cast("asyncio.WriteTransport", transport)
        connection.write(f"{_BUSY}\r\n".encode())
        connection.close()


class SmtpConnection(SMTP):
    """Unlike aiosmtpd's, it bounds the bytes it holds, and accepts lines of any length."""

    def __init__(
        self, handler: object, state: ServerState, loop: asyncio.AbstractEventLoop
    ) -> None:
        # aiosmtpd shares these limits among connections, and each greeting raises them.
        self.command_size_limits: dict[str, int] = defaultdict(lambda: COMMAND_BYTES_MAX)
        super().__init__(
            handler,
            data_size_limit=LETTER_BYTES_MAX,
            hostname=state.hostname,
            ident=IDENT,
            timeout=COMMAND_SECONDS,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit=COMMANDS_MAX,
            tls_context=state.tls,
            loop=loop,
        )
        self._state = state
        self._held_bytes = 0
        self._unknown_recipients = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = peer_of(transport.get_extra_info("peername"))
        if not has_room(peer, list(self._state.connections.values())):
            busy = BusyProtocol()
            transport.set_protocol(busy)
            busy.connection_made(transport)
            return
        self._state.connections[self] = peer
        super().connection_made(transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        self._release()
        super().connection_lost(error)
        self._state.connections.pop(self, None)
        self._state.changed.set()

    async def refuse_recipient(self) -> str:
        """Return the response to a mailbox that is not ours; hang up on who guesses."""
        self._unknown_recipients += 1
        if self._unknown_recipients > RECIPIENT_GUESSES_MAX:
            await self.push(_GUESSING)
            raise ConnectionResetError
        return _UNKNOWN

    def close_if_idle(self) -> None:
        """Hang up unless a letter has begun."""
        if self.envelope is None or not self.envelope.mail_from:
            self.hang_up()

    def hang_up(self) -> None:
        """Respond with 421, and close."""
        connection = cast("asyncio.WriteTransport | None", self.transport)
        if connection is not None and not connection.is_closing():
            connection.write(f"{_STOPPING}\r\n".encode())
            connection.close()

    @override
    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Encrypt; unlike aiosmtpd's, a handshake that fails leaves no connection behind."""
        context, plain = self.tls_context, cast("asyncio.Transport", self.transport)
        if arg or not context:
            await self.push("501 Syntax: STARTTLS" if arg else _NO_TLS)
            return
        await self.push(_START_TLS)
        seconds = COMMAND_SECONDS
        starting = self.loop.start_tls(
            plain, self, context, server_side=True, ssl_handshake_timeout=seconds
        )
        try:
            encrypted = await starting
        except OSError:  # the peer's, of TLS, or a time-out
            encrypted = None
        if encrypted is None or encrypted.is_closing():
            plain.abort()
            self.connection_lost(None)  # nobody else tells us
        else:
            self._begin_anew(encrypted)

    def _begin_anew(self, transport: asyncio.Transport) -> None:
        """Forget all that was said in the clear (RFC 3207, 4.2)."""
        self.transport, self.tls_context = transport, None
        for stream in (self._reader, self._writer):
            vars(stream)["_transport"] = transport
        vars(self._reader)["_buffer"].clear()
        self.envelope = self._create_envelope()
        self.session = self._create_session()

    @override
    async def smtp_DATA(self, arg: str | None) -> None:
        """Receive a letter, and respond with what `handle_DATA` returns or why it is refused."""
        assert self.envelope is not None
        if await self.check_helo_needed():
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        await self.push(_DATA)
        try:
            content, refusal = await self._read_letter()
            if refusal:
                self._state.refused(int(refusal[:3]))
            self.envelope.original_content = content
            await self.push(refusal or await self._call_handler_hook("DATA"))
        finally:
            self._release()
            self.envelope = self._create_envelope()
        if self._state.stopping:
            self.hang_up()

    async def _read_letter(self) -> tuple[bytes, str]:
        """Return (letter without dot-stuffing, ""), or (b"", the response that refuses it).

        Only CRLF ends a line, or letters could be smuggled in a letter (RFC 5321, 4.1.1.4).
        """
        content, size, refusal, at_line_start = bytearray(), 0, "", True
        for count in itertools.count(1):
            line, ended = await self._read_line()
            if at_line_start and line == b".\r\n":
                break
            line = line[1:] if at_line_start and line.startswith(b".") else line
            at_line_start, size = ended, size + len(line)
            refusal = refusal or self._reserve(size, len(line))
            if refusal:
                content.clear()
                self._release()
            else:
                content += line
            if size > DRAINED_BYTES_MAX:
                raise ConnectionResetError
            if count % LINES_AT_ONCE_MAX == 0:
                await asyncio.sleep(0)
        return bytes(content), refusal

    async def _read_line(self) -> tuple[bytes, bool]:
        """Return the next line and True, or a piece of a line that is too long and False."""
        try:
            return await self._reader.readuntil(b"\r\n"), True
        except asyncio.LimitOverrunError as error:
            return await self._reader.read(error.consumed), False

    def _reserve(self, size: int, line_bytes: int) -> str:
        """Reserve memory for a line of a letter of `size` so far; return the refusal, or ""."""
        if size > LETTER_BYTES_MAX:
            return TOO_LARGE
        if self._state.held_bytes + line_bytes > HELD_BYTES_MAX:
            return _FULL
        self._held_bytes += line_bytes
        self._state.held_bytes += line_bytes
        return ""

    def _release(self) -> None:
        self._state.held_bytes -= self._held_bytes
        self._held_bytes = 0

    @override
    async def _handle_client(self) -> None:
        """Serve; ignore that a client disconnects."""
        try:
            await super()._handle_client()
        except ConnectionError:
            if self.transport is not None:
                self.transport.close()

    @override
    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Read an address, although the standard library raises its own errors on some."""
        try:
            found: tuple[str | None, str | None] = super()._getaddr(arg)
        except Exception:  # noqa: BLE001 the library documents none
            return None, None
        return found
