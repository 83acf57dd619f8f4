"""Codes sent by SMS that prove who holds the phone on file, in SQL."""

from datetime import datetime, timedelta

from core.database.statements import Connection, Plain, Row, Statement, iso_utc
from core.fields.timezones import moment
from core.outbox.rate_limits import count, forget, reached
from core.outbox.sms_bounds import DAY_SECONDS, asker, code_bounds
from core.outbox.withholding import enqueue_code, status_of
from core.registration.addresses import (
    NOT_LINKED,
    Contact,
    hold_addresses,
    link_address,
    place_of,
)
from core.registration.proof_rules import (
    CODE_SECONDS,
    Proof,
    bounds,
    code_key,
    code_message,
    judge_code,
    may_prove,
    too_many,
)
from core.registration.requests import CheckCode, CodeChecked, CodeSent, SendCode
from core.registration.statements import TOUCH_RECORD
from core.registration.terms import Terms

# the phone on file, and whether the address that asks is proven; NULL where it is not linked
_PHONE = Statement("""
    SELECT records.id, records.phone, addresses.verified
    FROM records
    LEFT JOIN addresses
        ON addresses.record_id = records.id
        AND addresses.kind = :kind
        AND addresses.value = :value
    WHERE records.number = :number AND records.campaign = :campaign
""")
_FORGET = Statement("""
    DELETE FROM proofs
    WHERE record_id = :record_id AND expires_at < :before
""")
_KEEP = Statement("""
    INSERT INTO proofs (record_id, kind, value, code, key, tries, expires_at)
    VALUES (:record_id, :kind, :value, :code, :key, 0, :expires_at)
    ON CONFLICT (record_id, kind, value) DO UPDATE
    SET code = excluded.code,
        key = excluded.key,
        tries = 0,
        expires_at = excluded.expires_at,
        checked_by = NULL,
        proven_by = NULL
""")
_PROOF = Statement("""
    SELECT
        records.id, proofs.code, proofs.tries, proofs.expires_at,
        proofs.checked_by, proofs.proven_by
    FROM records
    JOIN proofs ON proofs.record_id = records.id
    WHERE records.number = :number
        AND records.campaign = :campaign
        AND proofs.kind = :kind
        AND proofs.value = :value
    FOR UPDATE OF proofs
""")  # guesses at once are counted one after the other
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
    """Owe an SMS with `code` to the phone on file of that number, if there is one.

    That the phone on file has had too many is told only who is known to the record.
    """
    now, place = moment(request.at), place_of(request.address)
    forget(connection, now)
    found = connection.one(_PHONE, number=request.number, campaign=request.campaign, **place)
    record_id, phone, verified = found or (0, None, None)
    who = asker(request.address, phone or "", proven=bool(verified))
    linked = verified is not None or who == "known"
    of_phone = code_bounds(phone, who) if phone else ()
    full = reached(connection, of_phone, at=now, key=code_key(request)) if who == "known" else None
    if full is None and (
        over := count(connection, bounds(request, linked=linked), at=now, key=request.key)
    ):
        return too_many(over)
    if phone and not status_of(connection, code_key(request)):
        message = code_message(request, phone, code)
        if enqueue_code(connection, message, who, terms.countries):
            _keep(connection, request, code, record_id)
    return CodeSent() if full is None else too_many(full)


def _keep(connection: Connection, request: SendCode, code: str, record_id: int) -> None:
    """Keep the code for who asked; what others asked for lives on."""
    now = moment(request.at)
    old = iso_utc(now - timedelta(seconds=DAY_SECONDS))
    connection.run(_FORGET, record_id=record_id, before=old)
    connection.run(
        _KEEP,
        **place_of(request.address),
        record_id=record_id,
        code=code,
        key=request.key,
        expires_at=iso_utc(now + timedelta(seconds=CODE_SECONDS)),
    )


def check_code(connection: Connection, *, request: CheckCode, terms: Terms) -> CodeChecked:
    """Say whether it is the live code; every wrong one is counted.

    Raises `LostRaceError` where another transaction linked the address first: run it again.
    """
    place = place_of(request.address)
    found = connection.one(_PROOF, number=request.number, campaign=request.campaign, **place)
    verdict, counts = judge_code(_proof(found[1:]) if found else None, request)
    if found is None or not counts:
        return CodeChecked(verdict=verdict)
    where: dict[str, Plain] = {**place, "record_id": found[0], "key": request.key}
    connection.run(_PROVE if verdict == "right" else _TRY, **where)
    if verdict == "right" and may_prove(request.address):
        _link(connection, found[0], request, terms.limits.addresses_per_record_max)
    return CodeChecked(verdict=verdict)


def _proof(row: Row) -> Proof:
    code, tries, expires_at, checked_by, proven_by = row
    return Proof(
        code=code,
        tries=tries,
        expires_at=int(datetime.fromisoformat(expires_at).timestamp()),
        checked_by=checked_by,
        proven_by=proven_by,
    )


def _link(connection: Connection, record_id: int, request: CheckCode, most: int) -> None:
    """Make the address a proven one of the record, if there is room."""
    linked = hold_addresses(connection, record_id)
    was = linked.get(request.address, NOT_LINKED)
    if was.channels is None and len(linked) >= most:
        return
    contact = Contact(request.address, request.channel, moment(request.at))
    if link_address(connection, record_id, contact, was, verified=True):
        connection.run(TOUCH_RECORD, record_id=record_id, at=iso_utc(contact.at))
