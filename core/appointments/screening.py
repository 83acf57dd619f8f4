"""What answers to the screening questions come to. Pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from core.campaign import Screening

Outcome = Literal["proceed", "postpone", "ask_site"]


class Screened(NamedTuple):
    """The outcome, and for how many days the person is put off."""

    outcome: Outcome
    days: int = 0


def judge_answers(screening: Screening, answers: Mapping[str, str]) -> Screened:
    """Return what the answers come to: question code -> "yes" or "no"."""
    said_yes = [one for one in screening.questions if answers.get(one.code) == "yes"]
    days = max((one.postpone_days for one in said_yes if one.if_yes == "postpone"), default=0)
    if any(one.if_yes == "ask_site" for one in said_yes):
        return Screened("ask_site", days)
    return Screened("postpone" if days else "proceed", days)
