"""Codes sent by SMS that prove possession of the phone on file, in SQL."""

from datetime import datetime, timedelta

from core.database.statements import Connection, Plain, Row, Statement, iso_utc
from core.fields.timezones import moment
from core.messages import Address, AddressKind, Channel
from core.outbox.rate_limits import count, reached
from core.outbox.sms_bounds import DAY_SECONDS, asker, code_bounds
from core.outbox.withholding import enqueue_code, status_of
from core.registration.addresses import (
    NOT_LINKED,
    Contact,
    address_columns,
    displace_claimed,
    link_address,
    lock_addresses,
)
from core.registration.otp_rules import (
    CODE_SECONDS,
    TRIES_MAX,
    Proof,
    code_key,
    code_message,
    judge_code,
    refuse_until,
    request_bounds,
)
from core.registration.requests import CheckCode, CodeChecked, CodeSent, SendCode
from core.registration.standing import RecordStanding
from core.registration.statements import CHECK_AGAIN, OF_NUMBER, TOUCH_RECORD
from core.registration.superseding import hold
from core.registration.terms import Terms

# The phone on file, and whether the requesting address is proven: NULL if it is not linked.
_PHONE = Statement(
    """
    SELECT records.id, records.phone, addresses.verified
    FROM records
    LEFT JOIN addresses
        ON addresses.record_id = records.id
        AND addresses.kind = :kind
        AND addresses.value = :value
    WHERE records.id = {of_number} AND records.campaign = :campaign
    FOR NO KEY UPDATE OF records
    """,
    of_number=OF_NUMBER,
)  # whoever changes the phone forgets its codes, and must not miss this one
_FORGET = Statement("""
    DELETE FROM proofs
    WHERE record_id = :record_id AND expires_at < :before
""")
_LIVE = Statement("""
    SELECT 1
    FROM proofs
    WHERE record_id = :record_id
        AND kind = :kind
        AND value = :value
        AND code <> ''
        AND tries < :tries_max
        AND expires_at > :now
""")
_PUT = Statement("""
    INSERT INTO proofs (record_id, kind, value, code, key, tries, expires_at)
    VALUES (:record_id, :kind, :value, :otp, :key, 0, :expires_at)
    ON CONFLICT (record_id, kind, value) DO UPDATE
    SET code = excluded.code,
        key = excluded.key,
        tries = 0,
        expires_at = excluded.expires_at,
        checked_by = NULL,
        proven_by = NULL
""")
_PROOF = Statement(
    """
    SELECT
        records.id, records.phone, proofs.code, proofs.tries, proofs.expires_at,
        proofs.checked_by, proofs.proven_by
    FROM records
    JOIN proofs ON proofs.record_id = records.id
    WHERE records.id = {of_number}
        AND records.campaign = :campaign
        AND proofs.kind = :kind
        AND proofs.value = :value
    FOR UPDATE OF proofs
    """,
    of_number=OF_NUMBER,
)  # concurrent guesses are counted one after the other
_TRY = Statement("""
    UPDATE proofs
    SET tries = tries + 1, checked_by = :key
    WHERE record_id = :record_id AND kind = :kind AND value = :value
""")
_PROVE = Statement("""
    UPDATE proofs
    SET code = '', checked_by = :key, proven_by = :key
    WHERE record_id = :record_id AND kind = :kind AND value = :value
""")


def send_code(connection: Connection, *, request: SendCode, terms: Terms, code: str) -> CodeSent:
    """Enqueue an SMS with `code` to the phone on file of the claimed number, if there is one.

    Only an asker known to the record learns that the phone has been sent too many codes.
    """
    now, place = moment(request.at), address_columns(request.address)
    found = connection.one(_PHONE, number=request.number, campaign=request.campaign, **place)
    record_id, phone, verified = found or (0, None, None)
    trust = asker(request.address, phone or "", proven=bool(verified))
    known = trust == "known"
    sent = code_bounds(phone, trust) if phone else ()
    full = reached(connection, sent, at=now, key=code_key(request)) if known else None
    asked = request_bounds(request, linked=known or verified is not None)
    if full is None and (over := count(connection, asked, at=now, key=request.key)):
        return refuse_until(over)
    if phone and not _is_sent(connection, request, record_id):
        message = code_message(request, phone, code)
        if enqueue_code(connection.of_record(record_id), message, trust, terms.countries):
            _store(connection, request, code, record_id)
    return CodeSent() if full is None else refuse_until(full)


