"""A mistyped NIK put right: the record moves to the right one, and keeps its number, in SQL."""

from core.cases.changes import Actor, Changed, Refused
from core.cases.changes.record import Record, begin, keep
from core.database.statements import Connection, Plain, Statement, iso_utc
from core.fields.nik import parse_nik, regency_of
from core.fields.nik_slips import jumble, tail
from core.fields.timezones import local, zone_of
from core.registration.standing import CURRENT, RecordStanding
from core.roster.lookup import uninvite

_TAKEN = Statement(
    """
    SELECT number
    FROM records
    WHERE nik = :nik AND campaign = :campaign AND id <> :record_id AND {current}
    """,
    current=CURRENT,
)
# The verdict was on another NIK: the registry is asked anew.
_MOVE = Statement("""
    UPDATE records
    SET nik = :nik,
        regency = :regency,
        nik_tail = :nik_tail,
        nik_jumble = :nik_jumble,
        birth_date = :birth_date,
        sex = :sex,
        status = :status,
        standing = :standing,
        facility_code = :facility_code,
        check_due_at = :at,
        check_attempts = 0,
        version = version + 1,
        updated_at = CASE WHEN updated_at < :at THEN :at ELSE updated_at END
    WHERE id = :record_id
""")


def move_nik(connection: Connection, record_id: int, nik: str, actor: Actor) -> Changed | Refused:
    """Give the record this NIK, and with it birth date and sex; the registry is asked anew.

    A record that yielded, or was contested, under the wrong NIK is held under the right one. It
    is refused where another current record has the NIK; if one is made in this very moment, the
    unique index refuses the change, and the database runs it again. Write with the `meeting_keys`
    of the new NIK. Raises `InvalidError` for no NIK.
    """
    record = begin(connection, record_id, actor)
    if not isinstance(record, Record):
        return record
    parsed = parse_nik(nik, today=local(actor.at, zone_of(nik)).date())
    where: dict[str, Plain] = {"nik": parsed.value, "record_id": record_id}
    if taken := connection.one(_TAKEN, **where, campaign=record.campaign):
        return Refused(why="nik_taken", number=taken[0])
    if parsed.value == record.nik:
        return Changed(number=record.number)
    new = {
        "nik": parsed.value,
        "birth_date": parsed.birth_date.isoformat(),
        "sex": parsed.sex,
        "status": "received",
        "standing": RecordStanding.HELD.value,
        "facility_code": None,
    }
    slips = {
        "regency": regency_of(nik),
        "nik_tail": tail(parsed.value),
        "nik_jumble": jumble(parsed.value),
    }
    connection.run(_MOVE, record_id=record_id, at=iso_utc(actor.at), **new, **slips)
    uninvite(connection, campaign=record.campaign, nik=parsed.value, at=actor.at)
    return keep(connection, record, new, actor)
