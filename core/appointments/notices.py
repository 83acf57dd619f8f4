"""The messages of a booking or cancellation: tickets and reminders. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from msgspec.structs import replace

from core.appointments.contact import SEEN_AT_ONCE, written_by
from core.appointments.requests import Book, Cancel
from core.appointments.rules import BookedAppointment, Kind
from core.fields.timezones import local, moment
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.ticket import REMINDERS, Ticket, reminder_keys

REMIND_DAY_BEFORE = time(10)
REMIND_MORNING_OF = time(8)
REMIND_EVENING_BEFORE = time(18)  # instead of both, if the morning is too late
EARLY_BEFORE = time(10)  # an appointment before it: people leave home in our quiet hours
NOTICE_SECONDS = 3_600  # a reminder due sooner is left out: the ticket has just come
LEAVE_SECONDS = 3_600  # before the appointment; a later reminder is of no use

# What the ticket says, too, which goes to where the answer would go: nobody is told twice at once.
_TICKETED = frozenset({"booked", "booking_changed", "appointment_cancelled", "invitation_booked"})
_BY_TICKET = frozenset({Channel.SMS, Channel.WHATSAPP})  # a screen or a page is seen at once


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:  # `phone` is the one on file, `zone` the facility's
    request: Book | Cancel
    at: datetime
    ticket: Ticket
    phone: str | None = field(repr=False)
    zone: str


def notices_for(
    request: Book | Cancel, appointment: BookedAppointment, phone: str | None, kind: Kind
) -> Iterator[Outgoing]:
    """Yield the ticket, its copy to the phone on file, and the reminders of a booking."""
    place = appointment.facility
    ticket = Ticket(
        number=request.number,
        code=appointment.code,
        kind=kind,
        facility_name=place.name,
        facility_address=place.address,
        start=appointment.start,
        dose=appointment.dose,
        sequence=appointment.sequence,
        latitude=place.latitude,
        longitude=place.longitude,
    )
    context = _Context(
        request=request, at=moment(request.at), ticket=ticket, phone=phone, zone=place.zone
    )
    confirmation, phone_on_file = _confirmation(context), _phone(context)
    by_browser = request.address.kind is AddressKind.WEB  # a message reaches the phone alone
    if not by_browser:
        yield confirmation
    if phone_on_file is not None and phone_on_file != confirmation.address:
        yield _copy(context, phone_on_file)
    if kind != "cancelled" and (phone_on_file is not None or not by_browser):
        yield from _reminders(context, confirmation)


def without_ticketed(reply: Reply, channel: Channel) -> Reply:
    """Return what is left to say there of a reply, as the ticket, which is queued, says the rest.

    The saved reply stays whole. What is left may be nothing.
    """
    if channel not in _BY_TICKET or all(one.key not in _TICKETED for one in reply.prompts):
        return reply
    left = tuple(one for one in reply.prompts if one.key not in _TICKETED)
    return replace(reply, prompts=left)


def _confirmation(context: _Context) -> Outgoing:
    request = context.request
    seen = request.channel in SEEN_AT_ONCE
    invited = isinstance(request, Book) and request.invited
    return Outgoing(
        key=f"{request.key}/ticket",
        channel=written_by(request.address, request.channel),
        provider=None if seen else request.provider,
        address=request.address,
        reply=_reply(context, "ticket_invited" if invited else f"ticket_{context.ticket.kind}"),
        created_at=context.at,
        headers={} if seen else request.thread,
        ticket=context.ticket,
    )


def _copy(context: _Context, phone: Address) -> Outgoing:
    return Outgoing(
        key=f"{context.request.key}/ticket/phone",
        channel=Channel.SMS,
        address=phone,
        reply=_reply(context, f"ticket_{context.ticket.kind}"),
        created_at=context.at,
        answers_request=False,
        quiet=context.zone,
    )


def _times(start: datetime) -> tuple[datetime, ...]:
    """Return when the reminders are due, in the facility's zone."""
    early = start.time() < EARLY_BEFORE
    day_before = start.date() - timedelta(days=1)
    first = REMIND_EVENING_BEFORE if early else REMIND_DAY_BEFORE
    before = datetime.combine(day_before, first, start.tzinfo)
    if early:
        return (before,)
    return before, datetime.combine(start.date(), REMIND_MORNING_OF, start.tzinfo)


def _reminders(context: _Context, confirmation: Outgoing) -> Iterator[Outgoing]:
    start = context.ticket.start
    phone = _phone(context)
    soonest = context.at + timedelta(seconds=NOTICE_SECONDS)
    leaving = start - timedelta(seconds=LEAVE_SECONDS)
    keys = reminder_keys(context.request.key)
    for which, key, due in zip(REMINDERS, keys, _times(start), strict=False):
        if soonest < due:
            day_ends = datetime.combine(due.date(), time.max, start.tzinfo)  # it says "today"
            yield Outgoing(
                key=key,
                channel=confirmation.channel if phone is None else Channel.SMS,
                address=phone or confirmation.address,
                reply=_reply(context, f"reminder_{which}"),
                created_at=context.at,
                answers_request=False,
                headers=confirmation.headers if phone is None else {},
                not_before=due,
                not_after=min(day_ends, leaving),
                quiet=context.zone,
            )


def _phone(context: _Context) -> Address | None:
    """Return the phone on file, or the one that the request came from."""
    if context.phone:
        return Address(AddressKind.PHONE, context.phone)
    here = context.request.address
    return here if here.kind is AddressKind.PHONE else None


def _reply(context: _Context, key: str) -> Reply:
    ticket = context.ticket
    start = local(ticket.start, context.zone)
    values = {
        "number": ticket.number,
        "facility": f"@text:{ticket.facility_name}",  # not ours: it is not translated
        "address": f"@text:{ticket.facility_address}",
        "date": f"@date:{start.date().isoformat()}",
        "time": f"@time:{start.isoformat(timespec='minutes')}",
    }
    return Reply((Prompt(key, values),), context.request.language, ends=True)
