"""What each stage of a visit asks, made anew from the visit each time."""

from collections.abc import Callable
from datetime import date

from core.appointments.views import Place
from core.conversation.form_questions import FULL_NAME, NIK, PHONE, PROFESSION
from core.conversation.options import (
    Option,
    PersonOption,
    PhraseOption,
    PlaceOption,
    Site,
    SlotOption,
)
from core.conversation.session import Stage, Visit
from core.messages import Location, Prompt

TEXT_CHARACTERS_MAX = 120  # of a facility's name or address in a prompt
YES_NO = ("yes", "no")
CHANGES = (FULL_NAME, PROFESSION, PHONE, NIK)  # what a person may change, as it is offered
ENDS = ("withdraw", "erase")  # the ways to end a registration
BOOKING_CHOICES = ("book_now", "book_later")
SEAT_CHOICES = ("take_seat", "other_time", "other_place")
CODE_CHOICES = ("code_again", "code_other_number", "phone_lost")
STANDBY = ("wait_for_seat", "no")
STANDBY_FAR = (*STANDBY, "places_far")
SHOWN_CODE = ("code_sent", "code_anew")
HANDOVER = ("yes", "not_me")
ROADS = ("road_code", "road_later", "phone_lost")  # back to a registration of a lost phone


def visit_question(visit: Visit, near: Location | None = None) -> tuple[Prompt, ...]:
    """Return the question of the visit's stage; nothing if the visit lacks its facts.

    It lacks them when it is over, and when another release stored its list in another shape.
    A person who shared a place, `near`, is not asked for one again.
    """
    make = QUESTIONS.get(visit.stage)
    question = make(visit) if make is not None else None
    if question is None:
        return ()
    known = question.asks == "location" and near is not None
    return (question.in_words() if known else question,)


def facts(place: Site | Place, start: str, *names: str) -> dict[str, str]:
    """Return the arguments of a prompt that say where and when, or only those of `names`.

    `start` is ISO with offset. Name and address are `@text:`: others wrote them.
    """
    every = {
        "place": f"@text:{place.name[:TEXT_CHARACTERS_MAX]}",
        "address": f"@text:{place.address[:TEXT_CHARACTERS_MAX]}",
        "date": f"@date:{start[:10]}",
        "time": f"@time:{start}",
    }
    return {name: every[name] for name in names or every}


def label(option: Option) -> str:
    """Return the choice that a prompt offers for the option: data, for `core.wording.data`."""
    match option:
        case PersonOption(name=name):
            return f"text:{name}"
        case PhraseOption(key=key):
            return key
        case PlaceOption(place=place, km=km, town=town):
            named = whereabouts(place.name, town, km)
            return f"place:{named}" if named != place.name else f"text:{named}"
        case SlotOption(start=start, place=place, town=town):
            when = start.isoformat(timespec="minutes")
            named = whereabouts(place.name, town) if place else ""
            return f"slot:{when} {named}" if place else f"time:{when}"
        case date():
            return f"date:{option.isoformat()}"


def whereabouts(name: str, town: str, km: int | None = None) -> str:
    """Return the name, then what is never cut: the town, unless the name says it, and how far."""
    known = not town or town.casefold() in name.casefold()
    away = "" if km is None else f" ({_far(km)})"
    tail = away if known else f", {town}{away}"
    return f"{name}\t{tail}" if tail else name


def _far(km: int) -> str:
    return f"{km or '<1'} km"


def _list(key: str, visit: Visit, **args: str) -> Prompt | None:
    choices = tuple(map(label, visit.options))
    return Prompt(key, args, choices) if choices else None


def _seat(visit: Visit) -> Prompt | None:
    """Return the offer of a seat, whose place `near` describes: `, Kab. Bandung, 3 km`."""
    found = [one for one in visit.options if isinstance(one, PlaceOption)]
    if not found or not visit.start:
        return None
    place, km, town = found[0].place, found[0].km, found[0].town
    parts = (town, "" if km is None else _far(km))
    near = "".join(f", {part}" for part in parts if part)
    args = {**facts(place, visit.start, "place", "date", "time"), "near": near}
    return Prompt("ask_seat", args, SEAT_CHOICES)


def _screening(visit: Visit) -> Prompt | None:
    if not visit.question:
        return _list("ask_health", visit)
    args = {"question": f"@screening:{visit.question}"}
    return Prompt("ask_screening", args, ("yes", "no"))


