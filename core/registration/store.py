"""Registrations in SQL: read what is on file, let `identity` decide, write everything at once.

The record, its address, its history, the intent and the message to the person are one transaction.
Unique keys and versions detect concurrent writes of one record: the second transaction sees a
write that touched nothing, rolls back, reads and decides again. Look-alike records share no such
key: their transactions lock common `meeting_keys`, so the second reads what the first wrote.
"""

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from core.database.statements import (
    Connection,
    Statement,
    column_list,
    iso_utc,
    parameter_list,
)
from core.fields.nik_slips import jumble, tail
from core.messages import APP, Address
from core.outbox.store import enqueue
from core.outbox.withholding import enqueue_unasked
from core.registration.addresses import (
    NOT_LINKED,
    Contact,
    LostRaceError,
    address_columns,
    displace_claimed,
    link_address,
)
from core.registration.bounds import notice_bounds
from core.registration.corrections import correct
from core.registration.decision import Decision
from core.registration.identity import asks_roster, decide
from core.registration.intent import Outcome, OutcomeKind, RegistrationIntent
from core.registration.marking import marks_of
from core.registration.notices import confirmation, notice
from core.registration.numbering import numbers_for, under_first_free
from core.registration.on_file import Matches, find_matches
from core.registration.open_seats import is_bookable
from core.registration.standing import RecordStanding
from core.registration.statements import ADD_HISTORY, TOUCH_RECORD
from core.registration.superseding import supersede
from core.registration.terms import Terms
from core.registration.verdict import RosterWord, ask_roster, status_of
from core.roster.lookup import uninvite

