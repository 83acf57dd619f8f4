"""Codes that prove who holds the phone on file: their bounds, their words, what one is worth."""

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Final, Literal

from core.fields.timezones import moment
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.sms_bounds import Bound
from core.registration.requests import CheckCode, CodeSent, SendCode

CODES: Final = 1_000_000  # there are so many
CODE_SECONDS: Final = 600
TRIES_MAX: Final = 5
# In a day, whether anybody has that number or not:
CODES_PER_CLAIM_MAX: Final = 4  # of a number from one address, so that no stranger takes them all
CODES_PER_NUMBER_MAX: Final = 6  # from phones that are not linked to it
CODES_PER_NUMBER_BY_MAIL_MAX: Final = 2  # mailboxes cost nothing: they take none of the phones'
CODES_PER_ADDRESS_MAX: Final = 10  # of one that asks

CodeVerdict = Literal["right", "wrong", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A code as it is kept for who asked for it, and what was tried of it."""

    code: str = field(repr=False)
    tries: int
    expires_at: int  # in seconds
    checked_by: str | None
    proven_by: str | None


def bounds(request: SendCode, *, linked: bool) -> tuple[Bound, ...]:
    """Return what bounds the codes that may be asked for.

    What is counted is the number that was claimed, not the record: a bound tells nothing. No
    stranger uses up what an address may ask for that is `linked` to the record, or on file there.
    """
    number, asker = f"{request.campaign}:{request.number}", request.address.conversation
    own = (
        Bound(f"claim:{asker}:{number}", CODES_PER_CLAIM_MAX),
        Bound(f"asker:{asker}", CODES_PER_ADDRESS_MAX),
    )
    if linked:
        return own
    if request.address.kind is AddressKind.EMAIL:
        return (*own, Bound(f"mail for:{number}", CODES_PER_NUMBER_BY_MAIL_MAX))
    return (*own, Bound(f"number:{number}", CODES_PER_NUMBER_MAX))


def too_many(over: datetime) -> CodeSent:
    """Return that there are too many, to the last whole second in which that is so."""
    return CodeSent(too_many=True, again_at=ceil(over.timestamp()))


def code_message(request: SendCode, phone: str, code: str) -> Outgoing:
    """Return the SMS that takes the code to the phone on file, whoever asked for it."""
    return Outgoing(
        key=code_key(request),
        channel=Channel.SMS,
        address=Address(AddressKind.PHONE, phone),
        reply=Reply((Prompt("code_sms", {"code": code}),), request.language, ends=True),
        created_at=moment(request.at),
        not_after=moment(request.at + CODE_SECONDS),
    )


def code_key(request: SendCode) -> str:
    """Return the key under which the SMS is owed: once, however often the effect is redone."""
    return f"{request.key}/code"


def judge_code(proof: Proof | None, request: CheckCode) -> tuple[CodeVerdict, bool]:
    """Return what the typed code is worth, and whether this is a new try, which counts.

    The last try that may be made is answered like those after it: there is none left.
    """
    if proof is None:
        return "expired", False
    if proof.checked_by == request.key:
        return _said_before(proof, request), False
    spent = proof.proven_by is not None or proof.tries >= TRIES_MAX
    if spent or request.at >= proof.expires_at:
        return "expired", False
    if hmac.compare_digest(proof.code.encode(), request.code.encode(errors="replace")):
        return "right", True
    return _after_wrong(proof.tries + 1), True


def may_prove(address: Address) -> bool:
    """Say whether a right code makes the address proven: one that can be forged never is."""
    return not address.forgeable


def _said_before(proof: Proof, request: CheckCode) -> CodeVerdict:
    return "right" if proof.proven_by == request.key else _after_wrong(proof.tries)


def _after_wrong(tries: int) -> CodeVerdict:
    return "wrong" if tries < TRIES_MAX else "expired"
