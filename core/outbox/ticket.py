"""The ticket of an appointment, which a message may carry besides its text."""

from datetime import datetime
from typing import Final, Literal

import msgspec

REMINDERS: Final = ("day", "morning")


class Ticket(msgspec.Struct, frozen=True, omit_defaults=True):
    """One appointment, for a calendar entry and a QR code. It never holds the NIK.

    `code` is random and stored with the appointment: it lets a site recognise a forged ticket.
    `start` has the facility's UTC offset. `sequence` counts changes (RFC 5545, 3.8.7.4).
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
        """Return the text of the QR code: number, dose and check code, no personal data."""
        return code_text(self.number, self.dose, self.code)


def code_text(number: str, dose: int, code: str) -> str:
    """Return the text of the QR code of an appointment."""
    return f"SATUPINTU:{number}:{dose}:{code}"


def booking_keys(booking: str) -> tuple[str, ...]:
    """Return the keys of all that the booking with that key enqueues."""
    return (f"{booking}/ticket", f"{booking}/ticket/phone", *reminder_keys(booking))


def reminder_keys(booking: str) -> tuple[str, ...]:
    """Return the keys of the `REMINDERS` of the booking with that key."""
    return tuple(f"{booking}/reminder/{which}" for which in REMINDERS)
