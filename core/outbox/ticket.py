"""The ticket of an appointment: what an owed message may carry besides words."""

from datetime import datetime
from typing import Literal

import msgspec


class Ticket(msgspec.Struct, frozen=True, omit_defaults=True):
    """One appointment, for a calendar entry and a QR code. It never holds the NIK.

    `code` is drawn at random and kept with the appointment, so that a site can tell a ticket of
    ours from one that somebody made up. `start` bears the facility's own offset. `sequence`
    counts changes, as a calendar wants it (RFC 5545, 3.8.7.4).
    """

    number: str
    code: str
    kind: Literal["booked", "changed", "cancelled"]
    facility_name: str
    facility_address: str
    start: datetime
    dose: int = 1
    sequence: int = 0
    latitude: float | None = None
    longitude: float | None = None

    @property
    def text(self) -> str:
        """Return what the QR code says: number, dose and check code, and nothing of a person."""
        return code_text(self.number, self.dose, self.code)


def code_text(number: str, dose: int, code: str) -> str:
    """Return what the QR code of an appointment says."""
    return f"SATUPINTU:{number}:{dose}:{code}"