def _booking(visit: Visit) -> Prompt:
    return Prompt("confirm_booking", facts(visit.place, visit.start), ("yes", "change"))


def _appointed(visit: Visit) -> Prompt | None:
    args = {"number": visit.number, **facts(visit.place, visit.start)}
    args |= {"ticket": f"{visit.number}-{visit.ticket}"} if visit.ticket else {}
    choices = ("change_appointment", "cancel_appointment")
    return Prompt("appointed", args, choices) if visit.start else None


def _cancel(visit: Visit) -> Prompt | None:
    args = facts(visit.place, visit.start, "place", "date", "time")
    return Prompt("confirm_cancel", args, ("yes", "no")) if visit.start else None


def _attendance(visit: Visit) -> Prompt | None:
    args = facts(visit.place, visit.start, "place", "date")
    return Prompt("ask_attendance", args, ("attended", "not_attended")) if visit.start else None


def _standby(visit: Visit) -> Prompt:
    if visit.far:
        return Prompt("ask_standby_far", {"km": str(visit.far)}, STANDBY_FAR)
    if not visit.day:
        return Prompt("ask_standby", choices=STANDBY)
    args = {"dose": str(visit.dose), "date": f"@date:{visit.day}"}
    return Prompt("ask_standby_since", args, STANDBY)


def _change(visit: Visit) -> Prompt:
    choices = tuple(f"change_{field}" for field in CHANGES)
    return Prompt("ask_change", {"number": visit.number}, choices)


def _new_value(visit: Visit) -> Prompt | None:
    choices = tuple(map(label, visit.options))
    return Prompt(f"ask_{visit.field}", choices=choices) if visit.field else None


def _confirmed(visit: Visit) -> Prompt | None:
    value = f"@profession:{visit.value}" if visit.field == PROFESSION else visit.value
    return Prompt(f"confirm_new_{visit.field}", {visit.field: value}, YES_NO) if value else None


def _own_nik(visit: Visit) -> Prompt:
    return Prompt("confirm_own_nik", {"number": visit.number, "nik": visit.value}, YES_NO)


def _end(visit: Visit) -> Prompt:
    gives_back = visit.field == ENDS[0] and visit.start
    key = f"confirm_{visit.field}{'_seat' if gives_back else ''}"
    return Prompt(key, {"number": visit.number}, YES_NO)


def _shown_code(visit: Visit) -> Prompt | None:
    return Prompt("show_code", visit.shown, SHOWN_CODE) if visit.shown else None


def _handover(visit: Visit) -> Prompt | None:
    if not visit.value:
        return None
    if visit.field == "bare":
        return Prompt("confirm_handover_bare", choices=HANDOVER)
    key = "confirm_handover_replaces" if visit.field else "confirm_handover"
    return Prompt(key, {"person": f"@text:{visit.name}"}, HANDOVER)


QUESTIONS: dict[Stage, Callable[[Visit], Prompt | None]] = {
    "choosing_person": lambda visit: _list("ask_person", visit),
    "offered_booking": lambda _: Prompt("ask_booking", choices=BOOKING_CHOICES),
    "screening": _screening,
    "offered_seat": _seat,
    "choosing_facility": lambda visit: _list("ask_facility", visit),
    "choosing_date": lambda visit: _list("ask_date", visit),
    "choosing_time": lambda visit: _list("ask_time", visit, date=f"@date:{visit.day}"),
    "choosing_slot": lambda visit: _list("ask_slot", visit),
    "confirming_booking": _booking,
    "appointed": _appointed,
    "confirming_cancel": _cancel,
    "telling_attendance": _attendance,
    "proving_number": lambda _: Prompt("ask_number", choices=("menu_register",)),
    "proving_code": lambda _: Prompt("ask_code", choices=CODE_CHOICES),
    "choosing_change": _change,
    "giving_change": _new_value,
    "confirming_change": _confirmed,
    "confirming_nik": _own_nik,
    "choosing_end": lambda visit: Prompt("ask_end", {"number": visit.number}, ENDS),
    "confirming_end": _end,
    "choosing_standby": _standby,
    "showing_code": _shown_code,
    "typing_code": lambda _: Prompt("ask_handover_code"),
    "confirming_handover": _handover,
    "choosing_road": lambda visit: Prompt("ask_road", {"number": visit.number}, ROADS),
}
