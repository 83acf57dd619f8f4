"""Choose a facility, a day and a time, and book it. Nothing is held while a person thinks."""

import re

from msgspec.structs import replace

from core.appointments.requests import (
    Book,
    Booked,
    FindFacilities,
    FindTimes,
    FoundDates,
    FoundFacilities,
    FoundTimes,
    NotBookable,
    Place,
    Taken,
)
from core.campaign import Campaign
from core.conversation.context import Step, Talk, misunderstand
from core.conversation.keywords import CONFIRM_CHOICES
from core.conversation.session import Session, Visit
from core.conversation.visit.steps import (
    ask,
    ask_again,
    complain,
    end,
    facts,
    find_dates,
    find_facilities,
    find_times,
    key_of,
    pend,
    pick,
    said_of,
    today,
    visit_of,
)
from core.fields.choice import fold, parse_choice
from core.fields.invalid import InvalidError
from core.messages import Prompt

PLACES_MAX = 9  # of each list: what a person looks through, and a session bears
DATES_MAX = 14
TIMES_MAX = 20
SLOTS_MAX = 5
NAME_CHARACTERS_MAX = 60  # of a facility, kept in a list
ADDRESS_CHARACTERS_MAX = 60
SEARCH_LETTERS_MIN = 3  # of a name that is looked for

_DISTANCE = re.compile(r" \((?:<1|[0-9]{1,5}) km\)$")


def show_facilities(session: Session, wish: FindFacilities, found: FoundFacilities) -> Step:
    """Ask which of these; where there are none, say so."""
    visit, places = visit_of(session), found.places[:PLACES_MAX]
    if places:
        options = tuple(_option(place) for place in places)
        prompt = Prompt("ask_facility", choices=tuple(_label(place) for place in places))
        return ask(session, replace(visit, name=wish.name), "choosing_facility", prompt, options)
    if not wish.name:
        return end(session, _why_none(wish, found))
    if visit.step == "choosing_facility":
        return complain(session, "facility_not_found")
    return find_facilities(session, wish.at)


def _why_none(wish: FindFacilities, found: FoundFacilities) -> Prompt:
    """Return whether all is taken, or nothing opened; and that the dose is due only later."""
    said = {"dose": str(wish.dose), "date": f"@date:{wish.since}"}
    if wish.since > today(wish.at).isoformat():
        return Prompt("no_facilities_since" if found.opened else "no_slots_since", said)
    return Prompt("no_facilities") if found.opened else Prompt("no_slots", {"dose": said["dose"]})


def choose_facility(talk: Talk, session: Session, text: str) -> Step:
    """Take a facility by its number or name; look for any other name."""
    visit = visit_of(session)
    labels = [_DISTANCE.sub("", choice[len("text:") :]) for choice in _choices(visit)]
    try:
        index = pick(text, labels)
    except InvalidError as error:
        if _is_name(text):
            return find_facilities(session, talk.at, fold(text)[:NAME_CHARACTERS_MAX])
        return misunderstand(talk, session, error)
    code, _, address = visit.options[index].partition("\n")
    chosen = replace(visit, place=(code, labels[index], address))
    return find_dates(talk.campaign, replace(session, visit=chosen), talk.at)


def show_dates(session: Session, seconds: int, found: FoundDates) -> Step:
    """Ask which day; where the last one has just gone, ask for another facility."""
    visit = visit_of(session)
    if dates := found.dates[:DATES_MAX]:
        prompt = Prompt("ask_date", choices=tuple(f"date:{day.isoformat()}" for day in dates))
        return ask(session, visit, "choosing_date", prompt)
    if visit.step == "choosing_facility":
        return ask_again(session, Prompt("facility_full"))
    return find_facilities(session, seconds)


def choose_date(talk: Talk, session: Session, text: str) -> Step:
    """Take a day by its number."""
    choices = _choices(visit_of(session))
    try:
        day = choices[pick(text, [""] * len(choices))].removeprefix("date:")
    except InvalidError as error:
        return misunderstand(talk, session, error)
    return find_times(talk.campaign, session, day, talk.at)


def show_times(campaign: Campaign, session: Session, wish: FindTimes, found: FoundTimes) -> Step:
    """Ask which time; where the last one has just gone, ask for another day."""
    visit = visit_of(session)
    if slots := found.slots[:TIMES_MAX]:
        times = tuple(f"time:{slot.start.isoformat(timespec='minutes')}" for slot in slots)
        prompt = Prompt("ask_time", {"date": f"@date:{wish.day}"}, times)
        options = tuple(str(slot.id) for slot in slots)
        return ask(session, visit, "choosing_time", prompt, options)
    if visit.step == "choosing_date":
        return ask_again(session, Prompt("date_full"))
    return find_dates(campaign, session, wish.at)


