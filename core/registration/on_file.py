"""What is on file about an intent: its earlier outcome, its record, and its look-alikes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from core.database.statements import Connection, Plain, Statement, column_list, iso_utc
from core.fields.name_marks import name_marks
from core.fields.nik_slips import one_slip_apart
from core.messages import Address
from core.outbox.sms_bounds import DAY_SECONDS
from core.registration.addresses import NOT_LINKED, AddressLink, address_columns, lock_addresses
from core.registration.decision import OnFile, RecordOnFile
from core.registration.intent import Outcome, OutcomeKind, RegistrationIntent
from core.registration.standing import CURRENT, RecordStanding
from core.registration.superseding import Seen

# Namesakes of one birth date, and records of one phone, that are looked at: a flood of made-up
# people of one name must not make each registration slower than the last.
NEAR_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What is on file, and what writing needs of it; `earlier` outcome of the same intent."""

    on_file: OnFile
    earlier: Outcome | None = None
    seen: Seen | None = None
    data_key: str = ""  # of the record
    link: AddressLink = NOT_LINKED  # of the intent's address


class _Record(NamedTuple):
    """The columns of a record that `find_matches` reads."""

    id: int
    version: int
    nik: str
    number: str
    full_name: str
    birth_date: str
    profession: str
    phone: str | None
    language: str
    standing: str
    data_key: str


# The count of other NIKs from the address (of one that nobody vouches for, of all its intents:
# what they make is not one record for each NIK); for the same intent, its outcome and number, and
# the present status of its record. What nobody vouches for is counted apart.
_EARLIER: Final = {
    vouched: Statement(
        """
        SELECT
            others.niks, intents.outcome, intents.number, records.status,
            coalesce(addresses.verified, 0)
        FROM (
            SELECT count({counted}) AS niks
            FROM intents
            WHERE kind = :kind
                AND value = :value
                AND campaign = :campaign
                AND received_at >= :since
                AND coalesce(voucher, :voucher) = :voucher
                AND {which}
                AND outcome <> 'refused'
        ) AS others
        LEFT JOIN intents ON intents.intent_id = :intent_id
        LEFT JOIN records ON records.id = intents.record_id
        LEFT JOIN addresses
            ON addresses.record_id = intents.record_id
            AND addresses.kind = :kind
            AND addresses.value = :value
        """,
        counted=counted,
        which=which,
    )
    for vouched, counted, which in ((True, "DISTINCT nik", "nik <> :nik"), (False, "*", "true"))
}
# The record itself and its look-alikes, by one SELECT each: with OR, SQLite scans all records. A
# look-alike that matters (`is_likely_same`) is of the same birth date in the same name, or has the
# same phone; whether its NIK is one slip away is seen here, not in SQL.
_CANDIDATES = Statement(
    """
    SELECT {columns}
    FROM records
    WHERE campaign = :campaign AND {current} AND id IN (
        SELECT id FROM records WHERE nik = :nik AND {current}
        UNION ALL
        SELECT id FROM (
            SELECT id FROM records WHERE birth_date = :birth_date AND name_marks = :name_marks
            LIMIT {most}
        ) AS namesakes
        UNION ALL
        SELECT id FROM (SELECT id FROM records WHERE phone = :phone LIMIT {most}) AS neighbours
    )
""",
    columns=column_list(_Record._fields),
    current=CURRENT,
    most=str(NEAR_MAX),
)


_LINK = Statement("""
    SELECT verified, channels
    FROM addresses
    WHERE record_id = :record_id AND kind = :kind AND value = :value
""")


def find_matches(connection: Connection, intent: RegistrationIntent) -> Matches:
    """Return what is on file; the record, if there is one, stays locked in this transaction."""
    [(niks, kind, number, status, proven)] = connection.all(
        _EARLIER[intent.vouched],
        **address_columns(intent.address),
        intent_id=intent.intent_id,
        campaign=intent.campaign,
        nik=intent.nik,
        voucher=intent.voucher.value,
        since=_counted_since(intent),
    )
    if kind is not None:
        earlier = _outcome(OutcomeKind(kind), number, status, proven=bool(proven))
        return Matches(on_file=OnFile(), earlier=earlier)
    near = [_Record._make(row) for row in connection.all(_CANDIDATES, **_search_keys(intent))]
    own = next((record for record in near if record.nik == intent.nik), None)
    linked = lock_addresses(connection, own.id) if own else {}
    on_file = OnFile(
        record=_on_file(own, linked) if own else None,
        lookalikes=tuple(
            _on_file(record, _linked_here(connection, record, intent))
            for record in near
            if one_slip_apart(record.nik, intent.nik)
        ),
        niks_from_address=niks,
    )
    if own is None:
        return Matches(on_file=on_file)
    link = linked.get(intent.address, NOT_LINKED)
    seen = Seen(own.id, own.version, own.standing)
    return Matches(on_file=on_file, seen=seen, data_key=own.data_key, link=link)


def _counted_since(intent: RegistrationIntent) -> str:
    """Return from when the address's intents count: a number for ever, anything else for a day."""
    if intent.address.by_network:
        return ""
    return iso_utc(intent.received_at - timedelta(seconds=DAY_SECONDS))


def _linked_here(
    connection: Connection, record: _Record, intent: RegistrationIntent
) -> Mapping[Address, AddressLink]:
    """Return of a look-alike's addresses the intent's own, if it is linked."""
    here = address_columns(intent.address)
    row = connection.one(_LINK, record_id=record.id, **here)
    return {} if row is None else {intent.address: AddressLink(bool(row[0]), row[1])}


def _outcome(
    kind: OutcomeKind, number: str | None, status: str | None, *, proven: bool
) -> Outcome:
    shown = status if kind is OutcomeKind.REGISTERED and status else "received"
    elsewhere = kind is OutcomeKind.ALREADY_REGISTERED and not proven
    return Outcome(kind=kind, number=number, status=shown, proven=not elsewhere)


def _search_keys(intent: RegistrationIntent) -> dict[str, Plain]:
    return {
        "campaign": intent.campaign,
        "nik": intent.nik,
        "birth_date": intent.birth_date.isoformat(),
        "name_marks": name_marks(intent.full_name),
        "phone": intent.phone,
    }


def _on_file(record: _Record, linked: Mapping[Address, AddressLink]) -> RecordOnFile:
    return RecordOnFile(
        nik=record.nik,
        number=record.number,
        full_name=record.full_name,
        birth_date=date.fromisoformat(record.birth_date),
        profession=record.profession,
        phone=record.phone,
        language=record.language,
        standing=RecordStanding(record.standing),
        addresses={address: link.verified for address, link in linked.items()},
    )
