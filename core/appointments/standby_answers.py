"""Answering the offer of a seat that came free."""

from datetime import timedelta
from typing import Final, NamedTuple

from core.appointments import booking_statements as booking
from core.appointments import standby_statements as sql
from core.appointments.booking import book
from core.appointments.history import lock_person
from core.appointments.requests import Book, Booked
from core.appointments.standby import OFFER_SECONDS, EndStatus, end_offer
from core.appointments.standby_requests import AnswerOffer, OfferEnded, OfferTaken
from core.database.statements import Connection, iso_utc
from core.fields.timezones import moment
from core.registration.addresses import address_columns
from core.registration.notices import NOTICE
from core.registration.terms import Terms

HEARD_SECONDS: Final = 2 * OFFER_SECONDS  # after the offer; a later YA is about something else


class _Answer(NamedTuple):
    """What an answer books, if it does; `code` is the check code of the ticket."""

    request: AnswerOffer
    number: str
    terms: Terms
    code: str

    def book(self, connection: Connection, slot: int = 0, dose: int = 0) -> Booked | None:
        """Book; by its key, the same request finds its booking again without the slot."""
        request = self.request
        wanted = Book(
            key=request.key,
            number=self.number,
            slot=slot,
            dose=dose,
            changes=False,
            at=request.at,
            address=request.address,
            channel=request.channel,
            provider=request.provider,
            language=request.language,
            thread=request.thread,
        )
        made = book(connection, wanted, terms=self.terms, code=self.code)
        return made if isinstance(made, Booked) else None


def answer_offer(
    connection: Connection, request: AnswerOffer, *, terms: Terms, code: str
) -> OfferTaken | OfferEnded | None:
    """Book the offered seat, or give it up; None if none was offered to that address lately.

    `code` is the check code of the ticket. The same request again gets the same result.
    """
    here = address_columns(request.address)
    if done := connection.one(sql.ANSWERED, **here, key=request.key):
        return _told(connection, _Answer(request, done[1], terms, code), done[0])
    since = iso_utc(moment(request.at) - timedelta(seconds=HEARD_SECONDS))
    last = {**here, "campaign": request.campaign, "since": since, "notice": NOTICE}
    row = connection.one(sql.LAST_OFFER, **last)
    if row is None or row[1] not in {"offered", "lapsed"}:
        return None
    row_id, _, number = row
    answer = _Answer(request, number, terms, code)
    lock_person(connection, number)
    return _told(connection, answer, _settle(connection, answer, row_id))


def _settle(connection: Connection, answer: _Answer, row_id: int) -> EndStatus:
    """Carry the answer out, and return what became of the wait; the person is locked."""
    offered = connection.one(sql.OFFERED, row_id=row_id)
    if offered is None:
        return "lapsed"
    slot, _, expires_at, dose, closed = offered
    request = answer.request
    if request.takes and not closed and expires_at > iso_utc(moment(request.at)):
        # Nobody takes the seat between: giving it back has locked its slot.
        connection.run(booking.GIVE_BACK, slot=slot)
        ended: EndStatus = "booked" if answer.book(connection, slot, dose) else "lapsed"
        connection.run(sql.END, row_id=row_id, status=ended, key=request.key)
        return ended
    given_up: EndStatus = "declined" if not request.takes else "waiting" if closed else "lapsed"
    end_offer(connection, row_id, given_up, key=request.key)
    return given_up


def _told(connection: Connection, answer: _Answer, status: str) -> OfferTaken | OfferEnded:
    made = answer.book(connection) if status == "booked" else None
    if made is not None:
        return OfferTaken(number=answer.number, booked=made)
    return OfferEnded(why="declined" if status == "declined" else "gone")
