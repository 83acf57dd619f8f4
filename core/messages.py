"""The vocabulary of every channel: `Inbound` from a person, `Reply` from us, and their parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace
from typing_extensions import override


class Channel(StrEnum):
    """How people reach us."""

    USSD = "ussd"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    WEB = "web"

    @property
    def writes_letters(self) -> bool:
        """Return True if a reply here is a letter, with a greeting above it and a signature."""
        return self is Channel.EMAIL


LIST: Final = "list"  # the provider, on the web, of what a list of staff says
# What `Inbound.unread` may hold.
ATTACHMENT, FORWARDED, REST = "attachment", "forwarded", "rest"
EVIDENCE = "evidence"  # files that an official will read
UNKEPT = "unkept"  # a file for which there is no room today
PERSONS, LETTER = "persons", "letter"
BESIDE = "beside"  # what stands beside a command that wins over it
# Among the answers of a `ListedPerson`: it is in doubt which part of the row is which.
MISFIT = "misfit"
ALL_READ = frozenset[str]()  # one object, so that it is known as a default and not stored


APP: Final = "api"  # the provider of what the ministry's app brings


class AddressKind(StrEnum):
    """The kind of an address, and with it how far the network vouches for its owner."""

    PHONE = "phone"  # an MSISDN that the network verified: USSD, SMS, WhatsApp
    EMAIL = "email"  # forgeable: it may create a record or be linked, never change one
    WHATSAPP = "whatsapp"  # a business-scoped id of a user who hides the number
    WEB = "web"  # a token of ours


_NETWORK_KINDS = frozenset({AddressKind.PHONE, AddressKind.WHATSAPP})


class Voucher(StrEnum):
    """Who vouches for what a message says about a person."""

    NETWORK = "network"  # says which number speaks: USSD, SMS, WhatsApp
    CODE = "code"  # came back: one that we sent to the phone on file, or that a browser showed
    ROSTER = "roster"  # lists this NIK under a matching name
    MAILBOX = "mailbox"  # our mail server authenticated it, or it gives back a token of ours
    OPERATOR = "operator"  # decided it, with a reason
    NOBODY = "nobody"  # anybody may have written it


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person can be reached. `value` is E.164 for a phone, lower case for email."""

    kind: AddressKind
    value: str = field(repr=False)

    @property
    def conversation(self) -> str:
        """The key of the one conversation at this address, on any channel."""
        return f"{self.kind}:{self.value}"

    @property
    def forgeable(self) -> bool:
        """Return True if anybody can write in its name, as with email."""
        return self.kind is AddressKind.EMAIL

    @property
    def of_desk(self) -> bool:
        """Return True if it is an official's, who asks for a caller; no browser's has a colon."""
        return self.kind is AddressKind.WEB and ":" in self.value

    @property
    def by_network(self) -> bool:
        """Return True if the network vouches for it."""
        return self.kind in _NETWORK_KINDS


class Location(NamedTuple):
    """A place on earth, in degrees. Never log it: it may be somebody's home."""

    latitude: float
    longitude: float


class UssdSession(msgspec.Struct, frozen=True, omit_defaults=True):
    """One hop of the network's own session: its id, and what was typed.

    With `accumulates`, `typed` is all answers of the USSD session so far, joined by `*`. Otherwise
    it is the newest answer alone or, at a dial such as `*119*1*2#`, the answers dialled with the
    service code, never the code itself. `hop` is the provider's id of this one request, if any.
    """

    id: str
    typed: str
    accumulates: bool = True
    hop: str = ""

    @property
    def tells_hops_apart(self) -> bool:
        """Return True if two equal answers in one USSD session have two message ids."""
        return self.accumulates or bool(self.hop)

    @override
    def __repr__(self) -> str:
        """Leave out what the person typed."""
        return f"UssdSession({self.id!r})"


class ListedPerson(msgspec.Struct, frozen=True):
    """One person of a letter that is about several: question key to raw text.

    `row` counts from 1, as in the sheet, or among the persons of the text; `part` is 0 for the
    text of the letter, else the place of its attachment, from 1.
    """

    row: int
    answers: Mapping[str, str]
    part: int = 0

    @override
    def __repr__(self) -> str:
        """Leave out what was written."""
        return f"ListedPerson({self.part}:{self.row})"


