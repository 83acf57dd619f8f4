"""The files that letters brought as evidence, as an operator lists and reads them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from core.database.statements import Connection, Statement
from core.operators.views import View

_LIST = Statement("""
    SELECT id, value, media_type, bytes, received_at
    FROM evidence
    ORDER BY received_at DESC, id DESC
    LIMIT :limit
""")
_OF_MAILBOX = Statement("""
    SELECT id, value, media_type, bytes, received_at
    FROM evidence
    WHERE value = :mailbox
    ORDER BY received_at DESC, id DESC
    LIMIT :limit
""")
_READ = Statement("""
    SELECT media_type, data
    FROM evidence
    WHERE id = :row_id
""")


class EvidenceView(View):
    """A file; `received_at` is when its letter came."""

    id: int
    mailbox: str
    media_type: str
    bytes: int
    received_at: datetime


class ShownFile(NamedTuple):
    """The content of a file; its type follows from it."""

    media_type: str
    data: bytes


def list_evidence(connection: Connection, *, mailbox: str, limit: int) -> Sequence[EvidenceView]:
    """Return files of a mailbox, or of all (""), the newest first."""
    if mailbox:
        rows = connection.all(_OF_MAILBOX, mailbox=mailbox, limit=limit)
    else:
        rows = connection.all(_LIST, limit=limit)
    names = EvidenceView.model_fields
    return [EvidenceView(**dict(zip(names, row, strict=True))) for row in rows]


def read_evidence(connection: Connection, *, file_id: int) -> ShownFile | None:
    """Return a file; None if there is none."""
    row = connection.one(_READ, row_id=file_id)
    return None if row is None else ShownFile(row[0], bytes(row[1]))
