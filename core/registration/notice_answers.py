"""What a phone answers to the notice that a letter has named it, in SQL."""

from datetime import timedelta
from typing import Final, NamedTuple

from core.database.statements import Connection, Plain, Statement, iso_utc
from core.fields.timezones import moment
from core.registration.addresses import Contact, LostRaceError, address_columns
from core.registration.notices import NOTICE
from core.registration.proofs import prove_address
from core.registration.requests import AnswerNotice, NoticeAnswered
from core.registration.standing import RecordStanding
from core.registration.statements import ADD_HISTORY, ADD_WORD
from core.registration.terms import Terms

OPEN_DAYS: Final = 7
NOTICES_MAX: Final = 30  # looked at, the newest; a phone gets three a day
MINE, NOT_MINE = "mine", "not mine"

# The notices to this phone, newest first. One is open while its record has the phone, unproven;
# `answered` is what an earlier run of the same effect has made of it.
_NOTICES = Statement("""
    SELECT
        records.id, records.number, records.standing, records.phone,
        addresses.verified,
        (
            SELECT history.new
            FROM history
            WHERE history.record_id = records.id
                AND history.field = 'notice'
                AND history.intent_id = :key
        )
    FROM outbox
    JOIN intents ON intents.intent_id || :notice = outbox.key
    JOIN records ON records.id = intents.record_id
    LEFT JOIN addresses
        ON addresses.record_id = records.id
        AND addresses.kind = outbox.kind
        AND addresses.value = outbox.value
    WHERE outbox.kind = :kind
        AND outbox.value = :value
        AND outbox.channel = 'sms'
        AND outbox.status IN ('queued', 'sent', 'delivered', 'read')
        AND outbox.created_at > :since
        AND records.campaign = :campaign
    ORDER BY outbox.id DESC
    LIMIT :limit
""")
# The phone may be anybody's: what is held keeps its status, and the desk sees the case.
_TAKE_OFF = Statement("""
    UPDATE records
    SET phone = NULL,
        standing = CASE WHEN standing = 'claimed' THEN 'contested' ELSE standing END,
        nik_tail = CASE WHEN standing = 'claimed' THEN '' ELSE nik_tail END,
        nik_jumble = CASE WHEN standing = 'claimed' THEN '' ELSE nik_jumble END,
        status = CASE WHEN standing = 'held' THEN status ELSE 'in_review' END,
        check_due_at = CASE WHEN standing = 'held' THEN check_due_at END,
        version = version + 1,
        updated_at = :at
    WHERE id = :record_id AND phone = :phone
""")
_FORGET_CODES = Statement("DELETE FROM proofs WHERE record_id = :record_id")


class _Notice(NamedTuple):
    """A notice, by the record that it is about."""

    record_id: int
    number: str
    standing: str
    phone: str | None
    verified: int | None
    answered: str | None


def answer_notice(
    connection: Connection, *, request: AnswerNotice, terms: Terms
) -> NoticeAnswered | None:
    """Prove the phone of the newest open notice, or take it off; return None if none is open.

    Raises `LostRaceError` if another transaction linked the phone or took it off first: run it
    again.
    """
    found = _notices(connection, request)
    answered = next((one for one in found if one.answered), None)
    if answered is not None:
        return _answer(answered)
    is_open = (one for one in found if one.phone == request.address.value and not one.verified)
    asked = next((one for one in is_open if one.standing != RecordStanding.SUPERSEDED), None)
    if asked is None:
        return None
    (_confirm if request.mine else _take_off)(connection, asked, request, terms)
    said = MINE if request.mine else NOT_MINE
    said_so = {"field": "notice", "word": said, "intent_id": request.key}
    at = iso_utc(moment(request.at))
    connection.run(ADD_WORD, record_id=asked.record_id, at=at, **said_so)
    return _answer(asked._replace(answered=said))


def _answer(notice: _Notice) -> NoticeAnswered:
    return NoticeAnswered(number=notice.number if notice.answered == MINE else None)


def _notices(connection: Connection, request: AnswerNotice) -> list[_Notice]:
    since = moment(request.at) - timedelta(days=OPEN_DAYS)
    rows = connection.all(
        _NOTICES,
        **address_columns(request.address),
        key=request.key,
        notice=NOTICE,
        campaign=request.campaign,
        since=iso_utc(since),
        limit=NOTICES_MAX,
    )
    return [_Notice._make(row) for row in rows]


def _confirm(connection: Connection, asked: _Notice, request: AnswerNotice, terms: Terms) -> None:
    contact = Contact(request.address, request.channel, moment(request.at))
    most = terms.limits.addresses_per_record_max
    prove_address(connection, asked.record_id, contact, key=request.key, most=most)


def _take_off(connection: Connection, asked: _Notice, request: AnswerNotice, _: Terms) -> None:
    where: dict[str, Plain] = {"record_id": asked.record_id, "phone": request.address.value}
    at = iso_utc(moment(request.at))
    if not connection.run(_TAKE_OFF, **where, at=at):
        raise LostRaceError
    connection.run(_FORGET_CODES, record_id=asked.record_id)
    change = {"field": "phone", "old": asked.phone, "new": None, "intent_id": request.key}
    connection.run(ADD_HISTORY, record_id=asked.record_id, at=at, **change)