def _is_sent(connection: Connection, request: SendCode, record_id: int) -> bool:
    """Return True if this code was sent already, or one that the request must not replace."""
    if status_of(connection, code_key(request)):
        return True
    where: dict[str, Plain] = {**address_columns(request.address), "record_id": record_id}
    where |= {"tries_max": TRIES_MAX, "now": iso_utc(moment(request.at))}
    return not request.vouched and connection.one(_LIVE, **where) is not None


def _store(connection: Connection, request: SendCode, code: str, record_id: int) -> None:
    """Store the code for the address that asked; codes for other addresses stay valid."""
    now = moment(request.at)
    old = iso_utc(now - timedelta(seconds=DAY_SECONDS))
    connection.run(_FORGET, record_id=record_id, before=old)
    connection.run(
        _PUT,
        **address_columns(request.address),
        record_id=record_id,
        otp=code,
        key=request.key,
        expires_at=iso_utc(now + timedelta(seconds=CODE_SECONDS)),
    )


def check_code(connection: Connection, *, request: CheckCode, terms: Terms) -> CodeChecked:
    """Return the verdict on a typed code; count it if it is wrong.

    A right one proves the address that gives it back; the phone that it went to, where no network
    vouches for that address: a mailbox, or an official to whom a caller reads the code.
    Raises `LostRaceError` if another transaction linked the address first: run it again.
    """
    place = address_columns(request.address)
    found = connection.one(_PROOF, number=request.number, campaign=request.campaign, **place)
    verdict, counts = judge_code(_proof(found[2:]) if found else None, request)
    if found is None or not counts:
        return CodeChecked(verdict=verdict)
    record_id, phone = found[:2]
    where: dict[str, Plain] = {**place, "record_id": record_id, "key": request.key}
    connection.run(_PROVE if verdict == "right" else _TRY, **where)
    if verdict == "right":
        most = terms.limits.addresses_per_record_max
        prove_address(connection, record_id, _proven(request, phone), key=request.key, most=most)
    return CodeChecked(verdict=verdict)


def _proven(request: CheckCode, phone: str) -> Contact:
    if not request.address.by_network:
        return Contact(Address(AddressKind.PHONE, phone), Channel.SMS, moment(request.at))
    return Contact(request.address, request.channel, moment(request.at))


def _proof(row: Row) -> Proof:
    code, tries, expires_at, checked_by, proven_by = row
    return Proof(
        code=code,
        tries=tries,
        expires_at=int(datetime.fromisoformat(expires_at).timestamp()),
        checked_by=checked_by,
        proven_by=proven_by,
    )


def prove_address(
    connection: Connection, record_id: int, contact: Contact, *, key: str, most: int
) -> None:
    """Link the address to the record as proven, unless `most` others are, and hold the record."""
    linked = lock_addresses(connection, record_id)
    link = linked.get(contact.address, NOT_LINKED)
    full = link.channels is None and len(linked) >= most
    if full and not displace_claimed(connection, record_id):
        return
    at = iso_utc(contact.at)
    if link_address(connection, record_id, contact, link, verified=True):
        connection.run(TOUCH_RECORD, record_id=record_id, at=at)
    was = hold(connection, record_id, key=key, at=contact.at)
    if was in (RecordStanding.CLAIMED, RecordStanding.CONTESTED):
        connection.run(CHECK_AGAIN, record_id=record_id, at=at)
