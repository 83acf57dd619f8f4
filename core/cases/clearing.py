"""Clearing a screening closes the case that it opened."""

from core.appointments.clearing import clear_screening
from core.cases.changes import Actor
from core.database.statements import Connection, Statement, iso_utc

_CLOSE = Statement("""
    UPDATE cases
    SET status = 'decided', decision = 'accept', decided_by = :operator, decided_at = :at,
        reason = :reason, updated_at = :at, version = version + 1
    WHERE key = 'screening:' || CAST(:record_id AS TEXT)
      AND status <> 'decided'
""")


def clear(connection: Connection, number: str, version: str, actor: Actor) -> bool:
    """Note the doctor's word, and decide the case; False if there was nothing to clear."""
    key, at = actor.key, actor.at
    record_id = clear_screening(connection, number, version=version, key=key, at=at)
    if record_id is None:
        return False
    by = {"operator": actor.name, "reason": actor.reason, "at": iso_utc(actor.at)}
    connection.run(_CLOSE, record_id=record_id, **by)
    return True
