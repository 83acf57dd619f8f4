"""The messages that a booking and a cancellation owe: tickets, and reminders. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from core.appointments.requests import Book, Cancel
from core.fields.timezones import local
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.ticket import Ticket

REMIND_DAY_BEFORE = time(10)
REMIND_MORNING_OF = time(8)
REMIND_EVENING_BEFORE = time(18)  # instead of both, where the morning would be too late
EARLY_BEFORE = time(10)  # a seat before it: they leave home while we keep quiet
NOTICE_SECONDS = 3_600  # a reminder that is due sooner is left out: they have just been told
LEAVE_SECONDS = 3_600  # before the appointment; a reminder that comes later is of no use
_REMINDERS = ("day", "morning")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """Who is told of what: the wish, its ticket, and the phone on file. `zone` is the place's."""

    wish: Book | Cancel
    at: datetime
    ticket: Ticket
    phone: str | None = field(repr=False)
    zone: str


def owed_messages(owing: Owing) -> Iterator[Outgoing]:
    """Yield the ticket, its copy to the phone on file, and the reminders of a booking."""
    told = _told(owing)
    yield told
    phone = _phone(owing)
    if phone is not None and phone != told.address:
        yield _to_phone(owing, phone, key=f"{owing.wish.key}/ticket/phone")
    if owing.ticket.kind != "cancelled":
        yield from _reminders(owing, told)


def reminder_keys(booking: str) -> tuple[str, ...]:
    """Return the keys of the reminders of the booking with that key."""
    return tuple(f"{booking}/reminder/{which}" for which in _REMINDERS)


def _told(owing: Owing) -> Outgoing:
    wish = owing.wish
    by_ussd = wish.channel is Channel.USSD
    return Outgoing(
        key=f"{wish.key}/ticket",
        channel=Channel.SMS if by_ussd else wish.channel,
        provider=None if by_ussd else wish.provider,
        address=wish.address,
        reply=_reply(owing, f"ticket_{owing.ticket.kind}"),
        created_at=owing.at,
        headers={} if by_ussd else wish.thread,
        ticket=owing.ticket,
    )


def _to_phone(owing: Owing, phone: Address, *, key: str) -> Outgoing:
    return Outgoing(
        key=key,
        channel=Channel.SMS,
        address=phone,
        reply=_reply(owing, f"ticket_{owing.ticket.kind}"),
        created_at=owing.at,
        answers_request=False,
        quiet=owing.zone,
    )


def _times(start: datetime) -> tuple[datetime, ...]:
    """Return when the reminders are due, by the clocks of the place."""
    early = start.time() < EARLY_BEFORE
    day_before = start.date() - timedelta(days=1)
    first = REMIND_EVENING_BEFORE if early else REMIND_DAY_BEFORE
    before = datetime.combine(day_before, first, start.tzinfo)
    if early:
        return (before,)
    return before, datetime.combine(start.date(), REMIND_MORNING_OF, start.tzinfo)


def _reminders(owing: Owing, told: Outgoing) -> Iterator[Outgoing]:
    start = owing.ticket.start
    phone = _phone(owing)
    soonest = owing.at + timedelta(seconds=NOTICE_SECONDS)
    leaving = start - timedelta(seconds=LEAVE_SECONDS)
    keys = reminder_keys(owing.wish.key)
    for which, key, due in zip(_REMINDERS, keys, _times(start), strict=False):
        if soonest < due:
            day_ends = datetime.combine(due.date(), time.max, start.tzinfo)  # it says "today"
            yield Outgoing(
                key=key,
                channel=told.channel if phone is None else Channel.SMS,
                address=phone or told.address,
                reply=_reply(owing, f"reminder_{which}"),
                created_at=owing.at,
                answers_request=False,
                headers=told.headers if phone is None else {},
                not_before=due,
                not_after=min(day_ends, leaving),
                quiet=owing.zone,
            )


def _phone(owing: Owing) -> Address | None:
    """Return where SMS reach the person: the phone on file, or the one that they wrote from."""
    if owing.phone:
        return Address(AddressKind.PHONE, owing.phone)
    here = owing.wish.address
    return here if here.kind is AddressKind.PHONE else None


def _reply(owing: Owing, key: str) -> Reply:
    ticket = owing.ticket
    start = local(ticket.start, owing.zone)
    said = {
        "number": ticket.number,
        "facility": f"@text:{ticket.facility_name}",  # somebody else's text
        "address": f"@text:{ticket.facility_address}",
        "date": f"@date:{start.date().isoformat()}",
        "time": f"@time:{start.isoformat(timespec='minutes')}",
    }
    return Reply((Prompt(key, said),), owing.wish.language, ends=True)