def choose_time(talk: Talk, session: Session, text: str) -> Step:
    """Take a time by its number, or as it is written."""
    visit, choices = visit_of(session), _choices(visit_of(session))
    starts = [choice.removeprefix("time:") for choice in choices]
    try:
        index = pick(text, [start[11:16] for start in starts])
    except InvalidError as error:
        return misunderstand(talk, session, error)
    chosen = replace(visit, slot=int(visit.options[index]), start=starts[index])
    return _ask_confirmation(session, chosen)


def show_others(session: Session, taken: Taken) -> Step:
    """Say that the seat has just gone, and offer the next nearest, in place and time."""
    others = taken.others[:SLOTS_MAX]
    if not others:
        return end(session, Prompt("just_taken"), Prompt("no_facilities"))
    labels = tuple(
        f"slot:{slot.start.isoformat(timespec='minutes')} {place.name[:NAME_CHARACTERS_MAX]}"
        for place, slot in others
    )
    options = tuple(f"{slot.id}\n{_option(place)}" for place, slot in others)
    prompt = Prompt("ask_slot", choices=labels)
    step = ask(session, visit_of(session), "choosing_slot", prompt, options)
    return step._replace(prompts=(Prompt("just_taken"), prompt))


def choose_slot(talk: Talk, session: Session, text: str) -> Step:
    """Take one of the offers by its number."""
    visit, choices = visit_of(session), _choices(visit_of(session))
    try:
        index = pick(text, [""] * len(choices))
    except InvalidError as error:
        return misunderstand(talk, session, error)
    start, _, name = choices[index].removeprefix("slot:").partition(" ")
    slot, code, address = visit.options[index].split("\n", 2)
    chosen = replace(visit, slot=int(slot), start=start, place=(code, name, address))
    return _ask_confirmation(session, chosen)


def confirm(talk: Talk, session: Session, text: str) -> Step:
    """Book on yes; on "change" choose again from the facilities on."""
    try:
        chosen = parse_choice(text, CONFIRM_CHOICES)
    except InvalidError as error:
        return misunderstand(talk, session, error)
    if chosen != "yes":
        return find_facilities(session, talk.at)
    inbound, visit = talk.inbound, visit_of(session)
    wish = Book(
        key=key_of(talk, "book"),
        number=visit.number,
        slot=visit.slot,
        dose=visit.dose,
        changes=visit.changes,
        at=talk.at,
        address=inbound.address,
        channel=inbound.channel,
        provider=inbound.provider,
        language=talk.language(session),
        near=session.near,
        thread=dict(inbound.thread),
    )
    return pend(session, wish)


def say_booking(session: Session, wish: Book, result: Booked | Taken | NotBookable) -> Step:
    """Say where and when, or what is offered instead, or why nothing can be booked."""
    match result:
        case Taken():
            return show_others(session, result)
        case NotBookable(why=why):
            return end(session, Prompt(f"not_bookable_{why}"))
        case Booked(appointment=appointment, changed=changed):
            said = {"number": wish.number, **said_of(appointment)}
            return end(session, Prompt("booking_changed" if changed else "booked", said))


def _ask_confirmation(session: Session, visit: Visit) -> Step:
    _, name, address = visit.place
    prompt = Prompt("confirm_booking", facts(name, address, visit.start), ("yes", "change"))
    return ask(session, visit, "confirming_booking", prompt)


def _choices(visit: Visit) -> tuple[str, ...]:
    return visit.asked.choices if visit.asked is not None else ()


def _option(place: Place) -> str:
    return f"{place.code}\n{place.address[:ADDRESS_CHARACTERS_MAX]}"


def _label(place: Place) -> str:
    name = place.name[:NAME_CHARACTERS_MAX]
    if place.distance_km is None:
        return f"text:{name}"
    far = f"{place.distance_km:.0f}" if place.distance_km >= 1 else "<1"
    return f"text:{name} ({far} km)"


def _is_name(text: str) -> bool:
    letters = [letter for letter in text if letter.isalnum()]
    return len(letters) >= SEARCH_LETTERS_MIN and any(map(str.isalpha, letters))
