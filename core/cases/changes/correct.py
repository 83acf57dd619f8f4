"""A name, a profession, a phone or a language put right, in SQL."""

from collections.abc import Mapping
from typing import Final

from core.cases.changes import Actor, Changed, Refused
from core.cases.changes.messages import readdress
from core.cases.changes.record import Record, begin, keep
from core.database.statements import Connection, Statement, iso_utc
from core.fields.name_marks import name_marks
from core.registration.statements import CHECK_AGAIN

CORRECTABLE: Final = ("full_name", "profession", "phone", "language")

_CORRECT = Statement("""
    UPDATE records
    SET full_name = :full_name,
        name_marks = :name_marks,
        profession = :profession,
        phone = :phone,
        language = :language,
        version = version + 1,
        updated_at = CASE WHEN updated_at < :at THEN :at ELSE updated_at END
    WHERE id = :record_id
""")
# A code that went to another phone proves nothing.
_FORGET_CODES = Statement("DELETE FROM proofs WHERE record_id = :record_id")


def correct(
    connection: Connection, record_id: int, changes: Mapping[str, str | None], actor: Actor
) -> Changed | Refused:
    """Give the record these values, of `CORRECTABLE`, each as its field's parser returns it.

    A new name is checked with the registry again, unless the record is verified. A new phone is no
    proven address yet; reminders go there. Write with the `meeting_keys` of a new phone.
    """
    record = begin(connection, record_id, actor)
    return change(connection, record, changes, actor) if isinstance(record, Record) else record


def change(
    connection: Connection, record: Record, changes: Mapping[str, str | None], actor: Actor
) -> Changed:
    """Give the locked record these values, as `correct` does."""
    changed = keep(connection, record, changes, actor)
    if not changed.old:
        return changed
    at = iso_utc(actor.at)
    values = {name: changes.get(name, getattr(record, name)) for name in CORRECTABLE}
    marks = name_marks(str(values["full_name"]))
    connection.run(_CORRECT, record_id=record.id, at=at, name_marks=marks, **values)
    if "full_name" in changed.old and record.current:
        connection.run(CHECK_AGAIN, record_id=record.id, at=at)
    if "phone" in changed.old:
        connection.run(_FORGET_CODES, record_id=record.id)
        readdress(connection, record, changes["phone"])
    return changed
