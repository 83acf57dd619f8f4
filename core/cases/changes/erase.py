"""Everything of one person erased, in SQL; what is left is a receipt that says nothing of them.

What is theirs: the record, those merged into it, and others of the same NIK in the same name; all
that hangs on these; and the addresses that nobody else shares. The roster stays: it is the list of
the ministry, which is asked there. No further invitation goes out by it.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

import msgspec

from core.campaign import Limits
from core.cases.changes import Actor, Refused
from core.cases.changes import erase_statements as sql
from core.cases.changes.mentions import (
    forget_forms,
    forget_mentions,
    forget_messages,
    mentions_of,
)
from core.cases.changes.messages import addresses_of
from core.cases.changes.record import Record, lock_record
from core.cases.changes.withdraw import give_seats_back
from core.database.audit import forget
from core.database.statements import Connection, Plain, iso_utc
from core.fields.name_matching import same_name
from core.messages import Address, AddressKind
from core.registration.addresses import address_columns
from core.registration.evidence import letter_key
from core.registration.intent import RegistrationIntent
from core.registration.number import NUMBER_BITS, make_number
from core.roster.lookup import uninvite


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """`receipt` is a number that says nothing of the person.

    The sessions of these `conversations` are to be forgotten too; `others` are the numbers of
    records in another name under the same NIK, which stay for an official to decide.
    """

    receipt: str
    conversations: tuple[str, ...] = field(default=(), repr=False)
    others: tuple[str, ...] = ()


def erase(connection: Connection, record_id: int, actor: Actor) -> Erased | Refused:
    """Erase the person with this record; give their seats back.

    A second run, which finds nobody, returns the same receipt, without conversations.
    """
    record = lock_record(connection, _root(connection, record_id))
    if record is None:
        done = connection.one(sql.RECEIPT, key=_digest(actor.key))
        return Erased(receipt=done[0]) if done else Refused(why="unknown")
    theirs, others = _records(connection, record)
    used = _addresses(connection, theirs)
    for one in theirs:
        used |= _erase_intents(connection, one, used)
    for one in theirs:
        _erase_record(connection, one, actor)
    alone = {address for address in used if not connection.all(sql.SHARED, **_place(address))}
    browsers = _browsers(connection, alone)
    used, alone = used | browsers, alone | browsers
    for address in alone:
        _erase_address(connection, address)
    own = [(one.id, one.number, one.nik, one.full_name) for one in theirs]
    who = mentions_of(own, (address.value for address in alone))
    forget_mentions(connection, who)
    forget_forms(connection, who, {address.value for address in used})
    for address in used - alone:
        forget_messages(connection, who, address)
    forget(connection, [one.number for one in theirs])
    return Erased(
        receipt=_receipt(connection, actor),
        conversations=_conversations(used, alone),
        others=tuple(one.number for one in others),
    )


def _root(connection: Connection, record_id: int) -> int:
    """Return the id of the record that this one was merged into, if it was."""
    row = connection.one(sql.ROOT, record_id=record_id)
    return record_id if row is None else int(row[0])


def _records(connection: Connection, record: Record) -> tuple[list[Record], list[Record]]:
    """Return the person's records, locked, and those of the same NIK in another name."""
    where: dict[str, Plain] = {"record_id": record.id, "nik": record.nik}
    found = [lock_record(connection, row_id) for (row_id,) in connection.all(sql.OTHERS, **where)]
    rest = [one for one in found if one is not None]
    same = [one for one in rest if one.nik != record.nik or _is_named(one.full_name, record)]
    return [record, *same], [one for one in rest if one not in same]


def _is_named(full_name: str, record: Record) -> bool:
    return same_name(full_name, record.full_name, Limits().name_match_min)


def _addresses(connection: Connection, theirs: list[Record]) -> set[Address]:
    """Return the addresses that the records have, or had."""
    found = set[Address]().union(*(addresses_of(connection, one) for one in theirs))
    for one in theirs:
        for name, *values in connection.all(sql.HISTORY, record_id=one.id):
            known = [str(value) for value in values if value]
            found |= {_address(f"phone:{value}" if name == "phone" else value) for value in known}
    return found


def _browsers(connection: Connection, phones: set[Address]) -> set[Address]:
    """Return the browsers that speak as one of these phones."""
    rows = [row for one in phones for row in connection.all(sql.BROWSERS, **_place(one))]
    return {Address(AddressKind.WEB, browser) for (browser,) in rows}


def _address(conversation: str) -> Address:
    kind, _, value = conversation.partition(":")
    return Address(AddressKind(kind), value)


def _erase_intents(connection: Connection, record: Record, used: set[Address]) -> set[Address]:
    """Erase what the person sent, and return from where, and the phones that it declared.

    Somebody else's intent that still waits stays, without the record and its data key.
    """
    sent = [*connection.all(sql.INTENTS_OF_RECORD, record_id=record.id)]
    for address in used:
        rows = connection.all(sql.INTENTS_OF_ADDRESS, **_place(address))
        sent += [row for row in rows if _is_named(_read(row[1]).full_name, record)]
    found = set[Address]()
    for intent_id, intent in sent:
        given = _read(intent)
        if _is_named(given.full_name, record):
            phone = {Address(AddressKind.PHONE, given.phone)} if given.phone else set[Address]()
            found |= {given.address} | phone
        elif connection.all(sql.WAITS, intent_id=intent_id):
            connection.run(sql.PART, intent_id=intent_id, intent=intent)
            continue
        connection.run(sql.ERASE_INTENT, intent_id=intent_id)
        _erase_letter(connection, letter_key(given.address, given.message_id))
    return found


def _read(intent: str) -> RegistrationIntent:
    return RegistrationIntent.model_validate_json(intent)


def _erase_letter(connection: Connection, letter: str) -> None:
    connection.run(sql.ERASE_FILES, key=letter)
    connection.run(sql.ERASE_CASE, key=f"letter:{letter}")


def _erase_record(connection: Connection, record: Record, actor: Actor) -> None:
    give_seats_back(connection, record.id, actor)
    uninvite(connection, campaign=record.campaign, nik=record.nik, at=actor.at)
    for (detail,) in connection.all(sql.LETTERS, record_id=record.id):
        _erase_letter(connection, msgspec.json.decode(detail)["letter"])
    for statement in sql.OF_RECORD:
        connection.run(statement, record_id=record.id)
    connection.shred(record.data_key)
    for statement in sql.OF_NUMBER:
        connection.run(statement, number=record.number, nik=record.nik)


def _erase_address(connection: Connection, address: Address) -> None:
    for statement in sql.OF_ADDRESS:
        connection.run(statement, **_place(address))


def receipt_of(key: str) -> str:
    """Return the number of the receipt of an erasure by an actor with this key."""
    return make_number(int(_digest(key), 16) % (1 << NUMBER_BITS))


def _receipt(connection: Connection, actor: Actor) -> str:
    receipt = receipt_of(actor.key)
    key, at = _digest(actor.key), iso_utc(actor.at)
    connection.run(sql.KEEP_RECEIPT, key=key, receipt=receipt, at=at)
    return receipt


def _digest(key: str) -> str:
    return blake2b(key.encode(), digest_size=16).hexdigest()


def _conversations(used: set[Address], alone: set[Address]) -> tuple[str, ...]:
    """Return those of addresses that are the person's alone, and of every phone."""
    kept = (one for one in used if one in alone or one.kind is not AddressKind.EMAIL)
    return tuple(sorted(one.conversation for one in kept))


def _place(address: Address) -> dict[str, Plain]:
    return {**address_columns(address)}
