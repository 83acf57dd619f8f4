"""The answer to a list: what became of each row. Pure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core.conversation.register.letter import as_letter, rejection
from core.conversation.register.listed import ListedRow
from core.conversation.session import Session
from core.messages import Inbound, Prompt, Reply
from core.registration.intent import Outcome, OutcomeKind

FAULTS_SAID_MAX: Final = 3  # of one row
WRONG: Final = "wrong"  # the result of a row with faults
FAILED: Final = "failed"  # the result of a row that we could not record
_STATUSES: Final = frozenset({"verified", "not_listed", "in_review"})
_ON_RECORD: Final = frozenset({"registered", "already_registered", "updated"})


class RowResult(NamedTuple):
    """What became of one row: `outcome` is None where it has faults or could not be recorded."""

    part: int
    row: int
    read: ListedRow
    outcome: Outcome | None

    @property
    def result(self) -> str:
        """Return the result as it is stored and worded."""
        if self.outcome is None:
            return WRONG if self.read.faults else FAILED
        return self.outcome.kind.value


def answer_list(
    letter: Inbound, language: str, rows: Sequence[RowResult], notes: Sequence[Prompt]
) -> Reply:
    """Return the letter that tells of each row, those to mend first."""
    several = len({one.part for one in rows}) > 1
    wrong = [one for one in rows if one.outcome is None]
    good = [one for one in rows if one.outcome is not None]
    prompts = [*_summary(rows, good), *notes]
    if (reason := rejection(letter)) is not None:
        prompts.append(reason)
    if several:
        prompts.append(Prompt("list_parts"))
    if wrong:
        prompts += [Prompt("list_wrong_head"), *(_row(one, several=several) for one in wrong)]
        prompts.append(Prompt("list_how_to_mend"))
    if good:
        prompts += [Prompt("list_head"), *(_row(one, several=several) for one in good)]
    session = Session(channel=letter.channel.value, unread=letter.unread)
    return Reply(as_letter(tuple(prompts), session), language, ends=True)


def answer_given_up(letter: Inbound, language: str) -> Reply:
    """Return the letter that says that an official sees to a list, since we could not."""
    session = Session(channel=letter.channel.value)
    return Reply(as_letter((Prompt("list_given_up"),), session), language, ends=True)


def _summary(rows: Sequence[RowResult], good: Sequence[RowResult]) -> tuple[Prompt, ...]:
    if not rows:
        return (Prompt("list_nobody"),)
    recorded = sum(one.result in _ON_RECORD for one in good)
    counts = {
        "count": str(len(rows)),
        "recorded": str(recorded),
        "checked": str(len(good) - recorded),
        "wrong": str(len(rows) - len(good)),
    }
    return (Prompt("list_summary", counts),)


def _row(one: RowResult, *, several: bool) -> Prompt:
    args = {
        "row": f"{one.part}/{one.row}" if several else str(one.row),
        "full_name": f"@text:{one.read.full_name or '-'}",
        "nik": one.read.nik or "-",
    }
    if one.outcome is None:
        faults = one.read.faults[:FAULTS_SAID_MAX] or ("list_fault_failed",)
        return Prompt("list_row_wrong", args, faults)
    told = {
        "result": f"@list_result_{_result_name(one.outcome)}",
        "number": one.outcome.number or "-",
    }
    return Prompt("list_row", {**args, **told})


def _result_name(outcome: Outcome) -> str:
    """Return the kind of the outcome, with the status of a new record."""
    name, status = outcome.kind.value, outcome.status
    is_new = outcome.kind is OutcomeKind.REGISTERED and status in _STATUSES
    return f"{name}_{status}" if is_new else name
