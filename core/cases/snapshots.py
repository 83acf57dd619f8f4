"""Records as they stood before and after a decision, kept as long as it can be undone."""

from collections.abc import Iterable
from typing import Final

import msgspec

from core.database.statements import Connection, Statement, column_list

# What people and officials change; a verdict of the registry is none of it.
COMPARED: Final = (
    *("nik", "full_name", "birth_date", "sex", "profession", "phone", "language", "standing"),
)
FIELDS: Final = (*COMPARED, "nik_tail", "nik_jumble", "status", "facility_code")
_READ = Statement(
    """
    SELECT {fields}
    FROM records
    WHERE id = :record_id
    FOR NO KEY UPDATE
    """,
    fields=column_list(FIELDS),
)
_ADDRESSES = Statement("""
    SELECT kind, value, verified, channels, linked_at
    FROM addresses
    WHERE record_id = :record_id
    ORDER BY kind, value
""")
_SEATS = Statement("""
    SELECT id, slot_id, booked_by
    FROM appointments
    WHERE record_id = :record_id AND status = 'booked'
    ORDER BY id
""")
_SCREENED = Statement("SELECT MAX(id) FROM screenings WHERE record_id = :record_id")


class Seat(msgspec.Struct, frozen=True, array_like=True):
    """A live appointment."""

    id: int
    slot_id: int
    booked_by: str


class Standing(msgspec.Struct, frozen=True):
    """A record as it stood; `fields` are `FIELDS`, `addresses` whole rows."""

    fields: dict[str, str | None]
    addresses: list[tuple[str, str, int, str, str]]
    seats: list[Seat]
    screening: int | None

    def same_as(self, other: "Standing") -> bool:
        """Return whether nobody has changed it: a verdict of the registry does not count."""
        return self.compared == other.compared

    @property
    def compared(self) -> object:
        """Return what a person or an official changes."""
        fields = [self.fields[name] for name in COMPARED]
        linked = [address[:3] for address in self.addresses]
        return fields, linked, self.seats, self.screening


class Snapshot(msgspec.Struct, frozen=True):
    """A record that a decision touched; `before` is None for one that it made."""

    record_id: int
    before: Standing | None
    after: Standing


class OwnIntent(msgspec.Struct, frozen=True):
    """What stood in the row of the intent."""

    intent_id: str
    record_id: int | None
    outcome: str
    number: str | None


class Undo(msgspec.Struct, frozen=True):
    """All that undoes a decision. `key` is that of the call that made it; `told` are messages."""

    key: str
    snapshots: list[Snapshot]
    intent: OwnIntent | None
    told: list[str]


ENCODE: Final = msgspec.json.Encoder()
DECODE: Final = msgspec.json.Decoder(Undo)


def read_standings(connection: Connection, record_ids: Iterable[int]) -> dict[int, Standing]:
    """Return these records as they stand, locked in the order of their ids."""
    return {
        record_id: standing
        for record_id in sorted(set(record_ids))
        if (standing := read_standing(connection, record_id)) is not None
    }


def read_standing(connection: Connection, record_id: int) -> Standing | None:
    """Return a record as it stands, locked; None if there is none."""
    row = connection.one(_READ, record_id=record_id)
    if row is None:
        return None
    ((screening,),) = connection.all(_SCREENED, record_id=record_id)
    return Standing(
        fields=dict(zip(FIELDS, row, strict=True)),
        addresses=[tuple(one) for one in connection.all(_ADDRESSES, record_id=record_id)],
        seats=[Seat(*one) for one in connection.all(_SEATS, record_id=record_id)],
        screening=screening,
    )
