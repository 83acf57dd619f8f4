"""Write an appointment as an iCalendar file: one event, published or cancelled.

RFC 5545 defines the file, RFC 5546 its methods. A file with the same UID and a higher SEQUENCE
replaces the one before.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from core.outbox.ticket import Ticket

if TYPE_CHECKING:
    from icalendar import Event

VISIT_MINUTES = 30  # that the calendar blocks
PRODUCT: Final = "-//Satu Pintu//Janji vaksinasi//ID"
DEGREE_PLACES = 6  # of a coordinate: 0.1 m

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def method_of(ticket: Ticket) -> str:
    """Return the iTIP method."""
    return "CANCEL" if ticket.kind == "cancelled" else "PUBLISH"


def write_calendar(ticket: Ticket, *, summary: str, domain: str, at: datetime) -> bytes:
    """Return the file in UTF-8, stamped with `at`. It names no person."""
    from icalendar import Calendar, Event  # noqa: PLC0415 a start without tickets is quicker

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method_of(ticket))
    event = Event()
    _fill(event, ticket, summary=summary, domain=domain, at=at)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _fill(event: "Event", ticket: Ticket, *, summary: str, domain: str, at: datetime) -> None:
    event.add("uid", f"{ticket.number}-{ticket.dose}@{domain}")
    event.add("sequence", ticket.sequence)
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", ticket.start.astimezone(UTC))
    event.add("duration", timedelta(minutes=VISIT_MINUTES))
    event.add("summary", _plain(summary))
    event.add("location", _plain(f"{ticket.facility_name}, {ticket.facility_address}"))
    event.add("status", "CANCELLED" if ticket.kind == "cancelled" else "CONFIRMED")
    if ticket.latitude is not None and ticket.longitude is not None:
        degrees = (ticket.latitude, ticket.longitude)
        event.add("geo", tuple(round(degree, DEGREE_PLACES) for degree in degrees))


def _plain(text: str) -> str:
    """Return the text as one line of valid UTF-8 without control characters."""
    return _CONTROL.sub(" ", text).encode("utf-8", "replace").decode().strip()
