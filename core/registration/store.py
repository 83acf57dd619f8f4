"""Registrations in SQL: read what is on file, let `identity` decide, write everything at once.

The record, its address, its history, the intent and the message to the person are one transaction.
Unique keys and versions detect concurrent writes of one record: the second transaction sees a
write that touched nothing, rolls back, reads and decides again. Look-alike records share no such
key: their transactions lock common `meeting_keys`, so the second reads what the first wrote.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from core.database.statements import (
    Connection,
    Plain,
    Statement,
    column_list,
    iso_utc,
    parameter_list,
)
from core.fields.nik_slips import jumble, tail
from core.messages import Address
from core.outbox.store import enqueue
from core.registration.addresses import Contact, LostRaceError, address_columns, link_address
from core.registration.identity import Decision, decide
from core.registration.intent import Outcome, OutcomeKind, RegistrationIntent
from core.registration.notices import confirmation
from core.registration.on_file import Matches, find_matches
from core.registration.statements import ADD_HISTORY, TOUCH_RECORD
from core.registration.terms import Terms
from core.roster.listing import judge_listing
from core.roster.lookup import UnfinishedImportError, find_listing, uninvite

_RECORD = (
    *("campaign", "nik", "nik_tail", "nik_jumble", "number", "full_name", "birth_date", "sex"),
    *("phone", "profession", "language", "attributes", "created_at", "updated_at", "status"),
    *("facility_code", "check_due_at"),
)
_ADD_RECORD = Statement(
    """
    INSERT INTO records ({columns}, version)
    VALUES ({values}, 1)
    ON CONFLICT DO NOTHING
    RETURNING id
""",
    columns=column_list(_RECORD),
    values=parameter_list(_RECORD),
)
_CHANGE_RECORD = Statement("""
    UPDATE records
    SET full_name = :full_name,
        profession = :profession,
        updated_at = :at,
        version = version + 1
    WHERE id = :record_id AND version = :seen
""")
# A corrected name may match: check it again, unless the record is verified.
_CHECK_AGAIN = Statement("""
    UPDATE records
    SET check_due_at = :at, check_attempts = 0
    WHERE id = :record_id AND status <> 'verified'
""")
_INTENT = (
    *("intent_id", "record_id", "campaign", "channel", "provider", "kind", "value"),
    *("message_id", "received_at", "nik", "outcome", "number", "intent"),
)
_ADD_INTENT = Statement(
    """
    INSERT INTO intents ({columns})
    VALUES ({values})
    ON CONFLICT (intent_id) DO NOTHING
""",
    columns=column_list(_INTENT),
    values=parameter_list(_INTENT),
)
_OPT = Statement("""
    INSERT INTO opt_outs (kind, value, out, at)
    VALUES (:kind, :value, :out, :at)
    ON CONFLICT (kind, value) DO UPDATE
    SET out = excluded.out, at = excluded.at
    WHERE opt_outs.at <= excluded.at
""")


class _Checked(NamedTuple):
    """What a new record starts with: the roster's verdict, or when its check is due."""

    status: str
    facility_code: str | None = None
    due_at: str | None = None


def opt(connection: Connection, *, address: Address, out: bool, at: datetime) -> None:
    """Store that the address opted out of messages (`out`) or in again; the latest `at` wins."""
    connection.run(_OPT, **address_columns(address), out=int(out), at=iso_utc(at))


def record(
    connection: Connection, *, intent: RegistrationIntent, terms: Terms, number: str
) -> Outcome:
    """Record the intent once; the same intent always gets the same outcome.

    A new record gets `number`. Raises `LostRaceError` if another transaction wrote first or the
    number is taken: run it again, with another number. The caller locks the `meeting_keys`.
    """
    found = find_matches(connection, intent)
    if found.earlier is not None:
        return found.earlier
    decision = decide(intent, found.on_file, terms.limits)
    shown, record_id, checked = decision.number, found.record_id, _Checked("received")
    if decision.kind is OutcomeKind.REGISTERED:
        checked = _check(connection, intent, terms)
        shown, record_id = number, _register(connection, intent, number, checked)
    elif decision.changes:
        _change(connection, intent, found, decision)
    if decision.link and record_id is not None:
        _link(connection, intent, found, decision, record_id=record_id)
    outcome = Outcome(kind=decision.kind, number=shown, status=checked.status)
    _add_intent(connection, intent, outcome, record_id)
    return outcome


