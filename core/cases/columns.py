"""The columns of a case, read from records, intents and the roster, in SQL."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from core.cases.evidence import Column
from core.cases.messages import CHANNELS
from core.database.statements import Connection, Plain, Row, Statement, column_list, parameter_list
from core.fields.nik_slips import slips
from core.messages import Address, AddressKind, Channel, Voucher
from core.registration.intent import RegistrationIntent
from core.registration.standing import CURRENT, RecordStanding

SLIPS_MAX = 264  # of 16 digits: 144 with one changed, 120 with two swapped


class _Record(NamedTuple):
    """The columns of a record that a case shows."""

    id: int
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
        "id": "records.id = :row_id",
        "number": "records.number = :number",
        "nik": f"records.nik = :nik AND records.campaign = :campaign AND {CURRENT}",
        "slips": f"""records.campaign = :campaign
            AND {CURRENT}
            AND records.nik IN ({parameter_list(f"nik_{n}" for n in range(SLIPS_MAX))})
        ORDER BY records.id""",
    }.items()
}
_ADDRESSES = Statement("""
    SELECT kind, value, verified
    FROM addresses
    WHERE record_id = :record_id
    ORDER BY linked_at, kind, value
""")
_MADE_BY = Statement("""
    SELECT kind, value, channel, voucher
    FROM intents
    WHERE record_id = :record_id AND outcome IN ('registered', 'received')
    ORDER BY id
    LIMIT 1
""")
_INTENT = Statement("SELECT intent FROM intents WHERE intent_id = :intent_id")
_LISTED = Statement("""
    SELECT full_name, profession, facility_code, phone
    FROM roster
    WHERE campaign = :campaign AND nik = :nik
""")


def record_of_id(connection: Connection, record_id: int) -> Column | None:
    """Return the record with this id, current or not."""
    return _one(connection, "id", row_id=record_id)


def record_of_number(connection: Connection, number: str) -> Column | None:
    """Return the record with this number, current or not."""
    return _one(connection, "number", number=number)


def current_record(connection: Connection, campaign: str, nik: str) -> Column | None:
    """Return the claimed or held record of the NIK."""
    return _one(connection, "nik", campaign=campaign, nik=nik)


def records_one_slip_away(connection: Connection, campaign: str, nik: str) -> Sequence[Column]:
    """Return the claimed and held records whose NIK is this one mistyped, oldest first."""
    near = {f"nik_{place}": one for place, one in enumerate(sorted(slips(nik)))}
    spare = {f"nik_{place}": "" for place in range(len(near), SLIPS_MAX)}
    rows = connection.all(_BY["slips"], campaign=campaign, **near, **spare)
    return [_column(connection, row) for row in rows]


def read_intent(connection: Connection, intent_id: str) -> RegistrationIntent | None:
    """Return an intent as it came; None if it is not kept."""
    row = connection.one(_INTENT, intent_id=intent_id) if intent_id else None
    return None if row is None else RegistrationIntent.model_validate_json(row[0])


def listed(connection: Connection, campaign: str, nik: str) -> Column | None:
    """Return what the roster says of the NIK; None if it does not list it."""
    row = connection.one(_LISTED, campaign=campaign, nik=nik)
    if row is None:
        return None
    full_name, profession, facility_code, phone = row
    return Column(
        nik=nik,
        full_name=full_name,
        profession=profession,
        facility_code=facility_code,
        phone=phone or "",
    )


def _one(connection: Connection, by: str, **where: Plain) -> Column | None:
    row = connection.one(_BY[by], **where)
    return None if row is None else _column(connection, row)


def _column(connection: Connection, row: Row) -> Column:
    record = _Record._make(row[:-1])
    linked = connection.all(_ADDRESSES, record_id=record.id)
    proven = tuple(Address(AddressKind(kind), value) for kind, value, sure in linked if sure)
    others = [Address(AddressKind(kind), value) for kind, value, sure in linked if not sure]
    aside = record.standing not in (RecordStanding.HELD, RecordStanding.CLAIMED)
    made_by = (connection.one(_MADE_BY, record_id=record.id) if aside else None) or (None,) * 4
    return Column(
        **_text(record),
        record_id=record.id,
        version=record.version,
        booked=bool(row[-1]),
        proven=proven,
        address=_best(record, proven, others),
        channel=Channel(made_by[2]) if made_by[2] else None,
        voucher=Voucher(made_by[3]) if made_by[3] else None,
    )


def _text(record: _Record) -> dict[str, Any]:
    plain = record._asdict()
    del plain["id"], plain["version"]
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