FIRST_VERSION: Final = 1
_RECORD = (
    *("campaign", "nik", "nik_tail", "nik_jumble", "number", "full_name", "birth_date", "sex"),
    *("phone", "profession", "language", "attributes", "created_at", "updated_at", "status"),
    *("facility_code", "check_due_at", "standing", "told_version", "app_version", "data_key"),
    *("regency", "name_marks"),
)
_ADD_RECORD = Statement(
    """
    INSERT INTO records ({columns}, version)
    VALUES ({values}, {first})
    ON CONFLICT DO NOTHING
    RETURNING id
""",
    columns=column_list(_RECORD),
    values=parameter_list(_RECORD),
    first=str(FIRST_VERSION),
)
_INTENT = (
    *("intent_id", "record_id", "campaign", "channel", "provider", "kind", "value"),
    *("message_id", "received_at", "nik", "outcome", "number", "intent"),
    "voucher",
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
# Who has opted out of everything stays so.
_OPT_MARKETING = Statement("""
    INSERT INTO opt_outs (kind, value, out, at)
    VALUES (:kind, :value, :out, :at)
    ON CONFLICT (kind, value) DO UPDATE
    SET out = excluded.out, at = excluded.at
    WHERE opt_outs.at <= excluded.at
        AND opt_outs.out <> 1
""")


OUT_OF_MARKETING: Final = 2  # in the column `out`, where 1 is out of everything


class New(NamedTuple):
    """What a new record is made of, besides the intent; `data_key` is what it is sealed under."""

    number: str
    decision: Decision
    word: RosterWord
    status: str
    terms: Terms
    data_key: str


def opt(connection: Connection, *, address: Address, out: bool, at: datetime) -> None:
    """Store that the address opted out of messages (`out`) or in again; the latest `at` wins."""
    connection.run(_OPT, **address_columns(address), out=int(out), at=iso_utc(at))


def opt_marketing(connection: Connection, *, address: Address, out: bool, at: datetime) -> None:
    """Store the same of marketing alone, which is our `bulk`: invitations."""
    value = OUT_OF_MARKETING if out else 0
    connection.run(_OPT_MARKETING, **address_columns(address), out=value, at=iso_utc(at))


def record(
    connection: Connection, *, intent: RegistrationIntent, terms: Terms, number: str
) -> Outcome:
    """Record the intent once; the same intent always gets the same outcome.

    A new record gets the first free number of its NIK by the terms, else `number`, which is drawn.
    Raises `LostRaceError` if another transaction wrote first or the number is taken: run it again,
    with another number. The caller locks the `meeting_keys`.
    """
    found = find_matches(connection, intent)
    if found.earlier is not None:
        bookable = _is_bookable(connection, intent, found.earlier.status)
        return found.earlier.model_copy(update={"bookable": bookable})
    limits, on_file = terms.limits, found.on_file
    asked = asks_roster(intent, on_file, limits)
    word = ask_roster(connection, intent, terms) if asked else RosterWord()
    decision = decide(intent, on_file, limits, word.listing)
    known = decision.verified or found.link.verified
    elsewhere = decision.kind is OutcomeKind.ALREADY_REGISTERED and not known
    outcome = Outcome(kind=decision.kind, number=decision.number, proven=not elsewhere)
    data_key = connection.draw_key() if decision.makes else found.data_key
    record_id = _change(connection.under(found.data_key), intent, found, decision)
    connection = connection.under(data_key)
    if decision.makes:
        status = status_of(intent, decision.makes, word, limits)
        new = New(number, decision, word, status, terms, data_key)
        outcome, record_id = _register(connection, intent, new)
    if decision.link and record_id is not None:
        if decision.displaces:
            displace_claimed(connection, record_id)
        _link(connection, intent, found, decision, record_id=record_id)
    _add_intent(connection, intent, outcome, record_id)
    return outcome


def _change(
    connection: Connection, intent: RegistrationIntent, found: Matches, decision: Decision
) -> int | None:
    """Change the record on file as is decided; return its id, None if there is none."""
    on_file, seen = found.on_file.record, found.seen
    if on_file is None or seen is None:
        return None
    if decision.supersedes:
        supersede(connection, seen, key=intent.intent_id, at=intent.received_at)
    elif decision.changes or decision.holds:
        correct(connection, intent, on_file, seen, decision)
    if decision.holds:
        _greet(connection, intent, on_file.number, "received")
    return seen.id


def _register(connection: Connection, intent: RegistrationIntent, new: New) -> tuple[Outcome, int]:
    """Make the record, and greet its person; return the outcome and its id."""
    record_id, number = under_first_free(
        connection,
        numbers_for(intent, new.terms, new.number),
        lambda number: add_record(connection, intent, new._replace(number=number)),
    )
    held = new.decision.makes is RecordStanding.HELD
    if held:
        _greet(connection, intent, number, new.status)
    status = new.status if held else "received"
    decided = Outcome(
        kind=new.decision.kind,
        number=number,
        status=status,
        bookable=_is_bookable(connection, intent, status),
    )
    return decided, record_id


def _is_bookable(connection: Connection, intent: RegistrationIntent, status: str) -> bool:
    at = intent.received_at
    return is_bookable(connection, campaign=intent.campaign, status=status, at=at)


def add_record(connection: Connection, intent: RegistrationIntent, new: New) -> int:
    """Make a record of the intent, and notify the phone that a letter names; return its id.

    No search for look-alikes finds a contested one, and the registry is not told of it. Raises
    `LostRaceError` if another record took the NIK, or by chance the number.
    """
    at, current = iso_utc(intent.received_at), new.decision.makes is not RecordStanding.CONTESTED
    added = connection.one(
        _ADD_RECORD,
        campaign=intent.campaign,
        nik=intent.nik,
        nik_tail=tail(intent.nik) if current else "",
        nik_jumble=jumble(intent.nik) if current else "",
        number=new.number,
        full_name=intent.full_name,
        birth_date=intent.birth_date.isoformat(),
        sex=intent.sex,
        phone=intent.phone,
        profession=intent.profession,
        language=intent.language,
        attributes=msgspec.json.encode(intent.attributes).decode(),
        created_at=at,
        updated_at=at,
        status=new.status,
        facility_code=new.word.facility_code if current else None,
        check_due_at=new.word.due_at,
        standing=new.decision.makes,
        told_version=0 if current else FIRST_VERSION,
        app_version=0 if intent.provider == APP else None,
        **marks_of(intent.nik, intent.full_name),
        data_key=new.data_key,
    )
    if added is None:
        raise LostRaceError
    if (told := notice(intent)) is not None:
        enqueue_unasked(
            connection,
            told,
            record_id=added[0],
            countries=new.terms.countries,
            bounds=notice_bounds(intent, new.terms.limits),
        )
    for number in new.decision.alike:
        mark = {"field": "lookalike", "old": None, "new": number, "intent_id": intent.intent_id}
        connection.run(ADD_HISTORY, record_id=added[0], at=at, **mark)
    return int(added[0])


def _greet(connection: Connection, intent: RegistrationIntent, number: str, status: str) -> None:
    """Withdraw the invitation of a person whose record is held now; confirm it by SMS if due."""
    uninvite(connection, campaign=intent.campaign, nik=intent.nik, at=intent.received_at)
    if (message := confirmation(intent, number, status)) is not None:
        enqueue(connection, message)


def _link(
    connection: Connection,
    intent: RegistrationIntent,
    found: Matches,
    decision: Decision,
    *,
    record_id: int,
) -> None:
    new = decision.makes is not None
    link = NOT_LINKED if new else found.link
    linked = link_address(
        connection,
        record_id,
        Contact(intent.address, intent.channel, intent.received_at),
        link,
        verified=decision.verified or link.verified,
    )
    moved = new or decision.changes or decision.holds  # its version is another by now
    if linked and not moved:
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
        voucher=intent.voucher.value,
    )
    if not added:
        raise LostRaceError
