"""What a channel is: a pure translation between one provider's wire and our messages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Protocol

import msgspec
from typing_extensions import override

from core.messages import Event, Reply
from core.outbox.message import Outgoing

RESPONSE_HEADERS_MAX: Final = 20
RESPONSE_HEADERS_BYTES_MAX: Final = 8_192  # names and values; what servers and browsers take
FRAMING: Final = frozenset(  # of the body and the connection: the gateway's, not a channel's
    {
        *("connection", "content-length", "content-type", "date", "keep-alive"),
        *("trailer", "transfer-encoding", "upgrade"),
    }
)
_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.1, in lower case
_VALUE: Final = re.compile(r"[ -~]*")  # RFC 9110, 5.5, without its tab and its obsolete octets


class RejectedError(Exception):
    """The request is not one we can act on; `status` is the honest HTTP answer.

    The reason names no personal datum and is safe to show to the caller.
    """

    def __init__(self, reason: str, *, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read whole, with nothing of the web framework left in it.

    `path` is the path as routed, `query` the raw query string; `headers` have lower-case names.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""
    received_at: datetime

    @override
    def __repr__(self) -> str:
        """Tell nothing that a person said, and no key."""
        return f"Request({self.method} {self.path})"


@dataclass(frozen=True, slots=True)
class Response:
    """A response, ready to be written.

    `headers` are names in lower case with their values, in order; a name may stand there again,
    as `set-cookie` does. Raises `ValueError` for one that no response may have, or too many.
    """

    body: bytes = field(default=b"", repr=False)
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Let nothing through that would end the head of the response, or outgrow it."""
        if self.headers:
            _check_headers(self.headers)


def _check_headers(headers: tuple[tuple[str, str], ...]) -> None:
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > RESPONSE_HEADERS_MAX or size > RESPONSE_HEADERS_BYTES_MAX:
        raise ValueError("the response has too many headers, or too long ones")
    for name, value in headers:
        if name in FRAMING or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError("this is no header of a response")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A request to a provider that hands over one owed message: `form` or `json`, not both."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Mapping[str, object] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took the message, and calls it this."""

    provider_id: str


class Refusal(Enum):
    """What it means for a message that a provider did not take it."""

    LATER = "retry"  # this provider may take it later
    OUR_ACCOUNT = "ours"  # likewise, once somebody has mended our key, bill, lock or limit
    UNSURE = "unsure"  # it may have taken it after all, and only a receipt can tell
    OTHER_PROVIDER = "switch"  # this provider never will, but another may
    NOBODY = "refused"  # no provider ever will
    OPTED_OUT = "opted_out"  # nor will this person have another message

    @property
    def label(self) -> str:
        """Return what metrics count it as."""
        return str((Refusal.NOBODY if self is Refusal.OPTED_OUT else self).value)

    @property
    def ends(self) -> bool:
        """Say whether the message is given up."""
        return self in {Refusal.NOBODY, Refusal.OPTED_OUT}

    @property
    def about_provider(self) -> bool:
        """Say whether the provider is not well, rather than the message not to its taste."""
        return self in {Refusal.LATER, Refusal.OUR_ACCOUNT, Refusal.UNSURE}


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider did not take the message. `why` is a code, never a personal datum."""

    why: str
    means: Refusal


class ChannelAdapter(Protocol):
    """A door as one provider builds it. `paths` are the routes it serves.

    `parse` is total: any request at all gives events or `RejectedError`.
    `answer` says a reply in band; a channel that cannot (`in_band` is False) answers there with a
    bare acknowledgement, and the reply is owed instead. `body_bytes_max` bounds what
    is read at all.
    """

    name: str
    paths: Mapping[str, tuple[str, ...]]  # path -> methods
    in_band: bool
    body_bytes_max: int

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return what the request says, or raise `RejectedError`."""
        ...

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the response that says `reply`, or that merely acknowledges (None)."""
        ...


class Carrier(Protocol):
    """Takes owed messages to people over one provider's HTTP API.

    `tells` says that its receipts bear our reference: what became of a message that it was handed
    and did not answer for can still be learned.
    """

    provider: str
    echoes_reference: bool

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request that hands the message over.

        `reference` is our name for it: digits, to be given back with receipts by who can.
        """
        ...

    def sent(self, status: int, body: bytes) -> Sent | Refused:
        """Read the provider's answer. Total: any status and body."""
        ...
