"""The SMS that follow a registration: its number after USSD, and a notice after a letter."""

from typing import Final

from core.fields.timezones import zone_of
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.registration.intent import RegistrationIntent
from core.roster.invitation_words import cut_name
from core.wording.gsm7 import septets, to_gsm7

NOTICE: Final = "/notice"  # after the id of the intent: the key of its notice
PERSON_SEPTETS_MAX: Final = 30  # with these two, a notice is one SMS in every language
SENDER_SEPTETS_MAX: Final = 24
_SETTLED = frozenset({"verified", "not_listed"})  # statuses that the person can act on


def confirmation(intent: RegistrationIntent, number: str, status: str) -> Outgoing | None:
    """Return the SMS that repeats the number: a USSD screen is gone in seconds. Else None."""
    if intent.channel is not Channel.USSD or intent.address.kind is not AddressKind.PHONE:
        return None
    args = {"number": number, "full_name": intent.full_name}
    settled = status in _SETTLED
    prompt = Prompt(f"registered_sms_{status}" if settled else "registered_sms", args)
    return Outgoing(
        key=f"{intent.intent_id}/confirmation",
        channel=Channel.SMS,
        address=intent.address,
        reply=Reply((prompt,), intent.language, ends=True),
        created_at=intent.received_at,
        answers_request=False,
    )


def notice(intent: RegistrationIntent) -> Outgoing | None:
    """Return the SMS to a phone that a letter or list declares: who registered whom, is it so?"""
    if not (intent.address.forgeable or intent.of_web_list) or not intent.phone:
        return None
    person = cut_name(intent.full_name, PERSON_SEPTETS_MAX)
    said = {"person": f"@text:{person}", "nik_end": intent.nik[-4:]}
    if not intent.of_web_list:
        said["sender"] = f"@text:{_sender(intent.address.value)}"
    prompt = Prompt("notice_list" if intent.of_web_list else "notice", said)
    return Outgoing(
        key=f"{intent.intent_id}{NOTICE}",
        channel=Channel.SMS,
        address=Address(AddressKind.PHONE, intent.phone),
        reply=Reply((prompt,), intent.language, ends=True),
        created_at=intent.received_at,
        answers_request=False,
        quiet=zone_of(intent.nik),
    )


def _sender(mailbox: str) -> str:
    """Return as much of the domain of a mailbox as fits, and the first letter before it."""
    name, _, domain = to_gsm7(mailbox).rpartition("@")
    masked = f"{name[:1]}***@{domain}"
    while septets(masked) > SENDER_SEPTETS_MAX:
        masked = masked[1:]
    return masked
