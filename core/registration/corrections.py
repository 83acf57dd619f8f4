"""What an intent changes in the record on file, in SQL."""

from core.database.statements import Connection, Plain, Statement, iso_utc
from core.fields.name_marks import name_marks
from core.registration.addresses import LostRaceError
from core.registration.decision import Decision, RecordOnFile
from core.registration.intent import RegistrationIntent
from core.registration.standing import RecordStanding
from core.registration.statements import ADD_HISTORY, CHECK_AGAIN
from core.registration.superseding import Seen

_CHANGED = ("full_name", "profession", "phone", "standing")
_CHANGE_RECORD = Statement("""
    UPDATE records
    SET full_name = :full_name,
        name_marks = :name_marks,
        profession = :profession,
        phone = :phone,
        standing = :standing,
        updated_at = :at,
        version = version + 1
    WHERE id = :record_id AND version = :seen
""")
# A code that went to another phone proves nothing.
_FORGET_CODES = Statement("DELETE FROM proofs WHERE record_id = :record_id")


def correct(
    connection: Connection,
    intent: RegistrationIntent,
    record: RecordOnFile,
    seen: Seen,
    decision: Decision,
) -> None:
    """Change the record, and keep the old values.

    Raises `LostRaceError` if the record is no longer as it was `seen`.
    """
    changes = dict(decision.changes)
    if decision.holds:
        changes["standing"] = RecordStanding.HELD
    old = {name: getattr(record, name) for name in _CHANGED}
    where: dict[str, Plain] = {"record_id": seen.id, "at": iso_utc(intent.received_at)}
    new: dict[str, Plain] = {**old, **changes}
    marks = name_marks(str(new["full_name"]))
    if not connection.run(_CHANGE_RECORD, **where, **new, name_marks=marks, seen=seen.version):
        raise LostRaceError
    if "full_name" in changes or decision.holds:
        connection.run(CHECK_AGAIN, **where)
    if "phone" in changes:
        connection.run(_FORGET_CODES, record_id=seen.id)
    for field, value in changes.items():
        change = {"field": field, "old": old[field], "new": value, "intent_id": intent.intent_id}
        connection.run(ADD_HISTORY, **where, **change)
