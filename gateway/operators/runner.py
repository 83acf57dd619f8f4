"""Runs acts by the rules that hold for all, whichever way a call came: API or console.

Who may not is turned away; a body that is not as its schema says, and a change without a reason,
are refused; a repeated call gets its kept answer; what needs two people waits for the second; and
whatever concerns a person is in the audit before the answer is given: what was changed since the
moment it was.
"""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

from core.database.audit import note
from core.database.database import Database
from core.operators import calls
from core.operators.roles import Role, Scope
from gateway.http.problems import ProblemError
from gateway.operators.acts import REVEAL, Act, Answer, Call, Content, NeedsSecondError, rows_of
from gateway.operators.confirming import file_for_second
from gateway.operators.schema import REASON, body_schema, check
from gateway.runtime.logs import log

_ALREADY: Final = "this Idempotency-Key was used for another call"
_RUNNING: Final = "the same call is being carried out; try again"


class Runner:
    """Runs acts; `acts` are all there are, by name."""

    def __init__(self, database: Database) -> None:
        self.acts: dict[str, Act] = {}
        self._database = database

    def learn(self, acts: Iterable[Act]) -> None:
        """Add acts; no two have the same name."""
        for act in acts:
            assert self.acts.setdefault(act.name, act) is act, f"two acts are named {act.name}"

    async def run(self, act: Act, call: Call) -> Answer:
        """Return what the act answers, or raise `ProblemError`."""
        check_allowed(act, call)
        check_call(act, call)
        return await (self._run_once(act, call) if act.writes else self.carry_out(act, call))

    async def carry_out(self, act: Act, call: Call) -> Answer:
        """Run an act that was checked, and have it in the audit: a deed notes itself."""
        call = replace(call, word=REVEAL if call.reveal else act.audit)
        answer = await self._answer(act, call)
        assert answer.noted or not act.writes, f"{act.name} notes nothing with what it changes"
        if not answer.noted and act.scope is not Scope.OVERVIEW:
            rows = rows_of(call, answer)
            await self._database.write(lambda on: note(on, *rows), alone=True)
        if call.reveal:
            log.warning("NIKs were revealed", count=len(answer.numbers))
        return answer

    async def _answer(self, act: Act, call: Call) -> Answer:
        if not act.two or call.confirmed_by:
            with suppress(NeedsSecondError):
                return await act.run(call)
        return await file_for_second(self._database, act, call)

    async def _run_once(self, act: Act, call: Call) -> Answer:
        """Run a change once for each Idempotency-Key; give a repeated call its kept answer."""
        key = calls.digest_of(call.operator.name, call.key)
        digest = _digest(act, call)
        try:
            kept = await self._database.write(
                partial(calls.claim, key=key, digest=digest, at=call.at)
            )
        except calls.OtherCallError:
            raise ProblemError(422, _ALREADY) from None
        except calls.RunningError:
            raise ProblemError(409, _RUNNING, {"retry-after": "1"}) from None
        if kept is not None:
            return Answer(value=json.loads(kept.body), status=kept.status)
        try:
            answer = await self.carry_out(act, call)
        except BaseException:
            await self._database.write(partial(calls.release, key=key))
            raise
        await self._database.write(partial(calls.keep, key=key, answer=_kept(answer)))
        return answer


def check_allowed(act: Act, call: Call) -> None:
    """Raise `ProblemError` (403) if whoever calls may not do this, or not to this facility."""
    operator = call.operator
    needed = {act.scope, Scope.REVEAL} if call.reveal else {act.scope}
    if missing := needed - operator.scopes:
        raise ProblemError(403, f"this needs the scope {' and '.join(sorted(missing))}")
    code = call.path.get("code")
    if operator.role is Role.FACILITY and code not in {None, operator.facility_code}:
        raise ProblemError(403, "this is another facility's")


def check_call(act: Act, call: Call) -> None:
    """Raise `ProblemError` (422, 428) for what a call lacks, or has otherwise than it must."""
    if (schema := body_schema(act)) is not None:
        reason = {"reason": call.reason} if call.reason else {}
        check(schema, {**call.body, **reason})
    elif call.reason:
        check(REASON, call.reason, "the reason")
    for name, value in call.query.items():
        check(act.query[name], value, name)
    if act.versioned and call.version is None:
        raise ProblemError(428, "this needs If-Match with the version that was seen")


def check_version(call: Call, current: int, now: object) -> None:
    """Raise `ProblemError` (409, with `now`, the thing as it is) if another version was seen."""
    if call.version not in {None, current}:
        more = {"version": current, "now": now}
        raise ProblemError(409, "somebody has changed this meanwhile", more=more)


def _digest(act: Act, call: Call) -> str:
    """Return a digest of all that makes it this call and no other."""
    file = hashlib.sha256(call.file).hexdigest() if call.file else ""
    return calls.digest_of(act.name, call.path, call.body, call.reason, call.version, file)


def _kept(answer: Answer) -> calls.Kept:
    assert not isinstance(answer.value, Content), "a change is answered with JSON"
    return calls.Kept(answer.status, json.dumps(answer.value, ensure_ascii=False))
