"""Say what came of an effect: a registration, a look at the status, a wish about messages."""

from typing import assert_never

from core.conversation.session import LookUp, Opt, Register, Session
from core.conversation.talk import drop_form, rest
from core.intent import Outcome
from core.message import Prompt
from core.standing import StatusReport

STANDINGS_MAX = 5  # registrations shown at once; a family shares a phone


def say_outcome(
    session: Session, outcome: Outcome | StatusReport | None
) -> tuple[Session, tuple[Prompt, ...]]:
    """Return the session after its pending effect, and what to say of it."""
    match session.pending:
        case Register():
            assert isinstance(outcome, Outcome)
            return drop_form(session), (_registration(outcome),)
        case LookUp():
            assert isinstance(outcome, StatusReport)
            return rest(session), _standings(outcome)
        case Opt(out=out):
            return rest(session), (Prompt("opted_out" if out else "opted_in"),)
        case None:
            raise AssertionError("nothing was pending")
        case _:
            assert_never(session.pending)


def _registration(outcome: Outcome) -> Prompt:
    return Prompt(outcome.kind.value, {"number": outcome.number} if outcome.number else {})


def _standings(report: StatusReport) -> tuple[Prompt, ...]:
    prompts = [
        Prompt(
            "status_one",
            {"number": one.number, "full_name": one.full_name, "status": f"@status_{one.status}"},
        )
        for one in report.registrations[:STANDINGS_MAX]
    ]
    if report.in_review:
        prompts.append(Prompt("status_review"))
    return tuple(prompts) or (Prompt("status_none"),)
