"""The stages of a visit: what takes the answer, where "0" leads, how to ask with a fresh list."""

from collections.abc import Callable
from typing import NamedTuple

from core.conversation.context import Step, TurnContext, drop_visit, show_menu
from core.conversation.session import Session, Stage
from core.conversation.visit.appointment import answer_attendance, change_or_cancel, confirm_cancel
from core.conversation.visit.booking import (
    choose_date,
    choose_facility,
    choose_time,
    confirm,
)
from core.conversation.visit.offer import choose_booking, offer_again, take_seat
from core.conversation.visit.proof import answer_code, answer_number, ask_number
from core.conversation.visit.screening import answer_screening, ask_before, ask_next
from core.conversation.visit.status import choose_person
from core.conversation.visit.steps import (
    ask_again,
    find_dates,
    find_facilities,
    find_times,
    look_up_again,
    visit_of,
)

Move = Callable[[TurnContext, Session], Step]
RESUMABLE = True


class VisitStage(NamedTuple):
    """One row: `answer` takes what was typed, or raises InvalidError; `back` answers "0".

    `refresh` asks the same question, with a list that is looked up again. Only a visit at a
    `resumable` stage is offered later. What a stage asks stands in `visit_questions.py`.
    """

    answer: Callable[[TurnContext, Session, str], Step]
    back: Move
    refresh: Move
    resumable: bool = False


def leave(context: TurnContext, session: Session) -> Step:
    """Drop the visit, and show the menu."""
    return show_menu(context, drop_visit(session))


def before_booking(context: TurnContext, session: Session) -> Step:
    """Show what led here: the appointment to change, the list of persons, or the menu."""
    visit = visit_of(session)
    if visit.changes:
        return look_up_again(context, session, changes=False)
    return look_up_again(context, session, number="") if visit.several else leave(context, session)


def question_before(context: TurnContext, session: Session) -> Step:
    """Ask the last answered question about health again, or show what led to booking."""
    return ask_before(session, context.campaign) or before_booking(context, session)


def before_facilities(context: TurnContext, session: Session) -> Step:
    """From a search by name go back to all facilities, and from those to the questions."""
    if visit_of(session).name:
        return find_facilities(session, context.at)
    return question_before(context, session)


def facilities(context: TurnContext, session: Session) -> Step:
    """List facilities, of the name that was searched for, if any."""
    return find_facilities(session, context.at, visit_of(session).name)


def dates(context: TurnContext, session: Session) -> Step:
    """List days at the chosen facility."""
    return find_dates(context.campaign, session, context.at)


def times(context: TurnContext, session: Session) -> Step:
    """List times on the chosen day."""
    return find_times(context.campaign, session, context.at)


def number(_: TurnContext, session: Session) -> Step:
    """Ask for a registration number."""
    return ask_number(session, visit_of(session).purpose)


def repeat(_: TurnContext, session: Session) -> Step:
    """Ask the same question, as the visit holds it."""
    return ask_again(session)


# fmt: off
STAGES: dict[Stage, VisitStage] = {
    # stage                          answer             back               refresh
    "choosing_person":    VisitStage(choose_person,     leave,             look_up_again),
    "offered_booking":    VisitStage(choose_booking,    leave,             repeat),
    "screening":          VisitStage(answer_screening,  question_before,   ask_next, RESUMABLE),
    "offered_seat":       VisitStage(take_seat,         question_before,   offer_again, RESUMABLE),
    "choosing_facility":  VisitStage(choose_facility,   before_facilities, facilities, RESUMABLE),
    "choosing_date":      VisitStage(choose_date,       facilities,        dates, RESUMABLE),
    "choosing_time":      VisitStage(choose_time,       dates,             times, RESUMABLE),
    "choosing_slot":      VisitStage(choose_time,       facilities,        facilities, RESUMABLE),
    "confirming_booking": VisitStage(confirm,           times,             repeat, RESUMABLE),
    "appointed":          VisitStage(change_or_cancel,  before_booking,    look_up_again),
    "confirming_cancel":  VisitStage(confirm_cancel,    look_up_again,     look_up_again),
    "telling_attendance": VisitStage(answer_attendance, before_booking,    look_up_again),
    "proving_number":     VisitStage(answer_number,     before_booking,    repeat),
    "proving_code":       VisitStage(answer_code,       number,            repeat),
}
# fmt: on
