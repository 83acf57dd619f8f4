"""Choose a facility, a day and a time, and book it. Nothing is held while a person thinks."""

from datetime import date

from msgspec.structs import replace

from core.appointments.requests import (
    DATES_MAX,
    FACILITIES_MAX,
    OTHERS_MAX,
    TIMES_MAX,
    Book,
    Booked,
    FindFacilities,
    FindSeat,
    FindTimes,
    FoundDates,
    FoundFacilities,
    FoundSeat,
    FoundTimes,
    NotBookable,
    Taken,
)
from core.appointments.views import Place
from core.campaign import Campaign
from core.conversation.context import Step, TurnContext, count_wrong, request_effect
from core.conversation.options import PlaceOption, Site, SlotOption
from core.conversation.session import Session
from core.conversation.visit.standby import offer_far, offer_standby
from core.conversation.visit.steps import (
    appointment_facts,
    ask,
    ask_again,
    effect_key,
    end,
    find_dates,
    find_facilities,
    find_times,
    iso,
    offered,
    pick,
    say_not_bookable,
    site_of,
    ticket_fact,
    today,
    visit_of,
)
from core.fields.choice import fold, parse_choice
from core.fields.invalid import InvalidError
from core.messages import Prompt

LISTED_CHARACTERS_MAX = 60  # of a name or an address in a list, and of a name to search for
TOWN_CHARACTERS_MAX = 32  # `Kab. Kep. Siau Tagulandang Biaro`
SEARCH_LETTERS_MIN = 3  # of a name to search for


def show_facilities(session: Session, request: FindFacilities, found: FoundFacilities) -> Step:
    """Ask which facility; if none was found, say why."""
    visit = visit_of(session)
    if places := found.places[:FACILITIES_MAX]:
        options = map(place_option, places)
        return ask(session, replace(visit, name=request.name), "choosing_facility", options)
    if not request.name:
        return say_none(session, request, found)
    if visit.stage == "choosing_facility" and visit.options:
        session, reasons = count_wrong(session, Prompt("facility_not_found"))
        return ask_again(session, *reasons)
    return find_facilities(session, request.at)


def say_none(
    session: Session, request: FindFacilities | FindSeat, found: FoundFacilities | FoundSeat
) -> Step:
    """Say why there is no seat, or none near, and offer to keep a wish for one."""
    if found.beyond is not None:
        return offer_far(session, found.beyond, request.at)
    why = _why_none(request, opened=found.opened)
    return offer_standby(session, why, full=found.opened)


def _why_none(request: FindFacilities | FindSeat, *, opened: bool) -> Prompt:
    """Say that all seats are taken, or none open yet; or that the dose is due only later."""
    args = {"dose": str(request.dose), "date": f"@date:{request.since}"}
    if request.since > today(request.at).isoformat():
        return Prompt("no_facilities_since" if opened else "no_slots_since", args)
    return Prompt("no_facilities") if opened else Prompt("no_slots", {"dose": args["dose"]})


def choose_facility(context: TurnContext, session: Session, text: str) -> Step:
    """Take a facility by its number or name; search for any other name."""
    visit = visit_of(session)
    places = [option.place for option in offered(visit, PlaceOption)]
    try:
        index = pick(text, [place.name for place in places])
    except InvalidError:
        if _is_name(text):
            return find_facilities(session, context.at, fold(text)[:LISTED_CHARACTERS_MAX])
        raise
    chosen = replace(visit, place=places[index])
    return find_dates(context.campaign, replace(session, visit=chosen), context.at)


def show_dates(session: Session, seconds: int, found: FoundDates) -> Step:
    """Ask which day; if none is left, ask for another facility."""
    visit = visit_of(session)
    if dates := found.dates[:DATES_MAX]:
        return ask(session, visit, "choosing_date", dates)
    if visit.stage == "choosing_facility":
        return ask_again(session, Prompt("facility_full"))
    return find_facilities(session, seconds)


