"""Named operators: added, found, listed, disabled."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from core.database.statements import Connection, Statement, iso_utc
from core.operators.roles import SCOPES, Operator, Role

_ADD = Statement("""
    INSERT INTO operators (name, role, facility_code, created_at)
    VALUES (:name, :role, :facility_code, :at)
    ON CONFLICT (name) DO NOTHING
""")
_FIND = Statement("""
    SELECT name, role, facility_code
    FROM operators
    WHERE name = :name AND disabled_at = ''
""")
_LIST = Statement("""
    SELECT name, role, facility_code, password <> '', locked_until, created_at, disabled_at
    FROM operators
    ORDER BY name
""")
_DISABLE = Statement("""
    UPDATE operators
    SET disabled_at = :at, password = '', totp = ''
    WHERE name = :name AND disabled_at = ''
""")
_END_SESSIONS = Statement("""
    DELETE FROM operator_sessions
    WHERE operator_id IN (SELECT id FROM operators WHERE name = :name)
""")


class Listed(NamedTuple):
    """An operator, as they are listed; `enrolled` once they have a password."""

    name: str
    role: str
    facility_code: str
    enrolled: bool
    locked_until: str
    created_at: str
    disabled_at: str


def add_operator(
    connection: Connection, name: str, role: Role, facility_code: str, at: datetime
) -> bool:
    """Add one; return False if the name is taken, also by one who is disabled."""
    values = {"name": name, "role": role.value, "facility_code": facility_code}
    return bool(connection.run(_ADD, **values, at=iso_utc(at)))


def find_operator(connection: Connection, name: str) -> Operator | None:
    """Return one with all scopes of their role; None if there is none, or they are disabled."""
    row = connection.one(_FIND, name=name)
    return None if row is None else operator_of(*row)


def operator_of(name: str, role: str, facility_code: str) -> Operator:
    """Return an operator with all scopes of their role."""
    known = Role(role)
    return Operator(name=name, role=known, scopes=SCOPES[known], facility_code=facility_code)


def list_operators(connection: Connection) -> Sequence[Listed]:
    """Return all, by name."""
    found = [Listed(*row) for row in connection.all(_LIST)]
    return [one._replace(enrolled=bool(one.enrolled)) for one in found]


def disable_operator(connection: Connection, name: str, at: datetime) -> bool:
    """Shut one out at once, from the console and the API; False if there is no such one."""
    connection.run(_END_SESSIONS, name=name)
    return bool(connection.run(_DISABLE, name=name, at=iso_utc(at)))
