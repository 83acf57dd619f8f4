"""What every channel speaks: what a person said (`Inbound`), and what we say back (`Reply`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec
from typing_extensions import override


class Channel(StrEnum):
    """A door people come in by."""

    USSD = "ussd"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    WEB = "web"

    @property
    def writes_letters(self) -> bool:
        """Say whether an answer here is a letter: with a greeting above it, and a signature."""
        return self is Channel.EMAIL


ATTACHMENT, FORWARDED, REST = "attachment", "forwarded", "rest"
PERSONS, LETTER = "persons", "letter"


class AddressKind(StrEnum):
    """What an address is made of; it says how far the network vouches for it."""

    PHONE = "phone"  # an MSISDN that the network verified: USSD, SMS, WhatsApp
    EMAIL = "email"  # forgeable: it may create a record or be linked, never change one
    WHATSAPP = "whatsapp"  # a business-scoped id of a user who hides the number
    WEB = "web"  # a token of ours


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person can be reached. `value` is E.164 for a phone, lower case for email."""

    kind: AddressKind
    value: str = field(repr=False)

    @property
    def conversation(self) -> str:
        """The key of the one conversation at this address, whatever phone channel it came by."""
        return f"{self.kind}:{self.value}"

    @property
    def forgeable(self) -> bool:
        """Say whether anybody can write in its name; of a phone and a token of ours nobody can."""
        return self.kind is AddressKind.EMAIL


class Location(NamedTuple):
    """A place on earth, in degrees. Its repr is never logged: it may be somebody's home."""

    latitude: float
    longitude: float


class UssdSession(msgspec.Struct, frozen=True, omit_defaults=True):
    """One hop of the network's own session: its id, and what was typed.

    `accumulates`: `typed` is all answers of the USSD session so far, joined by `*`. Otherwise it
    is the newest answer alone; at a dial, those that came with it, as in `*119*1*2#`, and never
    the service code. `hop` is the provider's own name for this one request, where it has one.
    """

    id: str
    typed: str
    accumulates: bool = True
    hop: str = ""

    @property
    def tells_hops_apart(self) -> bool:
        """Say whether two equal answers in one USSD session have two message ids."""
        return self.accumulates or bool(self.hop)

    @override
    def __repr__(self) -> str:
        """Tell nothing that a person typed."""
        return f"UssdSession({self.id!r})"


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """One message from one person, the same shape whatever door it came by.

    `message_id` is the same for the same message delivered again, and never holds what was typed.
    Where a wire names no hop of a USSD session, an equal answer has an equal one: the engine tells
    it from a redelivery (`core/conversation/message_ids.py`).
    `opens` says that a conversation begins here: a number is dialled, a page is opened. Such a
    message is offered what was left half done. False: it goes on. None: the engine finds out.
    `answers` are answers that came with labels (question key -> raw text), as in an email.
    `wordless` marks a picture, a voice note: something that we cannot read.
    `contact` is the number out of a contact that the person shared; such a message is wordless
    too, but where a phone is asked for.
    `location` is a place that the person shared; there `text` is empty.
    `confirms` says that the message itself is consent and confirmation, as a letter or a page with
    a button is: complete answers register. Where the sender can be forged (`Address.forgeable`),
    `proof` is what it gives back of our answer that only its reader can know.
    `unread` are kinds of what was not read in a letter: an `attachment`, what it has `forwarded`,
    the `rest` of a very long one; answers of several `persons`, or the whole `letter`.
    `language` is a hint, an ISO code: what the letter seems to be written in.
    `ussd` is set on USSD only; there `text` is empty, and the conversation takes what is new in
    `ussd.typed`. `thread` is what a reply must carry back to be filed under this message (email:
    `subject`, `in_reply_to`, `references`; SMS: `to` the short code that was written to).
    """

    channel: Channel
    provider: str
    address: Address
    message_id: str
    received_at: datetime
    opens: bool | None = None
    text: str = ""
    answers: Mapping[str, str] = {}
    wordless: bool = False
    contact: str = ""
    location: Location | None = None
    confirms: bool = False
    proof: str = ""
    unread: frozenset[str] = frozenset()
    language: str = ""
    ussd: UssdSession | None = None
    thread: Mapping[str, str] = {}

    @override
    def __repr__(self) -> str:
        """Tell nothing that a person said or can be reached at."""
        return f"Inbound({self.channel}, {self.provider}, {self.received_at})"


class ReceiptStatus(StrEnum):
    """How far a message got. In this order; a receipt moves a message only forward."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A provider's word on a message we sent; `provider_id` is the id it gave the message.

    `reference` is our own name for the message (`Claimed.id`), where the wire gives it back: it
    tells of a message whose hand-over we never heard the end of. `final` says that no
    other provider can reach the person either. `channel` is the one that it was sent on.
    """

    provider: str
    provider_id: str
    status: ReceiptStatus
    reason: str = ""
    reference: str = ""
    final: bool = False
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """The network ended a USSD session; `completed` is its word, not ours: nothing hangs on it."""

    channel: Channel
    address: Address
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A provider passes on that a person wants no more messages (`out`) or wants them again."""

    address: Address
    out: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A provider tells that a person has another number now. It is counted, and no more."""

    channel: Channel
    provider: str


Event = Inbound | Receipt | HangUp | OptOut | Moved


class Prompt(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What to say, before anyone has chosen the words for it.

    `choices` are keys of phrases, numbered from 1 in this order. A value in `args` that starts
    with `@` is itself the key of a phrase (`@profession:perawat`). Four keys need no phrase:
    `text:...` says what follows, `date:2021-01-20` a day and `time:2021-01-20T08:00+07:00` a time
    of day with its zone, as the language writes them, and `slot:2021-01-20T08:00+07:00 Name` all
    three. What follows `text:`, and a name, is never read as anything but text.
    """

    key: str
    args: dict[str, str] = {}
    choices: tuple[str, ...] = ()


class Reply(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """All that one message is answered with.

    The words are chosen from this and nothing else, so that the same reply is the same bytes,
    however often it is given.

    `page` counts from 0; a channel that has pages shows that one, or its last.
    """

    prompts: tuple[Prompt, ...]
    language: str
    page: int = 0
    ends: bool = False

    @property
    def proof(self) -> str:
        """What a letter that says this is to bear, so that what answers it is known to do so."""
        return next((one.args["proof"] for one in self.prompts if "proof" in one.args), "")
