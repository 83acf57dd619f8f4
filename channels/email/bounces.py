"""Reports of mail servers that a letter of ours could not be delivered (RFC 3464).

A letter that answers nothing leaves with a return path of its own, which bears a reference that
only its way knows: what comes back there is about that letter, whoever sends it.
"""

import re
from collections.abc import Iterable
from typing import Final

from channels.email.headers import HEAD_BYTES_MAX, split_part
from core.events import Receipt, ReceiptStatus
from core.messages import Channel

MAILBOX: Final = "bounce"  # `bounce+<reference>@`, at the domains of our mailboxes
REFERENCE_BYTES: Final = 10
REPORT_BYTES_MAX: Final = 131_072  # searched; what is returned of our letter comes after it

_REPORT = re.compile(r"multipart/report[\s;]", re.ASCII | re.IGNORECASE)
_FAILED = re.compile(rb"^action[ \t]{0,9}:[ \t]{0,9}failed\b", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(
    rb"^status[ \t]{0,9}:[ \t]{0,9}([245]\.[0-9]{1,3}\.[0-9]{1,3})", re.IGNORECASE | re.MULTILINE
)


def return_path(reference: str, mailbox: str) -> str:
    """Return the address to which reports about one letter go; `mailbox` is ours."""
    return f"{MAILBOX}+{reference}@{mailbox.rpartition('@')[2]}"


def read_bounces(raw: bytes, references: Iterable[str], *, provider: str) -> tuple[Receipt, ...]:
    """Return what the report says of the letters that it came back to; nothing but of a failure.

    A delay is no failure, and what no RFC 3464 report says may be a person on holiday. Raises
    `RejectedError` (552) for a head that is too large.
    """
    reason = _failure(raw[: HEAD_BYTES_MAX + REPORT_BYTES_MAX])
    return tuple(
        Receipt(
            provider=provider,
            provider_id=reference,
            status=ReceiptStatus.FAILED,
            reason=reason,
            final=True,
            channel=Channel.EMAIL,
        )
        for reference in references
        if reason
    )


def _failure(raw: bytes) -> str:
    """Return why the letter was not delivered, or "" if the report does not say so."""
    mail = split_part(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    report = mail.body[:REPORT_BYTES_MAX]
    if not _REPORT.match(mail.get("content-type")) or not _FAILED.search(report):
        return ""
    status = _STATUS.search(report)
    return f"bounced {status[1].decode()}" if status else "bounced"
