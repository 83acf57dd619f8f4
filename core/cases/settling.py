"""What an official settles in a record's standing, status or screening, in SQL."""

from core.cases.changes import Actor
from core.cases.changes.record import note
from core.database.statements import Connection, Statement, iso_utc
from core.outbox.store import withdraw
from core.registration.rechecks import OPEN
from core.registration.superseding import hold
from core.registration.terms import Terms
from core.roster.listing import judge_listing
from core.roster.lookup import UnfinishedImportError, find_listing

_FIND = Statement("""
    SELECT status, campaign, nik, full_name
    FROM records
    WHERE id = :record_id
    FOR NO KEY UPDATE
""")
# `due` is NULL where the status is final.
_SETTLE = Statement("""
    UPDATE records
    SET status = :status,
        facility_code = COALESCE(:facility_code, facility_code),
        check_due_at = :due,
        check_attempts = 0,
        version = version + 1,
        updated_at = CASE WHEN updated_at < :at THEN :at ELSE updated_at END
    WHERE id = :record_id
""")
_REVIVE = Statement("""
    UPDATE records
    SET standing = 'contested'
    WHERE id = :record_id AND standing = 'superseded' AND status = 'superseded'
""")
_EARLIER_KEYS = Statement("""
    SELECT intent_id
    FROM history
    WHERE record_id = :record_id AND field = 'status'
""")
_CLEAR = Statement("""
    INSERT INTO screenings (record_id, key, version, answers, outcome, until, at)
    SELECT record_id, :key, version, answers, 'proceed', :today, :at
    FROM screenings
    WHERE id = (SELECT MAX(id) FROM screenings WHERE record_id = :record_id)
        AND outcome = 'ask_site'
    ON CONFLICT (key) DO NOTHING
""")


def settle(
    connection: Connection, record_id: int, status: str, actor: Actor, terms: Terms
) -> None:
    """Give the record this status, or, with "", the roster's verdict on it.

    Where the roster cannot tell, or has another name, the record is checked again soon: what is
    then in review is a case of its own.
    """
    row = connection.one(_FIND, record_id=record_id)
    assert row is not None, "the plan has seen it"
    old, campaign, nik, full_name = row
    verdict, facility_code = _verdict(connection, campaign, nik, full_name, terms)
    new = status or (verdict if verdict in ("verified", "not_listed") else "received")
    if new == old:
        return
    at = iso_utc(actor.at)
    due = at if new in OPEN and verdict != new else None
    values = {"status": new, "facility_code": facility_code or None, "due": due}
    connection.run(_SETTLE, record_id=record_id, at=at, **values)
    earlier = connection.all(_EARLIER_KEYS, record_id=record_id)
    withdraw(connection, [key for (key,) in earlier])  # they contradict this word
    note(connection, record_id, actor, field="status", old=old, new=new)


def _verdict(
    connection: Connection, campaign: str, nik: str, full_name: str, terms: Terms
) -> tuple[str, str]:
    """Return what the roster makes of the record, and its facility; "" where it cannot tell."""
    if terms.asks_registry:
        return "", ""
    try:
        listing = find_listing(connection, campaign=campaign, nik=nik)
    except UnfinishedImportError:
        return "", ""
    if listing is None:
        return "", ""
    minimum = terms.limits.name_match_min
    return judge_listing(full_name, listing, name_match_min=minimum), listing.facility_code


def hold_again(connection: Connection, record_id: int, actor: Actor) -> bool:
    """Let a record that is contested, or yielded, be held; False if another holds its NIK."""
    connection.run(_REVIVE, record_id=record_id)
    return hold(connection, record_id, key=actor.key, at=actor.at) is not None


def clear(connection: Connection, record_id: int, actor: Actor) -> bool:
    """Note a doctor's word: the person can be vaccinated, for as long as answers are valid.

    False if the last answers ask for no doctor: it is not about those.
    """
    at = iso_utc(actor.at)
    key = f"{actor.key}/clear"
    if not connection.run(_CLEAR, record_id=record_id, key=key, today=at[:10], at=at):
        return False
    note(connection, record_id, actor, field="screening", old="ask_site", new="proceed")
    return True
