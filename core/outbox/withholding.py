"""SMS to phones that have not asked for them: owed within bounds, or kept and never sent.

What is withheld stays in the outbox as such, where operators see it and a gauge counts it.
"""

from datetime import datetime

from sqlalchemy import exists, literal_column, or_, select

from core.database.statements import Connection, Statement, given
from core.database.tables import addresses, intents, outbox
from core.messages import AddressKind
from core.outbox.receipts import QUEUED, WITHHELD
from core.outbox.sms_bounds import Asker, code_bounds, is_abroad, unasked_bound
from core.outbox.store import owe
from core.outbox.tallies import count
from core.turns.ports import Outgoing

_PHONE = AddressKind.PHONE.value
_OWED = Statement(select(outbox.c.id).where(outbox.c.key == given("key")))
_proven = (
    addresses.c.kind == _PHONE,
    addresses.c.value == given("phone"),
    addresses.c.verified == 1,
)
_PROVEN = Statement(
    select(addresses.c.record_id).where(*_proven, addresses.c.record_id == given("record_id"))
)
_wrote = (intents.c.kind == _PHONE, intents.c.value == given("phone"))
_HAS_WRITTEN = Statement(
    select(literal_column("1")).where(or_(exists().where(*_proven), exists().where(*_wrote)))
)


def is_owed(connection: Connection, key: str) -> bool:
    """Say whether the message was owed before, sent or not."""
    return connection.one(_OWED, key=key) is not None


def may_reach(connection: Connection, phone: str, countries: frozenset[str]) -> bool:
    """Say whether SMS go to that country, or the phone itself has written to us."""
    return not is_abroad(phone, countries) or bool(connection.all(_HAS_WRITTEN, phone=phone))


def owe_code(
    connection: Connection, message: Outgoing, who: Asker, countries: frozenset[str]
) -> tuple[bool, datetime | None]:
    """Owe the SMS with a code or withhold it.

    Return whether it is owed and, where the phone has had too many, when it may have another.
    """
    phone = message.address.value
    reachable, over = may_reach(connection, phone, countries), None
    if reachable:
        bounds = code_bounds(phone, who)
        over = count(connection, bounds, at=message.created_at, key=message.key)
    owed = reachable and over is None
    owe(connection, message, status=QUEUED if owed else WITHHELD)
    return owed, over


def owe_unasked(
    connection: Connection, message: Outgoing, *, record_id: int, countries: frozenset[str]
) -> None:
    """Owe an SMS about a record, or withhold it: of a phone that merely stands on the record."""
    phone = message.address.value
    if is_owed(connection, message.key):
        return
    if connection.all(_PROVEN, phone=phone, record_id=record_id):
        owe(connection, message)
        return
    due = message.due_at
    fits = may_reach(connection, phone, countries) and not count(
        connection, [unasked_bound(phone, due)], at=due, key=message.key
    )
    owe(connection, message, status=QUEUED if fits else WITHHELD)
