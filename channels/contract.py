"""The contract of channels: pure translation between a provider's wire and our messages."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Protocol, runtime_checkable

import msgspec
from typing_extensions import override

from core.events import Event
from core.messages import Reply
from core.outbox.message import Outgoing

RESPONSE_HEADERS_MAX: Final = 20
RESPONSE_HEADERS_BYTES_MAX: Final = 8_192  # names and values; servers and browsers take as much
FRAMING: Final = frozenset(  # headers of the body and connection: the gateway sets them
    {
        *("connection", "content-length", "content-type", "date", "keep-alive"),
        *("trailer", "transfer-encoding", "upgrade"),
    }
)
_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.1, in lower case
_VALUE: Final = re.compile(r"[ -~]*")  # RFC 9110, 5.5, without its tab and its obsolete octets


class RejectedError(Exception):
    """We turn the request away; `status` is the HTTP status, or a letter's SMTP reply code.

    `reason` holds no personal data and is safe to show to the caller. They may try again after
    `retry_seconds`, if that is known.
    """

    def __init__(self, reason: str, *, status: int = 400, retry_seconds: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.status, self.retry_seconds = reason, status, retry_seconds


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request read whole, independent of any server or framework.

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
        """Leave out what a person wrote, and the key."""
        return f"Request({self.method} {self.path})"


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response.

    `headers` are pairs of a lower-case name and a value, in order; a name may repeat, as
    `set-cookie` does. Raises `ValueError` for invalid or framing headers, and past the bounds.
    """

    body: bytes = field(default=b"", repr=False)
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Refuse headers that could split the response or outgrow its head."""
        if not self.headers:
            return
        size = sum(len(name) + len(value) for name, value in self.headers)
        if len(self.headers) > RESPONSE_HEADERS_MAX or size > RESPONSE_HEADERS_BYTES_MAX:
            raise ValueError("the response has too many headers, or too long ones")
        for name, value in self.headers:
            if name in FRAMING or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
                raise ValueError("this is no header of a response")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An HTTP request that hands one message to a provider: one of `form`, `json` and `content`.

    `files` go with a form, by field: name, content, media type. `headers_at` gives the headers
    that depend on the moment of sending, such as a signature.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    headers_at: Callable[[datetime], Mapping[str, str]] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Mapping[str, object] | None = field(default=None, repr=False)
    files: Mapping[str, tuple[str, bytes, str]] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider accepted the message; `provider_id` is its id there, "" if that is ours."""

    provider_id: str


class Refusal(Enum):
    """What a provider's refusal means for the message."""

    LATER = "retry"  # the same provider may accept it later
    OUR_ACCOUNT = "ours"  # likewise, once an operator has mended our key, bill, lock or limit
    UNSURE = "unsure"  # it may have accepted it; only a receipt can tell
    OUR_TEMPLATE = "template"  # likewise; other messages are taken meanwhile
    OTHER_PROVIDER = "switch"  # this provider never will; another may
    NOBODY = "refused"  # no provider ever will
    OPTED_OUT = "opted_out"  # likewise, and the person wants no more messages
    NO_MARKETING = "no_marketing"  # likewise, but none of marketing

    @property
    def label(self) -> str:
        """Return the label in metrics."""
        return str((Refusal.NOBODY if self in _FINAL else self).value)

    @property
    def is_final(self) -> bool:
        """Return True if the message is to be given up."""
        return self in _FINAL

    @property
    def about_provider(self) -> bool:
        """Return True if the cause is the provider or our account there, not the message."""
        return self in {Refusal.LATER, Refusal.OUR_ACCOUNT, Refusal.UNSURE}


_FINAL: Final = frozenset({Refusal.NOBODY, Refusal.OPTED_OUT, Refusal.NO_MARKETING})


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider refused the message; `why` is a code without personal data."""

    why: str
    means: Refusal


class ChannelAdapter(Protocol):
    """Translates one provider's requests into events, and replies into responses.

    A channel that cannot reply in the response (`in_band` is False) only acknowledges there, and
    a carrier sends the reply. Larger bodies than `body_bytes_max` are turned away unread.
    """

    name: str
    paths: Mapping[str, tuple[str, ...]]  # routed path -> methods
    in_band: bool
    body_bytes_max: int

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the events of the request, or raise `RejectedError`. Total: any request."""

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the response that carries `reply`, or only acknowledges (None)."""


@runtime_checkable
class Explains(Protocol):
    """A channel whose callers are people: it says itself why a request was not served."""

    def failure(self, request: Request | None, status: int) -> Response:
        """Return the response of this status; `request` is None if it did not arrive whole."""


class Carrier(Protocol):
    """Sends messages over one provider's HTTP API.

    `echoes_reference`: its receipts repeat our reference, and so settle a message whose response
    we never received.
    """

    provider: str
    echoes_reference: bool

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request that hands the message over.

        `reference` is our id of it, in digits, for the provider's receipts to repeat.
        """

    def read_response(self, status: int, body: bytes) -> Sent | Refused:
        """Read the provider's response to `compose`. Total: any status and body."""
