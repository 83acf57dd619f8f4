"""Files that letters and pages bring as evidence: kept for an official to read, within bounds."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Final, NamedTuple

from msgspec.structs import replace

from core.database.statements import Connection, Statement, iso_utc
from core.messages import EVIDENCE, UNKEPT, Address, AddressKind, Inbound
from core.outbox.rate_limits import count
from core.outbox.sms_bounds import Bound

FILES_A_DAY_MAX: Final = 50  # of one mailbox, by authentic letters
FILES_OF_DOMAIN_MAX: Final = 1_000  # a day, by authentic letters; many write from one (Gmail)
FILES_OF_ALL_MAX: Final = 5_000  # a day, likewise; mailboxes cost little, disks are finite
FILES_UNVOUCHED_A_DAY_MAX: Final = 5
FILES_UNVOUCHED_OF_ALL_MAX: Final = 500  # a day, by letters; by pages as many again
FILES_OF_PHONE_MAX: Final = 10  # a day, by pages that a phone vouches for
FILES_KEPT_MAX: Final = 50_000  # at any time
BYTES_KEPT_MAX: Final = 20 * 1024**3  # likewise
UNVOUCHED_SHARE: Final = 2  # by a letter that anybody may have written half of that is filled
DIGEST_BYTES: Final = 16
COUNTED_MAX: Final = 100_000

_KEPT = Statement("""
    SELECT 1
    FROM evidence
    WHERE key = :key AND part = :part
""")
_KEEP = Statement("""
    INSERT INTO evidence (key, part, value, media_type, bytes, data, received_at)
    VALUES (:key, :part, :value, :media_type, :bytes, :data, :at)
    ON CONFLICT (key, part) DO NOTHING
""")
_TOTAL = Statement("""
    SELECT COUNT(*), COALESCE(SUM(bytes), 0)
    FROM evidence
""")
_COUNT = Statement("""
    SELECT COUNT(*)
    FROM (
        SELECT received_at
        FROM evidence
        LIMIT :limit
    ) AS kept
""")
_ERASE_OLDER = Statement("""
    DELETE FROM evidence
    WHERE id IN (
        SELECT id
        FROM evidence
        WHERE received_at < :before
        ORDER BY received_at
        LIMIT :limit
    )
""")


class EvidenceFile(NamedTuple):
    """A decoded file; `part` is its place among the attachments."""

    part: int
    media_type: str
    data: bytes


def evidence_key(letter: Inbound) -> str:
    """Return the key of a letter's files."""
    return letter_key(letter.address, letter.message_id)


def letter_key(address: Address, message_id: str) -> str:
    """Return the key of a letter: a digest, since a message id may name a person."""
    message = f"{address.conversation}/{message_id}".encode(errors="replace")
    return blake2b(message, digest_size=DIGEST_BYTES).hexdigest()


def keep(connection: Connection, letter: Inbound, files: Sequence[EvidenceFile]) -> int:
    """Keep the files of a letter, each once; return how many are kept by now.

    Files beyond the bounds, of the day or of all that is kept, are dropped.
    """
    return sum(_keep(connection, letter, one) for one in files)


def keep_files(connection: Connection, *, brought: Inbound) -> Inbound:
    """Keep the files that a page brought; return the message without them.

    `unread` then says that all are kept, or that not all are.
    """
    files = [EvidenceFile(one.part, one.media_type, one.body) for one in brought.files]
    whole = keep(connection, brought, files) == len(files)
    return replace(brought, files=(), unread=frozenset({EVIDENCE if whole else UNKEPT}))


def _keep(connection: Connection, letter: Inbound, file: EvidenceFile) -> bool:
    key = evidence_key(letter)
    if connection.all(_KEPT, key=key, part=file.part):
        return True
    counted = f"{key}/{file.part}"
    if not _has_room(connection, letter, len(file.data)) or count(
        connection, _bounds(letter), at=letter.received_at, key=counted
    ):
        return False
    connection.run(
        _KEEP,
        key=key,
        part=file.part,
        value=letter.address.value,
        media_type=file.media_type,
        bytes=len(file.data),
        data=file.data,
        at=iso_utc(letter.received_at),
    )
    return True


def _has_room(connection: Connection, letter: Inbound, size: int) -> bool:
    """Return True if a file of so many bytes may be kept beside all others."""
    ((files, total),) = connection.all(_TOTAL)
    share = 1 if letter.authentic else UNVOUCHED_SHARE
    return bool(files < FILES_KEPT_MAX // share and total + size <= BYTES_KEPT_MAX // share)


def _bounds(letter: Inbound) -> tuple[Bound, ...]:
    subject = f"evidence:{letter.voucher}:{letter.address.conversation}"
    if letter.authentic:
        domain = letter.address.value.rpartition("@")[2]
        return (
            Bound("evidence of authentic", FILES_OF_ALL_MAX),
            Bound(f"evidence of domain:{domain}", FILES_OF_DOMAIN_MAX),
            Bound(subject, FILES_A_DAY_MAX),
        )
    if letter.address.by_network:
        return (Bound(subject, FILES_OF_PHONE_MAX),)
    by_letter = letter.address.kind is AddressKind.EMAIL  # neither door fills the other's bound
    of_all = "evidence of all" if by_letter else "evidence of pages"
    return Bound(subject, FILES_UNVOUCHED_A_DAY_MAX), Bound(of_all, FILES_UNVOUCHED_OF_ALL_MAX)


def count_kept(connection: Connection) -> int:
    """Return how many files are kept, counted up to `COUNTED_MAX`."""
    ((number,),) = connection.all(_COUNT, limit=COUNTED_MAX)
    return int(number)


def erase_older(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete the files that came before then; return how many."""
    return connection.run(_ERASE_OLDER, before=iso_utc(before), limit=limit)
