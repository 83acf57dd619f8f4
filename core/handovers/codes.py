"""Codes that hand a form from a browser to a phone, in SQL."""

from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

import msgspec

from core.database.statements import Connection, Statement, column_list, iso_utc
from core.fields.timezones import moment
from core.handovers.aliases import find_alias, link_browser
from core.handovers.requests import (
    CodeHidden,
    CodeRead,
    CodeShown,
    FormTaken,
    HideCode,
    ReadCode,
    ShowCode,
    TakeForm,
)
from core.handovers.rules import (
    CODE_SECONDS,
    browser_bounds,
    guess_bounds,
    mask_person,
    may_take,
)
from core.messages import Address, AddressKind, Voucher
from core.outbox.rate_limits import count, reached
from core.registration.addresses import LostRaceError, address_columns
from core.registration.intent import Outcome, OutcomeKind, RegistrationIntent
from core.registration.open_seats import is_bookable
from core.registration.statements import OF_NUMBER
from core.registration.store import record
from core.registration.terms import Terms

NIK, FULL_NAME, PHONE = "nik", "full_name", "phone"  # keys of answers


class _Row(NamedTuple):
    """A code that was shown, and what it hands over."""

    kind: str
    value: str
    phone: str
    answers: str
    intent: str
    taken_by: str
    expires_at: str


_DRAWN = Statement("""
    SELECT kind, value, key, secret, expires_at
    FROM handovers
    WHERE secret = :secret OR (kind = :kind AND value = :value)
""")
_PUT = Statement("""
    INSERT INTO handovers
        (kind, value, secret, key, phone, answers, intent, taken_by, expires_at)
    VALUES (:kind, :value, :secret, :key, :phone, :answers, :intent, '', :expires_at)
    ON CONFLICT (kind, value) DO UPDATE
    SET secret = excluded.secret,
        key = excluded.key,
        phone = excluded.phone,
        answers = excluded.answers,
        intent = excluded.intent,
        taken_by = '',
        expires_at = excluded.expires_at
""")
_RENEW = Statement("""
    UPDATE handovers
    SET secret = :secret, key = :key, expires_at = :expires_at
    WHERE kind = :kind AND value = :value AND intent <> '' AND taken_by = ''
""")
_FIND = """
    SELECT {columns}
    FROM handovers
    WHERE secret = :secret AND kind = 'web'
    {lock}
"""
_READ = Statement(_FIND, columns=column_list(_Row._fields), lock="")
_LOCK = Statement(_FIND, columns=column_list(_Row._fields), lock="FOR UPDATE")
_SHOWN = Statement("""
    SELECT secret, expires_at
    FROM handovers
    WHERE kind = :kind AND value = :value AND taken_by = '' AND expires_at > :now
""")
_HIDE = Statement("""
    DELETE FROM handovers
    WHERE secret = :secret AND kind = 'web' AND intent = '' AND taken_by = ''
""")
_TAKE = Statement("""
    UPDATE handovers
    SET taken_by = :taker
    WHERE kind = :kind AND value = :value
""")
_STATUS = Statement(
    """
    SELECT status
    FROM records
    WHERE id = {of_number} AND campaign = :campaign
    """,
    of_number=OF_NUMBER,
)


def show_code(connection: Connection, *, request: ShowCode, code: str) -> CodeShown:
    """Keep the form under this code, in place of the browser's last one.

    Without a form, what the browser confirmed last gets the code, if nobody has taken it. The
    same request again gets the same code. Raises `LostRaceError` if the code is in use by another
    browser: draw another.
    """
    now, place = moment(request.at), address_columns(request.address)
    until = iso_utc(now + timedelta(seconds=CODE_SECONDS))
    for kind, value, key, secret, expires_at in connection.all(_DRAWN, **place, secret=code):
        if (kind, value) != (place["kind"], place["value"]):
            raise LostRaceError
        if key == request.key or expires_at > until:  # a worker that stalled comes too late
            return CodeShown(code=secret, until=request.at + CODE_SECONDS)
    if over := count(connection, browser_bounds(request.address), at=now, key=request.key):
        return CodeShown(until=ceil(over.timestamp()))
    where = {**place, "secret": code, "key": request.key, "expires_at": until}
    if request.answers or request.intent or not connection.run(_RENEW, **where):
        intent = request.intent.model_dump_json() if request.intent else ""
        answers = msgspec.json.encode(request.answers).decode()
        connection.run(_PUT, **where, phone=request.phone, answers=answers, intent=intent)
    return CodeShown(code=code, until=request.at + CODE_SECONDS)


def hide_code(connection: Connection, *, request: HideCode) -> CodeHidden:
    """Withdraw the code of a form that is half filled, unless a phone has taken it."""
    return CodeHidden(withdrawn=bool(connection.run(_HIDE, secret=request.code)))


