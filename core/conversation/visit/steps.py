"""What the steps of a visit share: ask, ask again, end, and request an effect."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TypeVar

from msgspec.structs import replace

from core.appointments.requests import (
    FindDates,
    FindFacilities,
    FindSeat,
    FindTimes,
    LookUp,
    Purpose,
)
from core.appointments.views import Appointment, Place
from core.campaign import Campaign
from core.conversation.context import Step, TurnContext, drop_visit, enter, idle, request_effect
from core.conversation.message_ids import intent_id
from core.conversation.options import Option, Site
from core.conversation.session import Session, Stage, Visit
from core.conversation.visit_questions import facts, visit_question
from core.fields.choice import fold, parse_choice
from core.fields.timezones import WIB, local, moment
from core.messages import Address, Prompt

Offered = TypeVar("Offered", bound=Option)


def visit_of(session: Session) -> Visit:
    """Return the visit, or a new one."""
    return session.visit or Visit()


def ask(session: Session, visit: Visit, stage: Stage, options: Iterable[Option] = ()) -> Step:
    """Ask the question of `stage`; `options` are those of its list."""
    visit = replace(visit, stage=stage, options=tuple(options))
    asked = visit_question(visit, session.near)
    return Step(replace(enter(session, stage), visit=visit), asked)


def offered(visit: Visit, kind: type[Offered]) -> Sequence[Offered]:
    """Return the options of the list that was shown."""
    return [option for option in visit.options if isinstance(option, kind)]


def ask_again(session: Session, *reasons: Prompt) -> Step:
    """Give the reasons, and ask the last question of the visit again."""
    visit = visit_of(session)
    asked = visit_question(visit, session.near)
    return Step(replace(session, stage=visit.stage), (*reasons, *asked))


def end(session: Session, *prompts: Prompt) -> Step:
    """Say this, and drop the visit."""
    return Step(idle(drop_visit(session)), prompts, ends=True)


def say_not_bookable(session: Session, why: str) -> Step:
    """Say why nothing was booked: a code of `NotBookable`."""
    return end(session, Prompt("screening_waits" if why == "waits" else f"not_bookable_{why}"))


def pick(text: str, labels: Sequence[str]) -> int:
    """Return the index of the label that `text` names or numbers; or raise InvalidError."""
    words = {fold(label): str(index) for index, label in enumerate(labels) if fold(label)}
    return int(parse_choice(text, words | {str(n + 1): str(n) for n in range(len(labels))}))


def look_up(
    campaign: Campaign, session: Session, address: Address, purpose: Purpose, seconds: int
) -> Step:
    """Look up the registrations at this address, or the one that a code has proven."""
    visit = visit_of(session)
    request = LookUp(
        address=address,
        campaign=campaign.id,
        purpose=purpose,
        proven=visit.number if visit.proven_until > seconds else "",
        version=campaign.screening.version,
        valid_days=campaign.screening.valid_days,
        at=seconds,
    )
    return request_effect(session, request)


def look_up_again(context: TurnContext, session: Session, **changes: object) -> Step:
    """Look up again what the visit is about; `changes` are fields of the visit."""
    visit = replace(visit_of(session), **changes)
    changed, place = replace(session, visit=visit), context.inbound.address
    return look_up(context.campaign, changed, place, visit.purpose, context.at)


def find_facilities(
    session: Session, seconds: int, name: str = "", *, anywhere: bool = False
) -> Step:
    """Search for facilities: by name, or near the person; with `anywhere` however far."""
    visit = visit_of(session)
    request = FindFacilities(
        number=visit.number,
        dose=visit.dose,
        since=visit.since,
        at=seconds,
        near=session.near,
        name=name,
        anywhere=anywhere,
    )
    return request_effect(session, request)


def find_first(session: Session, seconds: int) -> Step:
    """Search for the seat to offer; a person who changes a seat chooses from the list."""
    visit = visit_of(session)
    if visit.changes:
        return find_facilities(session, seconds)
    request = FindSeat(visit.number, visit.dose, visit.since, seconds, session.near)
    return request_effect(session, request)


def find_dates(campaign: Campaign, session: Session, seconds: int) -> Step:
    """Search for days at the chosen facility."""
    visit = visit_of(session)
    request = FindDates(visit.place.code, campaign.id, visit.dose, visit.since, seconds)
    return request_effect(session, request)


def find_times(campaign: Campaign, session: Session, seconds: int) -> Step:
    """Search for times on the chosen day."""
    visit = visit_of(session)
    request = FindTimes(visit.place.code, campaign.id, visit.dose, visit.day, seconds)
    return request_effect(session, request)


def effect_key(context: TurnContext, what: str) -> str:
    """Return the idempotency key of this message's effect."""
    return f"{intent_id(context.inbound.address.conversation, context.inbound.message_id)}/{what}"


def today(seconds: int) -> date:
    """Return the date in the west of the country, where a day begins last."""
    return local(moment(seconds), WIB).date()


def appointment_facts(appointment: Appointment, *names: str) -> dict[str, str]:
    """Return the arguments of a prompt that say where and when, or only those of `names`."""
    return facts(appointment.place, iso(appointment.start), *names)


def ticket_fact(number: str, appointment: Appointment) -> dict[str, str]:
    """Return the argument of a prompt that names the ticket, for a door that can show it."""
    return {"ticket": f"{number}-{appointment.code}"} if appointment.code else {}


def site_of(place: Place, characters_max: int) -> Site:
    """Return the facility with its name and address cut to a bound."""
    return Site(place.code, place.name[:characters_max], place.address[:characters_max])


def iso(start: datetime) -> str:
    """Return the time as sessions and prompts write it, to the minute."""
    return start.isoformat(timespec="minutes")
