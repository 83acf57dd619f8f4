"""One-time codes (OTP) that prove possession of the phone on file: bounds, SMS, verdicts. Pure."""

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

CODES: Final = 1_000_000  # possible ones: six digits
CODE_SECONDS: Final = 600
TRIES_MAX: Final = 5
# A day, whether the number exists or not:
CODES_PER_CLAIM_MAX: Final = 4  # for a number from one address: no stranger can use them all up
CODES_PER_NUMBER_MAX: Final = 6  # from phones not linked to it
CODES_PER_NUMBER_BY_MAIL_MAX: Final = 2  # mailboxes cost nothing: they count apart from phones
CODES_PER_ADDRESS_MAX: Final = 10  # for all numbers that one address claims

CodeVerdict = Literal["right", "wrong", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A code stored for the address that asked for it, and the tries so far."""

    code: str = field(repr=False)
    tries: int
    expires_at: int  # seconds since 1970
    checked_by: str | None  # key of the last try
    proven_by: str | None  # key of the right one


def request_bounds(request: SendCode, *, linked: bool) -> tuple[Bound, ...]:
    """Return the bounds on requests for a code.

    They count the claimed number, not the record, so a bound reveals nothing. Strangers cannot
    use up the requests of an address that is `linked` to the record, or on file there; nor those
    who write in the name of a mailbox the requests of that mailbox.
    """
    number, asker = f"{request.campaign}:{request.number}", request.address.conversation
    asker = asker if request.vouched else f"unvouched {asker}"
    own = (
        Bound(f"claim:{asker}:{number}", CODES_PER_CLAIM_MAX),
        Bound(f"asker:{asker}", CODES_PER_ADDRESS_MAX),
    )
    if linked:
        return own
    if request.address.kind is AddressKind.EMAIL:
        return (*own, Bound(f"mail for:{number}", CODES_PER_NUMBER_BY_MAIL_MAX))
    return (*own, Bound(f"number:{number}", CODES_PER_NUMBER_MAX))


def refuse_until(over: datetime) -> CodeSent:
    """Return the refusal of a code until `over`, rounded up to whole seconds."""
    return CodeSent(too_many=True, again_at=ceil(over.timestamp()))


def code_message(request: SendCode, phone: str, code: str) -> Outgoing:
    """Return the SMS that takes the code to the phone on file; an official asks by the desk."""
    words = "code_desk" if request.address.of_desk else "code_sms"
    return Outgoing(
        key=code_key(request),
        channel=Channel.SMS,
        address=Address(AddressKind.PHONE, phone),
        reply=Reply((Prompt(words, {"code": code}),), request.language, ends=True),
        created_at=moment(request.at),
        not_after=moment(request.at + CODE_SECONDS),
    )


def code_key(request: SendCode) -> str:
    """Return the key of the SMS, which is enqueued once however often the effect runs."""
    return f"{request.key}/code"


def judge_code(proof: Proof | None, request: CheckCode) -> tuple[CodeVerdict, bool]:
    """Return the verdict on the typed code, and whether this is a new try, to be counted.

    A wrong last try is `expired` at once: none is left.
    """
    if proof is None:
        return "expired", False
    if proof.checked_by == request.key:
        return "right" if proof.proven_by == request.key else _after_wrong(proof.tries), False
    spent = proof.proven_by is not None or proof.tries >= TRIES_MAX
    if spent or request.at >= proof.expires_at:
        return "expired", False
    if hmac.compare_digest(proof.code.encode(), request.code.encode(errors="replace")):
        return "right", True
    return _after_wrong(proof.tries + 1), True


def _after_wrong(tries: int) -> CodeVerdict:
    return "wrong" if tries < TRIES_MAX else "expired"
