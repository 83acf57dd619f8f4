"""Sign-in and enrolment in SQL: each try is charged before it is checked, so none is free."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.database.audit import Noted, note
from core.database.statements import Connection, Statement, iso_utc
from core.operators.links import Purpose, use_link
from core.operators.sessions import add_session

WRONG_MAX: Final = 5  # in a row
LOCK_MINUTES: Final = 15

# `locked_until` is '' or over where this matches.
_CHARGE = Statement("""
    UPDATE operators
    SET wrong = CASE WHEN locked_until <> '' THEN 1 ELSE wrong + 1 END,
        locked_until = CASE
            WHEN locked_until = '' AND wrong + 1 >= :most THEN :until
            ELSE ''
        END
    WHERE name = :name AND disabled_at = '' AND password <> '' AND locked_until <= :now
    RETURNING password, totp, totp_step
""")
_CLEAR = Statement("""
    UPDATE operators
    SET wrong = 0, locked_until = '', totp_step = :step
    WHERE name = :name AND disabled_at = '' AND totp_step < :step
""")
_ENROL = Statement("""
    UPDATE operators
    SET password = :password, totp = :totp, totp_step = :step, wrong = 0, locked_until = ''
    WHERE name = :name AND disabled_at = ''
""")
_END_SESSIONS = Statement("""
    DELETE FROM operator_sessions
    WHERE operator_id IN (SELECT id FROM operators WHERE name = :name)
""")


class Credentials(NamedTuple):
    """What a try is checked against."""

    password: str
    totp: str
    totp_step: int


class Enrolment(NamedTuple):
    """What an operator chose: a hash of the password, and the app's secret with its first step."""

    password: str
    totp: str
    step: int


def charge(connection: Connection, name: str, at: datetime) -> Credentials | None:
    """Count a try and return what it is checked against.

    None if nobody has that name, or may try now. `clear` takes the count back after a right try.
    """
    until = iso_utc(at + timedelta(minutes=LOCK_MINUTES))
    row = connection.one(_CHARGE, name=name, most=WRONG_MAX, until=until, now=iso_utc(at))
    return None if row is None else Credentials(*row)


def clear(connection: Connection, name: str, step: int, secret: str, at: datetime) -> bool:
    """Sign an operator in who was right, with the session's `secret`.

    Return False if the code's step was used meanwhile, or they were disabled.
    """
    if not connection.run(_CLEAR, name=name, step=step):
        return False
    add_session(connection, name, secret, at)
    note(connection, Noted(at, "sign_in", name))
    return True


def note_wrong(connection: Connection, name: str, at: datetime) -> None:
    """Note a wrong try at a known operator; there are at most `WRONG_MAX` in `LOCK_MINUTES`."""
    note(connection, Noted(at, "sign_in_refused", name))


def enrol(
    connection: Connection, link: str, enrolment: Enrolment, secret: str, at: datetime
) -> bool:
    """Keep what the owner of the link chose, and sign them in; all other sessions end.

    Return False if the link is no longer good.
    """
    name = use_link(connection, link, Purpose.ENROL, at)
    if name is None:
        return False
    connection.run(_ENROL, name=name, **enrolment._asdict())
    connection.run(_END_SESSIONS, name=name)
    add_session(connection, name, secret, at)
    note(connection, Noted(at, "enrol", name))
    return True


def sign_in_by_link(connection: Connection, link: str, secret: str, at: datetime) -> bool:
    """Sign the owner of a dev link in; return False if it is no longer good."""
    name = use_link(connection, link, Purpose.SIGN_IN, at)
    if name is None:
        return False
    add_session(connection, name, secret, at)
    note(connection, Noted(at, "sign_in_by_link", name))
    return True
