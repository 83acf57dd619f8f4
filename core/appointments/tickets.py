"""The ticket of a live appointment, for whoever knows its number and its check code."""

import hmac
from typing import Final, NamedTuple

from core.appointments.history import APPOINTMENTS, appointment_of
from core.appointments.rules import BookedAppointment
from core.database.statements import Connection, Statement
from core.outbox.ticket import Ticket
from core.registration.statements import OF_NUMBER

_LIVE: Final = Statement(f"""
    {APPOINTMENTS}
    WHERE appointments.record_id = {OF_NUMBER}
      AND appointments.status = 'booked'
""")
_LANGUAGE: Final = Statement(f"""
    SELECT language
    FROM records
    WHERE id = {OF_NUMBER}
""")  # noqa: S608


class ShownTicket(NamedTuple):
    """A ticket, and the language that its person chose."""

    ticket: Ticket
    language: str


def live_ticket(connection: Connection, *, number: str, code: str) -> ShownTicket | None:
    """Return the ticket; None unless the record has a live appointment with that code."""
    row = connection.one(_LIVE, number=number)
    appointment = None if row is None else appointment_of(row)
    if appointment is None or not _codes_match(appointment.code, code):
        return None
    language = connection.one(_LANGUAGE, number=number)
    return ShownTicket(_ticket_of(appointment, number), str(language[0]) if language else "")


def _ticket_of(appointment: BookedAppointment, number: str) -> Ticket:
    place = appointment.facility
    return Ticket(
        number=number,
        code=appointment.code,
        kind="booked",
        facility_name=place.name,
        facility_address=place.address,
        start=appointment.start,
        dose=appointment.dose,
        sequence=appointment.sequence,
        latitude=place.latitude,
        longitude=place.longitude,
    )


def _codes_match(live: str, code: str) -> bool:
    """Compare in constant time, against guessing a code letter by letter."""
    return hmac.compare_digest(live.encode(), code.encode("utf-8", "replace"))