class AttachedFile(msgspec.Struct, frozen=True):
    """A file that a letter brings; `part` is its place among the attachments, from 1.

    `media_type` follows from the content, whatever the letter says. `body` is still encoded as
    `encoding` says (RFC 2045, 6.1), since decoding takes a while.
    """

    part: int
    media_type: str
    body: bytes
    encoding: str = ""

    @override
    def __repr__(self) -> str:
        """Leave out the content."""
        return f"AttachedFile({self.part}, {self.media_type})"


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """One message from one person, in the same shape on every channel.

    `message_id` is the same when the message is redelivered, and never holds what was typed. Where
    the wire has no id for a hop of a USSD session, equal answers have equal ids; the engine tells
    them from redeliveries (`core/conversation/message_ids.py`).
    `opens` is True where a conversation begins (a dial, an opened page): the reply then offers to
    resume what is half done. It is False where one continues, None where the engine must decide.
    `answers` are labelled answers, as in an email: question key to raw text. Where a conversation
    continues (`opens` is False) they are put into the form that is being filled.
    `tapped` are the words of the option that was tapped; then `text` is its number. The message
    with it may be an old one, whose numbers mean something else. `asked` is the key of the
    question that was answered, where the wire says it.
    `wordless` marks what we cannot read: a picture, a voice note.
    `contact` is the phone number in a contact that the person shared. Such a message is wordless,
    too, and is read only where a phone is asked for.
    `location` is a place that the person shared; then `text` is empty.
    `form` is the id of a form of ours that this address was given in a chat, and has filled in:
    `answers` are what it holds, and they register once. Without the id, as in a form that expired
    or came to somebody else, they are only answers.
    `confirms` marks a message that is consent and confirmation, too, as a letter or a page with a
    button is: complete answers register. From a forgeable address, `proof` holds the tokens of an
    earlier reply, joined by `.`, which show that the writer can read our replies.
    `authentic` marks a letter whose sender our own mail server has authenticated, or that gives
    back a token which only a reader of our letters to that mailbox can know.
    `aligned` is False where the envelope's sender and `From` of a letter disagree in domain.
    `rows` are the persons of a letter that is about several; then `answers` is empty.
    `files` are lists of staff, and evidence. A page brings a file as an appeal for the number in
    `text`.
    `unread` is what was not read of a letter: an `attachment`, `evidence`, a `forwarded` text, the
    `rest` of a very long one, what stands `beside` a `STOP`; answers of several `persons`, or the
    whole `letter`.
    `language` is a hint, an ISO code: the language that a letter seems to be written in, or of the
    page with which a conversation begins.
    `ussd` is set on USSD only; there `text` is empty, and the engine reads what is new in
    `ussd.typed`. `thread` is what a reply must carry to be filed under this message (email:
    `in_reply_to`, `references`; SMS: `to`, the short code that was written to).
    """

    channel: Channel
    provider: str
    address: Address
    message_id: str
    received_at: datetime
    opens: bool | None = None
    text: str = ""
    tapped: str = ""
    asked: str = ""
    answers: Mapping[str, str] = {}
    wordless: bool = False
    contact: str = ""
    location: Location | None = None
    confirms: bool = False
    form: str = ""
    proof: str = ""
    authentic: bool = False
    aligned: bool = True
    rows: tuple[ListedPerson, ...] = ()
    files: tuple[AttachedFile, ...] = ()
    unread: frozenset[str] = ALL_READ
    language: str = ""
    ussd: UssdSession | None = None
    thread: Mapping[str, str] = {}

    @property
    def voucher(self) -> Voucher:
        """Return who vouches for what this message says."""
        if self.address.by_network:  # on the web it spoke once: its browser was linked by a code
            return Voucher.CODE if self.channel is Channel.WEB else Voucher.NETWORK
        return Voucher.MAILBOX if self.authentic else Voucher.NOBODY

    @override
    def __repr__(self) -> str:
        """Leave out what the person said, and the address."""
        return f"Inbound({self.channel}, {self.provider}, {self.received_at})"


# The prompts that a channel may ask by a control of its own. `several` marks choices of which
# several may be answered at once, or the first alone.
CONTROLS: Final = {
    "ask_consent": "form",
    "ask_phone": "contact",
    "ask_facility": "location",
    "ask_seat": "location",
    "ask_health": "several",
}
_ASKS: Final = "asks"  # among the arguments, where it is other than in `CONTROLS`


class Prompt(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What to say, by key, without words.

    `choices` are keys of phrases, numbered from 1 in this order. A value in `args` that starts
    with `@` is itself such a key (`@profession:perawat`). Five kinds of key are data and need no
    phrase: `text:...` is said as it stands, `date:2021-01-20` is a day,
    `time:2021-01-20T08:00+07:00` a time of day with its zone, `place:Name` a facility, and
    `slot:2021-01-20T08:00+07:00 Name` all three. The text and the name are never parsed, but what
    stands behind a tab in a name, its town and distance, is never cut.
    """

    key: str
    args: dict[str, str] = {}
    choices: tuple[str, ...] = ()

    @property
    def asks(self) -> str:
        """What a channel may ask for by a control of its own, by `CONTROLS`, or ""."""
        return self.args.get(_ASKS, CONTROLS.get(self.key, ""))

    def in_words(self) -> "Prompt":
        """Return the prompt without its control: the answer is known, or not wanted."""
        return replace(self, args={**self.args, _ASKS: ""})


class Reply(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """The whole answer to one message.

    The words depend on nothing else: the same reply is always the same bytes. `page` counts from
    0; a channel that has pages shows that one, or its last. `ends` ends a USSD session.
    """

    prompts: tuple[Prompt, ...]
    language: str
    page: int = 0
    ends: bool = False

    @property
    def proof(self) -> str:
        """The tokens, joined by `.`, that a letter with this reply bears for the answer to it."""
        return next((one.args["proof"] for one in self.prompts if "proof" in one.args), "")
