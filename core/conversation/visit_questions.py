"""What each stage of a visit asks, made of what the visit holds every time that it is asked."""

from collections.abc import Callable
from datetime import date

from core.appointments.requests import Place
from core.conversation.options import Option, PersonOption, PlaceOption, Site, SlotOption
from core.conversation.session import Stage, Visit
from core.messages import Prompt

TEXT_CHARACTERS_MAX = 120  # of a name or an address that is said


def question(visit: Visit) -> tuple[Prompt, ...]:
    """Return what the visit's step asks; nothing where the visit lacks what that is made of.

    It does where it is over, and where it was kept by a release that kept its lists otherwise.
    """
    make = QUESTIONS.get(visit.stage)
    asked = make(visit) if make is not None else None
    return (asked,) if asked is not None else ()


def facts(place: Site | Place, start: str, *names: str) -> dict[str, str]:
    """Return where and when for a prompt, or only those `names`; `start` is ISO with offset.

    The name and the address are somebody else's text.
    """
    said = {
        "place": f"@text:{place.name[:TEXT_CHARACTERS_MAX]}",
        "address": f"@text:{place.address[:TEXT_CHARACTERS_MAX]}",
        "date": f"@date:{start[:10]}",
        "time": f"@time:{start}",
    }
    return {name: said[name] for name in names or said}


def label(option: Option) -> str:
    """Return the choice that a prompt offers for it: data, to be said as the language does."""
    match option:
        case PersonOption(name=name):
            return f"text:{name}"
        case PlaceOption(place=place, km=km):
            return f"text:{place.name}" + ("" if km is None else f" ({km or '<1'} km)")
        case SlotOption(start=start, place=place):
            when = start.isoformat(timespec="minutes")
            return f"time:{when}" if place is None else f"slot:{when} {place.name}"
        case date():
            return f"date:{option.isoformat()}"


def _list(key: str, visit: Visit, said: dict[str, str] | None = None) -> Prompt | None:
    choices = tuple(map(label, visit.options))
    return Prompt(key, said or {}, choices) if choices else None


def _screening(visit: Visit) -> Prompt | None:
    said = {"question": f"@screening:{visit.question}"}
    return Prompt("ask_screening", said, ("yes", "no")) if visit.question else None


def _booking(visit: Visit) -> Prompt:
    return Prompt("confirm_booking", facts(visit.place, visit.start), ("yes", "change"))


def _appointed(visit: Visit) -> Prompt | None:
    said = {"number": visit.number, **facts(visit.place, visit.start)}
    offered = ("change_appointment", "cancel_appointment")
    return Prompt("appointed", said, offered) if visit.start else None


def _cancel(visit: Visit) -> Prompt | None:
    said = facts(visit.place, visit.start, "place", "date", "time")
    return Prompt("confirm_cancel", said, ("yes", "no")) if visit.start else None


def _attendance(visit: Visit) -> Prompt | None:
    said = facts(visit.place, visit.start, "place", "date")
    offered = ("attended", "not_attended")
    return Prompt("ask_attendance", said, offered) if visit.start else None


QUESTIONS: dict[Stage, Callable[[Visit], Prompt | None]] = {
    "choosing_person": lambda visit: _list("ask_person", visit),
    "screening": _screening,
    "choosing_facility": lambda visit: _list("ask_facility", visit),
    "choosing_date": lambda visit: _list("ask_date", visit),
    "choosing_time": lambda visit: _list("ask_time", visit, {"date": f"@date:{visit.day}"}),
    "choosing_slot": lambda visit: _list("ask_slot", visit),
    "confirming_booking": _booking,
    "appointed": _appointed,
    "confirming_cancel": _cancel,
    "telling_attendance": _attendance,
    "proving_number": lambda _: Prompt("ask_number", choices=("menu_register",)),
    "proving_code": lambda _: Prompt("ask_code"),
}
