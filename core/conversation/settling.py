"""Say what came of an effect: a registration, a look at the status, a wish about messages."""

from msgspec.structs import replace

from core.conversation.session import LookUp, Opt, Register, Session
from core.conversation.talk import Step, drop_form, rest
from core.intent import Outcome
from core.message import Prompt
from core.standing import Result, StatusReport

STANDINGS_MAX = 5  # registrations shown at once; a family shares a phone


def say_outcome(session: Session, result: Outcome | Result | None) -> Step:
    """Return the session after its pending effect, and what to say of it.

    The step's session may have another effect pending: then nothing is said before that is done.
    """
    settled = replace(session, pending=None)
    match session.pending:
        case Register():
            assert isinstance(result, Outcome)
            return Step(drop_form(settled), (_registration(result),), ends=True)
        case LookUp():
            assert isinstance(result, StatusReport)
            return Step(rest(settled), _standings(result), ends=True)
        case Opt(out=out):
            return Step(rest(settled), (Prompt("opted_out" if out else "opted_in"),), ends=True)
        case _:
            raise AssertionError("nothing was pending")


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
