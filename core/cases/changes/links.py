"""Addresses linked to a record, or unlinked, by the desk or after a code, in SQL."""

from typing import Final

from core.campaign import Limits
from core.cases.changes import Actor, Changed, Refused
from core.cases.changes.correct import change
from core.cases.changes.messages import withdraw_to
from core.cases.changes.record import Record, begin, note
from core.database.statements import Connection, Plain, Statement, iso_utc
from core.messages import Address, AddressKind, Channel
from core.registration.addresses import NOT_LINKED, Contact, address_columns, lock_addresses
from core.registration.proofs import prove_address
from core.registration.standing import CURRENT, RecordStanding
from core.registration.statements import TOUCH_RECORD

ADDRESSES_MAX: Final = Limits().addresses_per_record_max

_HELD_BY_ANOTHER = Statement(
    """
    SELECT number
    FROM records
    WHERE nik = :nik AND campaign = :campaign AND id <> :record_id AND {current}
        AND standing = 'held'
    """,
    current=CURRENT,
)
_UNLINK = Statement("""
    DELETE FROM addresses
    WHERE record_id = :record_id AND kind = :kind AND value = :value
""")
_FORGET_CODE = Statement("""
    DELETE FROM proofs
    WHERE record_id = :record_id AND kind = :kind AND value = :value
""")


def link(
    connection: Connection,
    record_id: int,
    address: Address,
    channel: Channel,
    actor: Actor,
) -> Changed | Refused:
    """Link the address as proven; the record is then held. At most `ADDRESSES_MAX` are.

    A contested record may be held where no other one holds the NIK; a claimed one then yields.
    Raises `LostRaceError` if another transaction linked it first: run it again.
    """
    record = begin(connection, record_id, actor)
    if not isinstance(record, Record):
        return record
    return _link(connection, record, Contact(address, channel, actor.at), actor)


def unlink(
    connection: Connection, record_id: int, address: Address, actor: Actor
) -> Changed | Refused:
    """Unlink the address: nothing about the record goes there any more, and it proves nothing.

    A phone on file stays there until it is corrected.
    """
    record = begin(connection, record_id, actor)
    if not isinstance(record, Record):
        return record
    old = _unlink(connection, record, address, actor)
    return Changed(number=record.number, old=old) if old else Refused(why="not_linked")


def move_phone(
    connection: Connection,
    record_id: int,
    phone: str,
    actor: Actor,
) -> Changed | Refused:
    """Put the new phone, proven, in the place of the one on file, which is unlinked.

    `old` has the phone before, for whoever tells it once. Write with the `meeting_keys` of the new
    phone. Raises `LostRaceError` as `link` does.
    """
    record = begin(connection, record_id, actor)
    if not isinstance(record, Record):
        return record
    contact = Contact(Address(AddressKind.PHONE, phone), Channel.SMS, actor.at)
    leaves = record.phone not in (None, phone)
    linked = _link(connection, record, contact, actor, most=ADDRESSES_MAX + leaves)
    if isinstance(linked, Refused):
        return linked
    corrected = change(connection, record, {"phone": phone}, actor)
    old = {**linked.old, **corrected.old}
    if record.phone and leaves:
        old |= _unlink(connection, record, Address(AddressKind.PHONE, record.phone), actor)
    return Changed(number=record.number, old=old)


def _link(
    connection: Connection,
    record: Record,
    contact: Contact,
    actor: Actor,
    *,
    most: int = ADDRESSES_MAX,
) -> Changed | Refused:
    if record.yielded:
        return Refused(why="closed")
    where: dict[str, str] = {"nik": record.nik, "campaign": record.campaign}
    other = connection.one(_HELD_BY_ANOTHER, **where, record_id=record.id)
    if other and record.standing == RecordStanding.CONTESTED:
        return Refused(why="nik_taken", number=other[0])
    before = lock_addresses(connection, record.id).get(contact.address, NOT_LINKED)
    prove_address(connection, record.id, contact, key=actor.key, most=most)
    if contact.address not in lock_addresses(connection, record.id):
        return Refused(why="full")
    old: dict[str, str | None] = {}
    if record.standing != RecordStanding.HELD:
        old["standing"] = record.standing  # `prove_address` has noted it
    if not before.verified:
        now = contact.address.conversation
        note(connection, record.id, actor, field="link", old=None, new=now)
        old["link"] = None
    return Changed(number=record.number, old=old)


def _unlink(
    connection: Connection, record: Record, address: Address, actor: Actor
) -> dict[str, str | None]:
    where: dict[str, Plain] = {"record_id": record.id, **address_columns(address)}
    if not connection.run(_UNLINK, **where):
        return {}
    connection.run(_FORGET_CODE, **where)
    withdraw_to(connection, record, [address])
    connection.run(TOUCH_RECORD, record_id=record.id, at=iso_utc(actor.at))
    was = address.conversation
    note(connection, record.id, actor, field="unlink", old=was, new=None)
    return {"unlink": was}
