"""What each stage of a visit asks, made anew from the visit each time."""

from collections.abc import Callable
from datetime import date

from core.appointments.requests import Place
from core.conversation.options import Option, PersonOption, PlaceOption, Site, SlotOption
from core.conversation.session import Stage, Visit
from core.messages import Prompt

TEXT_CHARACTERS_MAX = 120  # of a facility's name or address in a prompt


def visit_question(visit: Visit) -> tuple[Prompt, ...]:
    """Return the question of the visit's stage; nothing if the visit lacks what it is made of.

    It lacks that when it is over, and when another release stored its list in another shape.
    """
    make = QUESTIONS.get(visit.stage)
    question = make(visit) if make is not None else None
    return (question,) if question is not None else ()


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
        case PlaceOption(place=place, km=km):
            return f"text:{place.name}" + ("" if km is None else f" ({km or '<1'} km)")
        case SlotOption(start=start, place=place):
            when = start.isoformat(timespec="minutes")
            return f"time:{when}" if place is None else f"slot:{when} {place.name}"
        case date():
            return f"date:{option.isoformat()}"


def _list(key: str, visit: Visit, **args: str) -> Prompt | None:
    choices = tuple(map(label, visit.options))
    return Prompt(key, args, choices) if choices else None


def _screening(visit: Visit) -> Prompt | None:
    args = {"question": f"@screening:{visit.question}"}
    return Prompt("ask_screening", args, ("yes", "no")) if visit.question else None


def _booking(visit: Visit) -> Prompt:
    return Prompt("confirm_booking", facts(visit.place, visit.start), ("yes", "change"))


def _appointed(visit: Visit) -> Prompt | None:
    args = {"number": visit.number, **facts(visit.place, visit.start)}
    choices = ("change_appointment", "cancel_appointment")
    return Prompt("appointed", args, choices) if visit.start else None


def _cancel(visit: Visit) -> Prompt | None:
    args = facts(visit.place, visit.start, "place", "date", "time")
    return Prompt("confirm_cancel", args, ("yes", "no")) if visit.start else None


def _attendance(visit: Visit) -> Prompt | None:
    args = facts(visit.place, visit.start, "place", "date")
    return Prompt("ask_attendance", args, ("attended", "not_attended")) if visit.start else None


QUESTIONS: dict[Stage, Callable[[Visit], Prompt | None]] = {
    "choosing_person": lambda visit: _list("ask_person", visit),
    "screening": _screening,
    "choosing_facility": lambda visit: _list("ask_facility", visit),
    "choosing_date": lambda visit: _list("ask_date", visit),
    "choosing_time": lambda visit: _list("ask_time", visit, date=f"@date:{visit.day}"),
    "choosing_slot": lambda visit: _list("ask_slot", visit),
    "confirming_booking": _booking,
    "appointed": _appointed,
    "confirming_cancel": _cancel,
    "telling_attendance": _attendance,
    "proving_number": lambda _: Prompt("ask_number", choices=("menu_register",)),
    "proving_code": lambda _: Prompt("ask_code"),
}
