"""What a person is told of a change of the record, queued in the transaction of the change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.cases.changes import Actor, Refused
from core.cases.changes.erase import Erased, erase, receipt_of
from core.cases.columns import record_of_id
from core.cases.evidence import Column
from core.cases.messages import told
from core.cases.plans import Words
from core.database.statements import Connection
from core.messages import Address, Channel
from core.outbox.farewell import FAREWELL
from core.outbox.message import Outgoing
from core.outbox.store import enqueue
from core.outbox.withholding import enqueue_unasked, may_reach

FAREWELL_HOURS: Final = 24  # for which the last message is tried; then its row is deleted


class Telling(NamedTuple):
    """The key under which it is told once, when, and the countries that SMS go to unasked."""

    key: str
    at: datetime
    countries: frozenset[str]


def tell(
    connection: Connection,
    record_id: int,
    words: Words,
    how: Telling,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Tell the person with this record, by the best address; nothing where there is none."""
    person = record_of_id(connection, record_id)
    if person is None:
        return
    for message in told(words, person, key=how.key, at=how.at, facts=facts):
        enqueue_unasked(connection, message, record_id=record_id, countries=how.countries)


def erase_and_tell(
    connection: Connection,
    record_id: int,
    actor: Actor,
    countries: frozenset[str],
    door: Address | None = None,
) -> Erased | Refused:
    """Erase the person as `erase` does, and send the receipt; the message is forgotten, too.

    It goes to the address by which the person asked for it, their `door`, else to the best one.
    """
    person = record_of_id(connection, record_id)
    words = [] if person is None else _farewell(connection, person, actor, countries, door)
    erased = erase(connection, record_id, actor)
    if isinstance(erased, Erased):
        for message in words:
            enqueue(connection, message)  # no tally remembers the phone
    return erased


def _farewell(
    connection: Connection,
    person: Column,
    actor: Actor,
    countries: frozenset[str],
    door: Address | None,
) -> list[Outgoing]:
    """Return the last message; made before the erasure, after which nobody has ever written."""
    nobody = replace(person, number="", address=door or person.address)
    receipt, last = receipt_of(actor.key), actor.at + timedelta(hours=FAREWELL_HOURS)
    key, facts = f"{FAREWELL}{receipt}", {"receipt": receipt}
    return [
        replace(message, not_after=last)
        for message in told(Words.ERASED, nobody, key=key, at=actor.at, facts=facts)
        if message.channel is not Channel.SMS
        or may_reach(connection, message.address.value, countries)
    ]
