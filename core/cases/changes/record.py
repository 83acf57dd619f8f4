"""A record that is being changed: locked, read, and its old values kept."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from core.cases.changes import Actor, Changed, Refused
from core.database.statements import Connection, Plain, Statement, column_list, iso_utc
from core.registration.standing import RecordStanding
from core.registration.statements import ADD_HISTORY

CLOSED: Final = frozenset({"withdrawn", "merged"})  # statuses that end a record for good


class Record(NamedTuple):
    """The columns of a record that changes read."""

    id: int
    number: str
    campaign: str
    nik: str
    full_name: str
    birth_date: str
    sex: str
    profession: str
    phone: str | None
    language: str
    status: str
    standing: str
    facility_code: str | None
    data_key: str

    @property
    def current(self) -> bool:
        """Return True if it is the one record of its NIK."""
        return self.standing in {RecordStanding.CLAIMED, RecordStanding.HELD}

    @property
    def yielded(self) -> bool:
        """Return True if it gave way, or was closed."""
        return self.standing == RecordStanding.SUPERSEDED


_LOCK = Statement(
    """
    SELECT {columns}
    FROM records
    WHERE id = :record_id
    FOR UPDATE
    """,
    columns=column_list(Record._fields),
)  # as who books does: one person does one thing at a time
_EARLIER = Statement("""
    SELECT field, old
    FROM history
    WHERE record_id = :record_id AND intent_id = :key
    ORDER BY id DESC
""")


def lock_record(connection: Connection, record_id: int) -> Record | None:
    """Return the record, locked until the transaction ends."""
    row = connection.one(_LOCK, record_id=record_id)
    return None if row is None else Record._make(row)


def begin(connection: Connection, record_id: int, actor: Actor) -> Record | Changed | Refused:
    """Lock the record that the actor changes; or return what came of the same change before."""
    record = lock_record(connection, record_id)
    if record is None:
        return Refused(why="unknown")
    rows = connection.all(_EARLIER, record_id=record_id, key=actor.key)
    if rows:
        return Changed(number=record.number, old=dict(rows))
    return Refused(why="closed") if record.status in CLOSED else record


def keep(
    connection: Connection, record: Record, new: Mapping[str, str | None], actor: Actor
) -> Changed:
    """Note in the history how the `new` values differ from the record's; return that."""
    old = {name: getattr(record, name) for name in new}
    changed = {name: old[name] for name in new if new[name] != old[name]}
    for name, before in changed.items():
        note(connection, record.id, actor, field=name, old=before, new=new[name])
    return Changed(number=record.number, old=changed)


def note(connection: Connection, record_id: int, actor: Actor, **change: Plain) -> None:
    """Note one change: `field`, `old` and `new`."""
    at = iso_utc(actor.at)
    connection.run(ADD_HISTORY, record_id=record_id, intent_id=actor.key, at=at, **change)