def choose_date(context: TurnContext, session: Session, text: str) -> Step:
    """Take a day by its number."""
    visit = visit_of(session)
    days = offered(visit, date)
    day = days[pick(text, [""] * len(days))]
    chosen = replace(visit, day=day.isoformat())
    return find_times(context.campaign, replace(session, visit=chosen), context.at)


def show_times(
    campaign: Campaign, session: Session, request: FindTimes, found: FoundTimes
) -> Step:
    """Ask which time; if none is left, ask for another day."""
    visit = visit_of(session)
    if slots := found.slots[:TIMES_MAX]:
        options = (SlotOption(slot.id, slot.start) for slot in slots)
        return ask(session, visit, "choosing_time", options)
    if visit.stage == "choosing_date":
        return ask_again(session, Prompt("date_full"))
    return find_dates(campaign, session, request.at)


def choose_time(_: TurnContext, session: Session, text: str) -> Step:
    """Take a time by its number or, at the chosen facility, as it is written."""
    visit = visit_of(session)
    slots = offered(visit, SlotOption)
    option = slots[pick(text, ["" if slot.place else f"{slot.start:%H:%M}" for slot in slots])]
    chosen = replace(
        visit,
        place=option.place or visit.place,
        day=option.start.date().isoformat(),
        start=iso(option.start),
        slot=option.slot,
    )
    return ask(session, chosen, "confirming_booking")


def show_others(session: Session, taken: Taken) -> Step:
    """Say that the seat was just taken, and offer the nearest others, in place and time."""
    others = taken.others[:OTHERS_MAX]
    if not others:
        step = offer_standby(session, Prompt("no_facilities"), full=True)
        return step._replace(prompts=(Prompt("just_taken"), *step.prompts))
    options = (
        SlotOption(slot.id, slot.start, _listed(place), place.town) for place, slot in others
    )
    step = ask(session, visit_of(session), "choosing_slot", options)
    return step._replace(prompts=(Prompt("just_taken"), *step.prompts))


def confirm(context: TurnContext, session: Session, text: str) -> Step:
    """Book on "yes"; on "change" ask for a facility again."""
    chosen = parse_choice(text, context.keywords.confirm)
    if chosen != "yes":
        return find_facilities(session, context.at)
    return request_booking(context, session)


def request_booking(context: TurnContext, session: Session) -> Step:
    """Request the seat that the visit names."""
    inbound, visit = context.inbound, visit_of(session)
    request = Book(
        key=effect_key(context, "book"),
        number=visit.number,
        slot=visit.slot,
        dose=visit.dose,
        changes=visit.changes,
        at=context.at,
        address=inbound.address,
        channel=inbound.channel,
        provider=inbound.provider,
        language=context.language(session),
        near=session.near,
        thread=dict(inbound.thread),
    )
    return request_effect(session, request)


def say_booking(session: Session, request: Book, result: Booked | Taken | NotBookable) -> Step:
    """Say where and when; or offer other seats, or say why nothing can be booked."""
    match result:
        case Taken():
            return show_others(session, result)
        case NotBookable(why=why):
            return say_not_bookable(session, why)
        case Booked(appointment=appointment, changed=changed):
            args = {
                "number": request.number,
                **appointment_facts(appointment),
                **ticket_fact(request.number, appointment),
            }
            return end(session, Prompt("booking_changed" if changed else "booked", args))


def place_option(place: Place) -> PlaceOption:
    """Return the facility as a list or an offer names it."""
    return PlaceOption(_listed(place), place.km, place.town[:TOWN_CHARACTERS_MAX])


def _listed(place: Place) -> Site:
    return site_of(place, LISTED_CHARACTERS_MAX)


def _is_name(text: str) -> bool:
    letters = [letter for letter in text if letter.isalnum()]
    return len(letters) >= SEARCH_LETTERS_MIN and any(map(str.isalpha, letters))
