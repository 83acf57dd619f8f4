"""The columns of cases, read from records, intents and the roster, in SQL: of many at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from core.cases.evidence import Column
from core.cases.messages import CHANNELS
from core.database.statements import (
    KEYS,
    Connection,
    Row,
    Statement,
    column_list,
    parameter_list,
)
from core.fields.nik_slips import slips
from core.messages import Address, AddressKind, Channel, Voucher
from core.registration.intent import RegistrationIntent
from core.registration.standing import CURRENT, RecordStanding

SLIPS_MAX = 264  # of 16 digits: 144 with one changed, 120 with two swapped

OfCampaign = tuple[str, str]  # a campaign, and a NIK
_STANDS = (RecordStanding.HELD, RecordStanding.CLAIMED)


class _Record(NamedTuple):
    """The columns of a record that a case shows."""

    id: int
    campaign: str
    nik: str
    full_name: str
    birth_date: str
    sex: str
    profession: str
    phone: str | None
    facility_code: str | None
    number: str
    standing: str
    status: str
    version: int
    language: str


_SHOWN = column_list(_Record._fields, of="records")
_BOOKED = """EXISTS (
            SELECT 1
            FROM appointments
            WHERE appointments.record_id = records.id
                AND appointments.status = 'booked'
        )"""
_SLIPS = parameter_list(f"nik_{place}" for place in range(SLIPS_MAX))
_BY = {
    name: Statement(
        """
        SELECT {shown}, {booked}
        FROM records
        WHERE {condition}
        """,
        shown=_SHOWN,
        booked=_BOOKED,
        condition=condition,
    )
    for name, condition in {
        "ids": f"records.id IN ({KEYS})",
        "number": "records.number = :number",
        "niks": f"records.nik IN ({KEYS}) AND {CURRENT}",
        "slips": f"""records.campaign = :campaign
            AND {CURRENT}
            AND records.nik IN ({_SLIPS})
        ORDER BY records.id""",
    }.items()
}
_ADDRESSES = Statement(f"""
    SELECT record_id, kind, value, verified
    FROM addresses
    WHERE record_id IN ({KEYS})
    ORDER BY linked_at, kind, value
""")  # noqa: S608 (our own words)
_MADE_BY = Statement(f"""
    SELECT record_id, channel, voucher
    FROM intents
    WHERE id IN (
        SELECT MIN(id)
        FROM intents
        WHERE record_id IN ({KEYS}) AND outcome IN ('registered', 'received')
        GROUP BY record_id
    )
""")  # noqa: S608
_INTENTS = Statement(f"SELECT intent_id, intent FROM intents WHERE intent_id IN ({KEYS})")  # noqa: S608
_LISTED = Statement(f"""
    SELECT campaign, nik, full_name, profession, facility_code, phone
    FROM roster
    WHERE nik IN ({KEYS})
""")  # noqa: S608


def records_of_ids(connection: Connection, ids: Iterable[int]) -> Mapping[int, Column]:
    """Return the records with these ids, current or not."""
    rows = connection.all_among(_BY["ids"], ids)
    return {record.id: column for record, column in _columns(connection, rows)}


def record_of_id(connection: Connection, record_id: int) -> Column | None:
    """Return the record with this id, current or not."""
    return records_of_ids(connection, [record_id]).get(record_id)


def record_of_number(connection: Connection, number: str) -> Column | None:
    """Return the record with this number, current or not."""
    rows = connection.all(_BY["number"], number=number)
    return next((column for _, column in _columns(connection, rows)), None)


def current_records(connection: Connection, niks: Iterable[str]) -> Mapping[OfCampaign, Column]:
    """Return the claimed and held records of the NIKs."""
    rows = connection.all_among(_BY["niks"], niks)
    return {(one.campaign, one.nik): column for one, column in _columns(connection, rows)}


def records_one_slip_away(connection: Connection, campaign: str, nik: str) -> Sequence[Column]:
    """Return the claimed and held records whose NIK is this one mistyped, oldest first."""
    near = {f"nik_{place}": one for place, one in enumerate(sorted(slips(nik)))}
    spare = {f"nik_{place}": "" for place in range(len(near), SLIPS_MAX)}
    rows = connection.all(_BY["slips"], campaign=campaign, **near, **spare)
    return [column for _, column in _columns(connection, rows)]


def read_intents(
    connection: Connection, intent_ids: Iterable[str]
) -> Mapping[str, RegistrationIntent]:
    """Return the intents as they came, those that are kept."""
    rows = connection.all_among(_INTENTS, intent_ids)
    return {name: RegistrationIntent.model_validate_json(text) for name, text in rows}


def read_intent(connection: Connection, intent_id: str) -> RegistrationIntent | None:
    """Return an intent as it came; None if it is not kept."""
    return read_intents(connection, [intent_id] if intent_id else ()).get(intent_id)


def listed(connection: Connection, niks: Iterable[str]) -> Mapping[OfCampaign, Column]:
    """Return what the roster says of the NIKs that it lists."""
    return {
        (campaign, nik): Column(
            nik=nik,
            full_name=full_name,
            profession=profession,
            facility_code=facility_code,
            phone=phone or "",
        )
        for campaign, nik, full_name, profession, facility_code, phone in connection.all_among(
            _LISTED, niks
        )
    }


def _columns(connection: Connection, rows: Sequence[Row]) -> Iterator[tuple[_Record, Column]]:
    """Yield the records with their columns: addresses, and what made those that stand aside."""
    records = [_Record._make(row[:-1]) for row in rows]
    linked: dict[int, list[tuple[Address, bool]]] = defaultdict(list)
    for record_id, kind, value, sure in connection.all_among(_ADDRESSES, (r.id for r in records)):
        linked[record_id].append((Address(AddressKind(kind), value), bool(sure)))
    aside = [one.id for one in records if one.standing not in _STANDS]
    made_by = {row[0]: row[1:] for row in connection.all_among(_MADE_BY, aside)}
    for record, row in zip(records, rows, strict=True):
        channel, voucher = made_by.get(record.id, (None, None))
        proven = tuple(address for address, sure in linked[record.id] if sure)
        others = [address for address, sure in linked[record.id] if not sure]
        yield (
            record,
            Column(
                **_text(record),
                record_id=record.id,
                version=record.version,
                booked=bool(row[-1]),
                proven=proven,
                address=_best(record, proven, others),
                channel=Channel(channel) if channel else None,
                voucher=Voucher(voucher) if voucher else None,
            ),
        )


def _text(record: _Record) -> dict[str, Any]:
    plain = record._asdict()
    del plain["id"], plain["campaign"], plain["version"]
    return {name: value or "" for name, value in plain.items()}


def _best(record: _Record, proven: Sequence[Address], others: Sequence[Address]) -> Address | None:
    """Return where a message most surely reaches the person: a proven phone before all.

    Of a record that is not held, the phone on file may be a stranger's: whoever wrote comes first.
    """
    on_file = [Address(AddressKind.PHONE, record.phone)] if record.phone else []
    sure = [one for one in on_file if one in proven]
    phones = [one for one in proven if one.kind is AddressKind.PHONE]
    held = record.standing == RecordStanding.HELD
    unsure = (*on_file, *others) if held else (*others, *on_file)
    ways = (*sure, *phones, *proven, *unsure)
    return next((one for one in ways if one.kind in CHANNELS), None)
