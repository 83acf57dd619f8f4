"""The feed to the ministry's app: what became of the records that it has brought.

An event names a record by its number, and nothing of its person. That a NIK is on file under
another name is nobody's to learn, so a contested record looks like a claimed one.
"""

from hashlib import blake2b
from typing import Final

import msgspec

from core.database.statements import Row, Statement
from core.registration.feed import Queue, UnsentRecord

TYPE: Final = "registration.changed"
_CONTESTED: Final = "contested"
# Spelt `version > app_version`, this matches the partial index.
_DUE = Statement("""
    SELECT id, number, version, status, standing, updated_at
    FROM records
    WHERE version > app_version
    ORDER BY updated_at, id
    LIMIT :limit
""")
_COUNT = Statement("""
    SELECT count(*)
    FROM (
        SELECT id
        FROM records
        WHERE version > app_version
        LIMIT :limit
    ) AS untold
""")
_ACKNOWLEDGE = Statement("""
    UPDATE records
    SET app_version = :sent
    WHERE id = :row_id AND app_version < :sent
""")


class Change(msgspec.Struct, frozen=True):
    """What the app is told of a record."""

    number: str
    version: int
    status: str
    standing: str


class Event(msgspec.Struct, frozen=True):
    """The payload of a webhook, as Standard Webhooks has it."""

    type: str
    timestamp: str
    data: Change


def event_id(record: UnsentRecord) -> str:
    """Return the id of the event of this version, the same whenever it is sent again."""
    named = f"{record.number}/{record.version}".encode()
    return f"msg_{blake2b(named, digest_size=16).hexdigest()}"


def _unsent(row: Row) -> UnsentRecord:
    record_id, number, version, status, standing, at = row
    if standing == _CONTESTED:
        status, standing = "received", "claimed"
    event = Event(TYPE, at, Change(number, version, status, standing))
    return UnsentRecord(record_id, number, version, msgspec.json.encode(event))


TO_APP: Final = Queue("app_feed", "app_feed_refused", _DUE, _COUNT, _ACKNOWLEDGE, _unsent)
