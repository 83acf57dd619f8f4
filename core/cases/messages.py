"""What the people of a case, or of a change, are told: the words, and where they go. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from core.cases.evidence import Column, Evidence
from core.cases.plans import Plan, Telling, Words
from core.fields.timezones import zone_of
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing

CHANNELS: Final = {
    AddressKind.PHONE: Channel.SMS,
    AddressKind.EMAIL: Channel.EMAIL,
    AddressKind.WHATSAPP: Channel.WHATSAPP,
}


class Told(NamedTuple):
    """A message to the person of one column; `record_id` is that of the record it is about."""

    side: str
    record_id: int | None
    message: Outgoing


def told(
    words: Words, person: Column, *, key: str, at: datetime, facts: Mapping[str, str] | None = None
) -> tuple[Outgoing, ...]:
    """Return the message that says `words` to a person; nothing where no address is known.

    `facts` are the values that stand in the words; the number of the record always is one, and
    `to` is another phone than the person's own.
    """
    given = {"number": person.number, **(facts or {})}
    phone = given.pop("to", "")
    address = Address(AddressKind.PHONE, phone) if phone else person.address
    if address is None or address.kind not in CHANNELS:
        return ()
    message = Outgoing(
        key=key,
        channel=CHANNELS[address.kind],
        address=address,
        reply=Reply((Prompt(words, given),), person.language, ends=True),
        created_at=at,
        answers_request=False,
        quiet=zone_of(person.nik),
        unvouched=address.forgeable and address not in person.proven,
    )
    return (message,)


def messages_of(evidence: Evidence, plan: Plan, *, key: str, at: datetime) -> tuple[Told, ...]:
    """Return the messages of a plan: to each address once, by whatever side it is told first."""
    made = [
        one
        for place, telling in enumerate(plan.tells)
        for one in _of_telling(evidence, telling, key=f"{key}/{place}", at=at)
    ]
    first: dict[Address, Told] = {}
    for one in made:
        first.setdefault(one.message.address, one)
    return tuple(first.values())


def _of_telling(
    evidence: Evidence, telling: Telling, *, key: str, at: datetime
) -> tuple[Told, ...]:
    person = evidence.column(telling.side)
    if person is None:
        return ()
    made = told(telling.words, person, key=key, at=at, facts=telling.facts)
    return tuple(Told(telling.side, person.record_id, message) for message in made)
