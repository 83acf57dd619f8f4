"""A doctor's word on a screening: the person may be vaccinated after all."""

from datetime import datetime

from core.appointments.history import lock_person
from core.appointments.rules import ASK_SITE
from core.database.statements import Connection, Statement, iso_utc

_CLEAR = Statement("""
    INSERT INTO screenings (record_id, key, version, answers, outcome, until, at)
    VALUES (:record_id, :key, :version, '{}', 'proceed', '', :at)
    ON CONFLICT (key) DO NOTHING
""")


def clear_screening(
    connection: Connection, number: str, *, version: str, key: str, at: datetime
) -> int | None:
    """Let the person book without asking again; return the record's id.

    Return None if nothing was to be cleared: the last answers did not ask for a doctor. `version`
    is that of the campaign's questions.
    """
    person = lock_person(connection, number)
    if person is None or person.screened is None or person.screened.outcome != ASK_SITE:
        return None
    connection.run(_CLEAR, record_id=person.id, key=key, version=version, at=iso_utc(at))
    return person.id
