"""The words to a person whose appointment the site moved or cancelled. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from core.appointments.contact import Contact
from core.appointments.notices import LEAVE_SECONDS, notices_for
from core.appointments.requests import Book
from core.appointments.rules import BookedAppointment
from core.fields.timezones import local
from core.messages import Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.quiet_hours import after_quiet_hours

What = Literal["site_moved", "site_choose", "site_cancelled", "site_denied"]
WHAT_OF: Final[dict[str, What]] = {"choose": "site_choose", "cancel": "site_cancelled"}


class Displaced(NamedTuple):
    """An appointment that the site ended, and its replacement, if any; `key` is the change's.

    `because` is the time of the appointment at which the dose before was not given; None if the
    site closed the day.
    """

    old: BookedAppointment
    new: BookedAppointment | None
    key: str
    at: datetime
    because: datetime | None = None


def site_reply(
    contact: Contact,
    old: BookedAppointment,
    new: BookedAppointment | None,
    what: What,
    because: datetime | None = None,
) -> Reply:
    """Return the reply: which appointment is off, why, and what replaces it."""
    shown = new or old
    start = local(shown.start, shown.facility.zone)
    before = local(because or old.start, old.facility.zone)
    values = {
        "number": contact.number,
        "facility": f"@text:{shown.facility.name}",
        "date": f"@date:{start.date().isoformat()}",
        "time": f"@time:{start.isoformat(timespec='minutes')}",
        "closed": f"@date:{before.date().isoformat()}",
    }
    return Reply((Prompt(what, values),), contact.language, ends=True)


def site_notices(contact: Contact, moved: Displaced, what: What) -> Iterator[Outgoing]:
    """Yield the message about it, and the reminders of the new appointment.

    It waits for the morning, unless the person would leave home for the old one before.
    """
    if contact.address is None:
        return
    old, new, key, at, because = moved
    zone = old.facility.zone
    leaving = old.start - timedelta(seconds=LEAVE_SECONDS)
    message = Outgoing(
        key=f"{key}/ticket",
        channel=contact.channel,
        address=contact.address,
        reply=site_reply(contact, old, new, what, because),
        created_at=at,
        answers_request=False,
        quiet=zone if after_quiet_hours(at, zone) < leaving else "",
    )
    if new is None:
        yield message
        return
    for one in notices_for(_request(contact, new, key, at), new, None, "changed"):
        if one.key == message.key:
            yield replace(message, ticket=one.ticket)
        else:
            yield one


def _request(contact: Contact, new: BookedAppointment, key: str, at: datetime) -> Book:
    """Return the booking as the person would have asked for it."""
    assert contact.address is not None, "it was looked at"
    return Book(
        key=key,
        number=contact.number,
        slot=new.slot_id,
        dose=new.dose,
        changes=True,
        at=int(at.timestamp()),
        address=contact.address,
        channel=contact.channel,
        provider="",
        language=contact.language,
    )