def _check(connection: Connection, intent: RegistrationIntent, terms: Terms) -> _Checked:
    later = _Checked("received", due_at=iso_utc(intent.received_at))
    if terms.asks_registry:
        return later
    try:
        listing = find_listing(connection, campaign=intent.campaign, nik=intent.nik)
    except UnfinishedImportError:
        return later
    if listing is None:
        return _Checked("received")
    verdict = judge_listing(intent.full_name, listing, name_match_min=terms.limits.name_match_min)
    return _Checked(verdict, listing.facility_code or None)


def _register(
    connection: Connection, intent: RegistrationIntent, number: str, checked: _Checked
) -> int:
    at = iso_utc(intent.received_at)
    added = connection.one(
        _ADD_RECORD,
        campaign=intent.campaign,
        nik=intent.nik,
        nik_tail=tail(intent.nik),
        nik_jumble=jumble(intent.nik),
        number=number,
        full_name=intent.full_name,
        birth_date=intent.birth_date.isoformat(),
        sex=intent.sex,
        phone=intent.phone,
        profession=intent.profession,
        language=intent.language,
        attributes=msgspec.json.encode(intent.attributes).decode(),
        created_at=at,
        updated_at=at,
        status=checked.status,
        facility_code=checked.facility_code,
        check_due_at=checked.due_at,
    )
    if added is None:  # another record took the NIK, or by chance the number
        raise LostRaceError
    uninvite(connection, campaign=intent.campaign, nik=intent.nik, at=intent.received_at)
    if (message := confirmation(intent, number, checked.status)) is not None:
        enqueue(connection, message)
    return int(added[0])


def _change(
    connection: Connection, intent: RegistrationIntent, found: Matches, decision: Decision
) -> None:
    record = found.on_file.record
    old = {name: getattr(record, name) for name in ("full_name", "profession")}
    new = {**old, **decision.changes}
    where: dict[str, Plain] = {"record_id": found.record_id, "at": iso_utc(intent.received_at)}
    if not connection.run(_CHANGE_RECORD, **where, **new, seen=found.version):
        raise LostRaceError
    if "full_name" in decision.changes:
        connection.run(_CHECK_AGAIN, **where)
    for field, value in decision.changes.items():
        change = {"field": field, "old": old[field], "new": value, "intent_id": intent.intent_id}
        connection.run(ADD_HISTORY, **where, **change)


def _link(
    connection: Connection,
    intent: RegistrationIntent,
    found: Matches,
    decision: Decision,
    *,
    record_id: int,
) -> None:
    linked = link_address(
        connection,
        record_id,
        Contact(intent.address, intent.channel, intent.received_at),
        found.link,
        verified=decision.verified or found.link.verified,
    )
    known = found.on_file.record is not None
    if linked and known and not decision.changes:  # else `_change` has moved its version
        connection.run(TOUCH_RECORD, record_id=record_id, at=iso_utc(intent.received_at))


def _add_intent(
    connection: Connection, intent: RegistrationIntent, outcome: Outcome, record_id: int | None
) -> None:
    added = connection.run(
        _ADD_INTENT,
        **address_columns(intent.address),
        intent_id=intent.intent_id,
        record_id=record_id,
        campaign=intent.campaign,
        channel=intent.channel.value,
        provider=intent.provider,
        message_id=intent.message_id,
        received_at=iso_utc(intent.received_at),
        nik=intent.nik,
        outcome=outcome.kind.value,
        number=outcome.number,
        intent=intent.model_dump_json(),
    )
    if not added:
        raise LostRaceError
