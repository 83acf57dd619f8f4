"""One SMTP connection, within bounds: how much it holds, how long it takes, how lines end."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from aiosmtpd.smtp import SMTP
from typing_extensions import override

MAIL_BYTES_MAX: Final = 10 * 1024 * 1024
DRAINED_BYTES_MAX: Final = 2 * MAIL_BYTES_MAX  # of a mail too large; then we hang up
HELD_BYTES_MAX: Final = 64 * 1024 * 1024  # of all mails on their way in
COMMAND_SECONDS: Final = 60.0  # from one command to the next, with all that belongs to it
COMMANDS_MAX: Final = 1_000  # of one kind on one connection; a mail server then connects anew
COMMAND_BYTES_MAX: Final = 512  # RFC 5321 4.5.3.1.4
LINES_AT_ONCE_MAX: Final = 500  # before others get their turn
IDENT: Final = "Satu Pintu"

TOO_LARGE: Final = "552 5.3.4 The mail is too large"
_DATA = "354 End data with <CR><LF>.<CR><LF>"
_FULL = "452 4.3.1 Too much mail at once; please send it again"
_BUSY = "421 4.3.2 Too busy; please try again later"
_STOPPING = "421 4.3.2 Closing down; please try again later"


@dataclass(slots=True, kw_only=True)
class Room:
    """What all connections share. `refused` counts what was not taken, by status."""

    hostname: str
    refused: Callable[[int], None]
    connections: set["SmtpConnection"] = field(default_factory=set["SmtpConnection"])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    held_bytes: int = 0
    stopping: bool = False


class Busy(asyncio.Protocol):
    """Says that we are busy, and hangs up."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        wire = cast("asyncio.WriteTransport", transport)
        wire.write(f"{_BUSY}\r\n".encode())
        wire.close()


class SmtpConnection(SMTP):
    """Unlike aiosmtpd's, it bounds what it holds, and takes lines of any length."""

    def __init__(self, handler: object, room: Room, loop: asyncio.AbstractEventLoop) -> None:
        # aiosmtpd shares these among all connections, and lets each greeting raise them.
        self.command_size_limits: dict[str, int] = defaultdict(lambda: COMMAND_BYTES_MAX)
        super().__init__(
            handler,
            data_size_limit=MAIL_BYTES_MAX,
            hostname=room.hostname,
            ident=IDENT,
            timeout=COMMAND_SECONDS,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit=COMMANDS_MAX,
            loop=loop,
        )
        self._room = room
        self._held = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._room.connections.add(self)
        super().connection_made(transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        self._release()
        super().connection_lost(error)
        self._room.connections.discard(self)
        self._room.changed.set()

    def close_if_idle(self) -> None:
        """Say goodbye unless a mail has begun."""
        if self.envelope is None or not self.envelope.mail_from:
            self.hang_up()

    def hang_up(self) -> None:
        """Say goodbye now."""
        wire = cast("asyncio.WriteTransport | None", self.transport)
        if wire is not None and not wire.is_closing():
            wire.write(f"{_STOPPING}\r\n".encode())
            wire.close()

    @override
    async def smtp_DATA(self, arg: str | None) -> None:
        """Take the mail in."""
        assert self.envelope is not None
        if await self.check_helo_needed():
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        await self.push(_DATA)
        try:
            content, refusal = await self._read_mail()
            if refusal:
                self._room.refused(int(refusal[:3]))
            self.envelope.original_content = content
            await self.push(refusal or await self._call_handler_hook("DATA"))
        finally:
            self._release()
            self.envelope = self._create_envelope()
        if self._room.stopping:
            self.hang_up()

    async def _read_mail(self) -> tuple[bytes, str]:
        """Return the mail, without the dots that SMTP adds, or why it is refused.

        Only CRLF ends a line: otherwise mails could be smuggled within mails.
        """
        content, size, refusal, whole = bytearray(), 0, "", True
        for count in itertools.count(1):
            line, ended = await self._read_line()
            if whole and line == b".\r\n":
                break
            line = line[1:] if whole and line.startswith(b".") else line
            whole, size = ended, size + len(line)
            refusal = refusal or self._hold(size, len(line))
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
        """Return the next line, or a piece of one that is too long to be read at once."""
        try:
            return await self._reader.readuntil(b"\r\n"), True
        except asyncio.LimitOverrunError as error:
            return await self._reader.read(error.consumed), False

    def _hold(self, size: int, more: int) -> str:
        """Make room for some more of a mail of this size, or return why there is none."""
        if size > MAIL_BYTES_MAX:
            return TOO_LARGE
        if self._room.held_bytes + more > HELD_BYTES_MAX:
            return _FULL
        self._held += more
        self._room.held_bytes += more
        return ""

    def _release(self) -> None:
        self._room.held_bytes -= self._held
        self._held = 0

    @override
    async def _handle_client(self) -> None:
        """Serve. That a client goes away is no event."""
        try:
            await super()._handle_client()
        except ConnectionError:
            if self.transport is not None:
                self.transport.close()

    @override
    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Read an address; the standard library fails on some with errors of its own."""
        try:
            found: tuple[str | None, str | None] = super()._getaddr(arg)
        except Exception:  # noqa: BLE001 which, is no promise of the library
            return None, None
        return found