def find_shown(connection: Connection, *, browser: Address, now: datetime) -> CodeShown | None:
    """Return the code that this browser was shown last, while it is good."""
    row = connection.one(_SHOWN, **address_columns(browser), now=iso_utc(now))
    if row is None:
        return None
    return CodeShown(code=row[0], until=int(datetime.fromisoformat(row[1]).timestamp()))


def read_code(connection: Connection, *, request: ReadCode) -> CodeRead:
    """Return whose form it is; whatever hands over nothing to this phone counts as a guess."""
    now, guesses = moment(request.at), guess_bounds(request.address)
    found = _find(connection, _READ, request)
    over = reached(connection, guesses, at=now, key=request.key)
    if over is None and _is_guess(connection, found, request):
        over = count(connection, guesses, at=now, key=request.key)
    if over is not None:
        return CodeRead(verdict="too_many", again_at=ceil(over.timestamp()))
    if found is None or found.taken_by:
        return CodeRead(verdict="wrong")
    name, nik = _person(found)
    replaces = bool(request.nik and nik) and request.nik != nik
    return CodeRead(verdict="right", person=mask_person(name, nik), replaces=replaces)


def _is_guess(connection: Connection, found: _Row | None, request: ReadCode) -> bool:
    """Return True for a code that is not this phone's, not even one that it has spent."""
    if found is None or not found.taken_by:
        return found is None
    browser = Address(AddressKind.WEB, found.value)
    return find_alias(connection, browser=browser, now=moment(request.at)) != request.address


def find_intent(connection: Connection, *, request: TakeForm) -> RegistrationIntent | None:
    """Return the intent that taking the form records, as the phone's; None without one."""
    found = _find(connection, _READ, request)
    return _as_phone(found, request) if found is not None else None


def take_form(
    connection: Connection,
    *,
    request: TakeForm,
    terms: Terms,
    number: str,
    intent: RegistrationIntent | None,
) -> FormTaken:
    """Spend the code, link the browser, and record the form as the phone's if it was confirmed.

    The same request again gets the same result. Raises `LostRaceError` if the form is no longer
    that of `intent`, or as `record` does: look again. The caller locks its `meeting_keys`.
    """
    found = _find(connection, _LOCK, request)
    if found is None or found.taken_by not in ("", request.key):
        return FormTaken(gone=True)
    if _as_phone(found, request) != intent:
        raise LostRaceError
    at = moment(request.at)
    connection.run(_TAKE, kind=found.kind, value=found.value, taker=request.key)
    lasting = terms.limits.session_ttl_seconds
    link_browser(connection, found.value, request.address, at=at, seconds=lasting)
    answers: dict[str, str] = msgspec.json.decode(found.answers)
    if intent is None:
        return FormTaken(answers=answers)
    outcome = record(connection, intent=intent, terms=terms, number=number)
    return FormTaken(intent=intent, outcome=_bookable(connection, outcome, intent))


def _find(
    connection: Connection, statement: Statement, request: ReadCode | TakeForm
) -> _Row | None:
    """Return the code's row if it is still good, and this phone may take the form."""
    row = connection.one(statement, secret=request.code)
    if row is None:
        return None
    found = _Row._make(row)
    late = datetime.fromisoformat(found.expires_at) <= moment(request.at)
    return None if late or not may_take(found.phone, request.address) else found


def _person(found: _Row) -> tuple[str, str]:
    """Return name and NIK, each "" where the form does not say it."""
    if found.intent:
        intent = RegistrationIntent.model_validate_json(found.intent)
        return intent.full_name, intent.nik
    answers: dict[str, str] = msgspec.json.decode(found.answers)
    return answers.get(FULL_NAME, ""), answers.get(NIK, "")


def _as_phone(found: _Row, request: TakeForm) -> RegistrationIntent | None:
    """Return what the browser confirmed as the phone's, for which the network vouches."""
    if not found.intent:
        return None
    confirmed = RegistrationIntent.model_validate_json(found.intent)
    by_phone = request.address.kind is AddressKind.PHONE
    changes = {
        "intent_id": request.intent_id,
        "channel": request.channel,
        "provider": request.provider,
        "address": request.address,
        "message_id": request.message_id,
        "received_at": moment(request.at),
        "phone": request.address.value if by_phone else confirmed.phone,
        "voucher": Voucher.NETWORK,
    }
    return confirmed.model_copy(update=changes)


def _bookable(connection: Connection, outcome: Outcome, intent: RegistrationIntent) -> Outcome:
    """Return the outcome with whether the person may book now, as the phone that is proven."""
    if outcome.number is None or not outcome.proven or outcome.kind is OutcomeKind.IN_REVIEW:
        return outcome
    where = {"number": outcome.number, "campaign": intent.campaign}
    row = connection.one(_STATUS, **where)
    status = row[0] if row else outcome.status
    bookable = is_bookable(
        connection, campaign=intent.campaign, status=status, at=intent.received_at
    )
    return outcome.model_copy(update={"status": status, "bookable": bookable})
