"""What is on file about an intent: what it got before, its record, and who is like it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from core.database.statements import Connection, Plain, Statement, listed
from core.fields.nik_slips import head, jumble, one_slip_apart, other_sex, tail
from core.messages import Address
from core.registration.addresses import NOT_LINKED, AddressLink, hold_addresses, place_of
from core.registration.identity import OnFile, RecordOnFile
from core.registration.intent import Outcome, OutcomeKind, RegistrationIntent


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What is on file, and what writing needs of it."""

    on_file: OnFile
    record_id: int | None = None
    version: int = 0
    link: AddressLink = NOT_LINKED  # of the address


class _Record(NamedTuple):
    """The columns of a record that are read."""

    id: int
    version: int
    nik: str
    number: str
    full_name: str
    birth_date: str
    profession: str
    phone: str | None
    language: str


# number of other NIKs from the address; outcome and number of the same intent, and the status
# that its record has by now
_HEARD = Statement("""
    SELECT others.niks, intents.outcome, intents.number, records.status
    FROM (
        SELECT count(DISTINCT nik) AS niks
        FROM intents
        WHERE kind = :kind
            AND value = :value
            AND campaign = :campaign
            AND nik <> :nik
            AND outcome <> 'refused'
    ) AS others
    LEFT JOIN intents ON intents.intent_id = :intent_id
    LEFT JOIN records ON records.id = intents.record_id
""")
# The record itself and its look-alikes. A select each: with OR, SQLite reads every record. A slip
# leaves one half of the region as it was, and at least one of three pieces of the NIK. The halves
# are read from the index: of a birth date and serial there are a hundred among ten million.
_ALIKE = Statement(
    """
    SELECT {columns}
    FROM records
    WHERE campaign = :campaign AND id IN (
        SELECT id FROM records WHERE nik IN (:nik, :other_sex)
        UNION ALL
        SELECT id FROM records WHERE nik BETWEEN :lowest AND :highest
        UNION ALL
        SELECT id
        FROM records
        WHERE nik_tail = :tail
            AND (substr(nik, 1, 3) = :region_first OR substr(nik, 4, 3) = :region_last)
        UNION ALL
        SELECT id FROM records WHERE nik_jumble = :jumble
        UNION ALL
        SELECT id
        FROM records
        WHERE phone = :phone
            AND (
                substr(nik, 1, 5) = :first
                OR substr(nik, 6, 6) = :middle
                OR substr(nik, 12, 5) = :last
            )
    )
""",
    columns=listed(_Record._fields),
)


def find(connection: Connection, intent: RegistrationIntent) -> Matches:
    """Return what is on file, in the transaction that is going on; the record is held."""
    same = {"nik": intent.nik, "campaign": intent.campaign, "intent_id": intent.intent_id}
    [(niks, kind, number, status)] = connection.all(_HEARD, **same, **place_of(intent.address))
    if kind is not None:
        return Matches(on_file=OnFile(first=_first(OutcomeKind(kind), number, status)))
    near = [_Record._make(row) for row in connection.all(_ALIKE, **_near(intent))]
    mine = next((record for record in near if record.nik == intent.nik), None)
    linked = hold_addresses(connection, mine.id) if mine else {}
    on_file = OnFile(
        record=_on_file(mine, linked) if mine else None,
        lookalikes=tuple(
            _on_file(record, {}) for record in near if one_slip_apart(record.nik, intent.nik)
        ),
        niks_from_address=niks,
    )
    if mine is None:
        return Matches(on_file=on_file)
    link = linked.get(intent.address, NOT_LINKED)
    return Matches(on_file=on_file, record_id=mine.id, version=mine.version, link=link)


def _first(kind: OutcomeKind, number: str | None, status: str | None) -> Outcome:
    told = status if kind is OutcomeKind.REGISTERED and status else "received"
    return Outcome(kind=kind, number=number, status=told)


def _near(intent: RegistrationIntent) -> dict[str, Plain]:
    nik = intent.nik
    return {
        "campaign": intent.campaign,
        "lowest": f"{head(nik)}0000",
        "highest": f"{head(nik)}9999",
        "tail": tail(nik),
        "region_first": nik[:3],
        "region_last": nik[3:6],
        "jumble": jumble(nik),
        "nik": nik,
        "other_sex": other_sex(nik),
        "phone": intent.phone,
        "first": nik[:5],
        "middle": nik[5:11],
        "last": nik[11:],
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
        addresses={address: link.verified for address, link in linked.items()},
    )
