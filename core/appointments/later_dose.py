"""Give back the seat of a later dose, once the site says that the dose before was not given."""

from core.appointments import booking_statements as booking
from core.appointments.contact import contact_of
from core.appointments.site_notices import Displaced, site_notices
from core.database.statements import Connection, iso_utc
from core.outbox.store import withdraw
from core.outbox.ticket import booking_keys
from core.outbox.withholding import enqueue_unasked


def cancel_later_dose(connection: Connection, later: Displaced, countries: frozenset[str]) -> None:
    """Cancel the appointment because the dose before was not given, and tell the person."""
    old = later.old
    ended = {"status": "cancelled_by_site", "key": later.key, "at": iso_utc(later.at)}
    connection.run(booking.END, row_id=old.id, sequence=old.sequence + 1, **ended)
    connection.run(booking.GIVE_BACK, slot=old.slot_id)
    withdraw(connection, booking_keys(old.booked_by))
    for message in site_notices(contact_of(connection, old.record_id), later, "site_denied"):
        enqueue_unasked(connection, message, record_id=old.record_id, countries=countries)
