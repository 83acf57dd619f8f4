"""What a look-up leads to, by what the person asked for."""

from collections.abc import Mapping
from typing import Final

from core.appointments.requests import LookUp, Purpose, StatusReport
from core.campaign import Campaign
from core.conversation.context import Step
from core.conversation.own.correct import begin_correction
from core.conversation.own.ending import begin_ending, stop_erasures
from core.conversation.own.looks import read_looks
from core.conversation.session import Session
from core.conversation.visit import status

TELLS: Final[Mapping[Purpose, status.Tell]] = {
    **status.TELLS,
    "correct": begin_correction,
    "leave": begin_ending,
    "looks": read_looks,
}
_DROPS: Final = frozenset({"dropped", "nothing_dropped"})


def after_look_up(
    campaign: Campaign, session: Session, request: LookUp, report: StatusReport
) -> Step:
    """Say what the person asked for, or ask which registration is theirs."""
    if request.purpose in _DROPS and (stop := stop_erasures(session, request, report)):
        return stop
    return status.after_look_up(campaign, session, request, report, TELLS)
