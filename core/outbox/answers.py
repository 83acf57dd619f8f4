"""Answers to letters that nobody vouches for: queued within bounds, else withheld.

Anybody can write in anybody's name, so such an answer may go to a person who wrote nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Final, NamedTuple, Protocol

import msgspec
from msgspec.structs import replace

from core.database.statements import Connection, Statement
from core.events import ReceiptStatus
from core.messages import Address, Channel, Prompt, Reply, Voucher
from core.outbox.message import Outgoing
from core.outbox.rate_limits import count, reached
from core.outbox.receipts import QUEUED, WITHHELD
from core.outbox.sms_bounds import Bound
from core.outbox.store import enqueue
from core.outbox.withholding import status_of

STRANGER_ANSWERS_MAX: Final = 3  # a day, to a mailbox whose letters never came to anything
MAILBOX_ANSWERS_MAX: Final = 20  # a day, to any other
DIGEST_BYTES: Final = 12
KEY_BYTES: Final = 16
GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})  # where dots mean nothing

UNALIGNED: Final = "unaligned"  # why: the envelope's sender and `From` disagree
REASONS: Final = (UNALIGNED, "campaign", "domain", "mailbox", "repeated")

_HAS_REGISTERED = Statement("""
    SELECT 1
    WHERE EXISTS (
            SELECT 1
            FROM intents
            WHERE kind = 'email'
                AND value = :mailbox
                AND outcome <> 'refused'
        )
        OR EXISTS (
            SELECT 1
            FROM addresses
            WHERE kind = 'email'
                AND value = :mailbox
                AND verified = 1
        )
""")


class Written(Protocol):
    """What is answered: a message, or the intent that it made."""

    @property
    def channel(self) -> Channel:
        """Return where it came in."""
        ...

    @property
    def provider(self) -> str:
        """Return who brought it."""
        ...

    @property
    def address(self) -> Address:
        """Return who wrote it."""
        ...

    @property
    def message_id(self) -> str:
        """Return its id."""
        ...

    @property
    def voucher(self) -> Voucher:
        """Return who vouches for it."""
        ...


class AnswerBudget(NamedTuple):
    """How many answers to unvouched letters go out a day: in a campaign, and to one domain."""

    campaign: str = ""
    most: int = 10_000
    domain_most: int = 2_000


def answer_key(address: Address, message_id: str) -> str:
    """Return the key of the answer to a message: a digest, since both may name a person."""
    message = f"{address.conversation}/{message_id}".encode(errors="replace")
    return f"answer/{blake2b(message, digest_size=KEY_BYTES).hexdigest()}"


def answer_to(
    written: Written, reply: Reply, *, at: datetime, thread: Mapping[str, str]
) -> Outgoing:
    """Return the reply as a message to queue: once for each message that it answers."""
    return Outgoing(
        key=answer_key(written.address, written.message_id),
        former_key=f"{written.address.conversation}/{written.message_id}",
        channel=written.channel,
        address=written.address,
        reply=reply,
        created_at=at,
        provider=written.provider,
        headers=dict(thread),
        unvouched=written.address.forgeable and written.voucher is Voucher.NOBODY,
    )


def enqueue_answer(
    connection: Connection, message: Outgoing, *, budget: AnswerBudget, aligned: bool
) -> str:
    """Queue an answer, or withhold one to an unvouched letter; return why, "" if it was queued.

    One on the web is only kept: its page fetches it. `aligned` is `Inbound.aligned`. The counts
    lock a row that all answers to unvouched letters share. What the release before has answered,
    before an update or beside us, is not answered again.
    """
    if message.former_key and status_of(connection, message.former_key):
        return ""
    if message.channel is Channel.WEB:
        enqueue(connection, message, status=ReceiptStatus.SENT)
        return ""
    if not message.unvouched:
        enqueue(connection, message)
        return ""
    if status_of(connection, message.key):
        return ""
    why = _over(connection, message, budget) if aligned else UNALIGNED
    put = enqueue(connection, message, status=WITHHELD if why else QUEUED, why=why)
    return why if put else ""  # the same letter came twice at once, and the other was first


def _over(connection: Connection, message: Outgoing, budget: AnswerBudget) -> str:
    """Count the answer under every bound and return "", or return the bound that it exceeds."""
    at, key = message.created_at, message.key
    bounds = _bounds(message, budget, known=_has_registered(connection, message.address.value))
    if count(connection, tuple(bounds.values()), at=at, key=key) is None:
        return ""
    over = (why for why, one in bounds.items() if reached(connection, [one], at=at, key=key))
    return next(over, "campaign")


def _bounds(message: Outgoing, budget: AnswerBudget, *, known: bool) -> Mapping[str, Bound]:
    """Return the bounds by their reason; the one that all share first, so that it locks first."""
    mailbox = _owner(message.address.value)
    domain = mailbox.rpartition("@")[2]
    most = MAILBOX_ANSWERS_MAX if known else STRANGER_ANSWERS_MAX
    return {
        "campaign": Bound(f"answers:{budget.campaign}", budget.most),
        "domain": Bound(f"answers to domain:{domain}", budget.domain_most),
        "mailbox": Bound(f"answers to:{mailbox}", most),
        "repeated": Bound(f"answer:{mailbox}:{digest(message.reply)}", 1),
    }


def _owner(mailbox: str) -> str:
    """Return the mailbox without what its owner may add to its name at will."""
    name, _at, domain = mailbox.rpartition("@")
    plain = name.partition("+")[0] or name
    return f"{plain.replace('.', '')}@gmail.com" if domain in GMAIL else f"{plain}@{domain}"


def _has_registered(connection: Connection, mailbox: str) -> bool:
    return bool(connection.all(_HAS_REGISTERED, mailbox=mailbox))


def digest(reply: Reply) -> str:
    """Return a digest of what a reply says, whatever tokens it bears."""
    said = replace(reply, prompts=tuple(_without_proof(one) for one in reply.prompts))
    return blake2b(msgspec.json.encode(said), digest_size=DIGEST_BYTES).hexdigest()


def _without_proof(prompt: Prompt) -> Prompt:
    if "proof" not in prompt.args:
        return prompt
    return replace(prompt, args={name: at for name, at in prompt.args.items() if name != "proof"})
