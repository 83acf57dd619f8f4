"""The stages of a visit: what takes the answer, where "0" leads, how a stage is asked anew."""

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
    """One row: `answer` takes what is said, `back` asks what came before.

    `anew` asks the same again, with the list as it is now. A visit that was `kept` half done is
    worth going on with later. What a stage asks stands in `questions.py`.
    """

    answer: Callable[[TurnContext, Session, str], Step]
    back: Move
    refresh: Move
    resumable: bool = False


def leave(context: TurnContext, session: Session) -> Step:
    """Show the menu: there is nothing before this."""
    return show_menu(context, drop_visit(session))


def before_booking(context: TurnContext, session: Session) -> Step:
    """Show what led here: the appointment that is changed, the list of persons, or the menu."""
    visit = visit_of(session)
    if visit.changes:
        return look_up_again(context, session, changes=False)
    return look_up_again(context, session, number="") if visit.several else leave(context, session)


def question_before(context: TurnContext, session: Session) -> Step:
    """Ask the question about health that was answered last."""
    before = ask_before(session, context.campaign)
    return before or before_booking(context, session)


def before_facilities(context: TurnContext, session: Session) -> Step:
    """Show all facilities after those of a name; before all stand the questions."""
    if visit_of(session).name:
        return find_facilities(session, context.at)
    return question_before(context, session)


def facilities(context: TurnContext, session: Session) -> Step:
    """List facilities, of the name that was looked for."""
    return find_facilities(session, context.at, visit_of(session).name)


def dates(context: TurnContext, session: Session) -> Step:
    """List days at the facility that was chosen."""
    return find_dates(context.campaign, session, context.at)


def times(context: TurnContext, session: Session) -> Step:
    """List times of the day that was chosen."""
    return find_times(context.campaign, session, context.at)


def number(_: TurnContext, session: Session) -> Step:
    """Ask for a registration number."""
    return ask_number(session, visit_of(session).purpose)


def repeat(_: TurnContext, session: Session) -> Step:
    """Ask the same in the same words."""
    return ask_again(session)


# fmt: off
STAGES: dict[Stage, VisitStage] = {
    # stage                          answer             0                  asked anew
    "choosing_person":    VisitStage(choose_person,     leave,             look_up_again),
    "screening":          VisitStage(answer_screening,  question_before,   ask_next, RESUMABLE),
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
