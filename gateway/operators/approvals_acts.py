"""Acts on what waits for a second person: list it, confirm it, refuse it."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

from core.database.database import Database
from core.database.statements import Connection
from core.operators import approvals
from core.operators.approvals import Approval
from core.operators.operators import find_operator
from core.operators.roles import CONFIRMS, SHARED, Operator, Scope, shared_operator
from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Answer, Call
from gateway.operators.confirming import call_again
from gateway.operators.deeds import write_noted
from gateway.operators.runner import Runner, check_allowed

ITEMS_MAX: Final = 100
_ID: Final = re.compile(r"[0-9]{1,18}")
_GONE: Final = "it was decided, is being carried out, or has expired"
_SHOWN: Final = ("id", "act", "number", "reason", "asked_by", "asked_at", "expires_at")


def approvals_acts(database: Database, runner: Runner) -> tuple[Act, ...]:
    """Return the acts; `runner` carries out what is confirmed."""

    async def waiting(call: Call) -> Answer:
        listing = partial(approvals.list_waiting, now=call.at, limit=ITEMS_MAX)
        return Answer(value={"items": [_shown(one) for one in await database.read(listing)]})

    async def confirm(call: Call) -> Answer:
        approval = await _read(database, call)
        asker = await _asker(database, approval)
        act, again = runner.acts[approval.act], call_again(approval, asker, call)
        check_allowed(act, again)
        await _write(database, call, approval, approvals.begin_confirming)
        try:
            answer = await runner.carry_out(act, again)
        except BaseException:
            await database.write(partial(approvals.give_back, row_id=approval.id))
            raise
        await database.write(partial(approvals.finish, row_id=approval.id))
        return _decided(approval, approvals.DONE, answer.value)

    async def refuse(call: Call) -> Answer:
        approval = await _read(database, call)
        await _write(database, call, approval, approvals.refuse)
        return _decided(approval, approvals.REFUSED, None)

    return (
        Act(
            name="approvals",
            method="GET",
            path="/api/v1/approvals",
            scope=Scope.ERASE,
            audit="approvals",
            says="List what waits for a second person, the oldest first.",
            run=waiting,
        ),
        Act(
            name="confirm_approval",
            method="POST",
            path="/api/v1/approvals/{id}/confirm",
            scope=Scope.ERASE,
            audit="confirm",
            says="Confirm what another person asked for; it is carried out at once.",
            run=confirm,
            writes=True,
        ),
        Act(
            name="refuse_approval",
            method="POST",
            path="/api/v1/approvals/{id}/refuse",
            scope=Scope.ERASE,
            audit="refuse",
            says="Refuse what another person asked for.",
            run=refuse,
            writes=True,
        ),
    )


async def _read(database: Database, call: Call) -> Approval:
    """Return the approval; raise 404, or 403 for whoever asked for it or may confirm nothing."""
    known = _ID.fullmatch(call.path["id"])
    row_id = int(call.path["id"]) if known else 0
    approval = await database.read(partial(approvals.read_approval, row_id=row_id))
    if approval is None:
        raise ProblemError(404, "no approval has this id")
    if call.operator.role not in CONFIRMS:
        raise ProblemError(403, "this needs a manager")
    if call.operator.name == approval.asked_by:
        raise ProblemError(403, "this needs another person than the one that asked")
    if not approval.call:
        raise ProblemError(409, _GONE)
    return approval


async def _asker(database: Database, approval: Approval) -> Operator:
    if approval.asked_by == SHARED:
        return shared_operator()
    found = await database.read(partial(find_operator, name=approval.asked_by))
    if found is None:
        raise ProblemError(409, "whoever asked for it is no operator any more")
    return found


async def _write(
    database: Database,
    call: Call,
    approval: Approval,
    decide: Callable[[Connection, int, str, datetime], bool],
) -> None:
    """Note the decision with whom it concerns: an erasure that follows blanks that again."""
    numbers = (approval.number,) if approval.number else ()

    def run(connection: Connection) -> Answer:
        if not decide(connection, approval.id, call.operator.name, call.at):
            raise ProblemError(409, _GONE)
        return Answer(value=None, numbers=numbers, what=f"{approval.act} {approval.id}")

    await write_noted(database, call, run)


def _decided(approval: Approval, outcome: str, answer: object) -> Answer:
    value = {"approval": approval.id, "outcome": outcome, "answer": answer}
    return Answer(value=value, noted=True)


def _shown(approval: Approval) -> dict[str, Any]:
    return {name: getattr(approval, name) for name in _SHOWN}
