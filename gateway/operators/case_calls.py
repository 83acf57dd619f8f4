"""What the acts on cases do, and how what stands against them is said."""

from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

from core.cases.carry_out import Preview, Wish
from core.cases.desk import Shown, SqlCases
from core.cases.kinds import Decision
from core.cases.number import case_id
from core.cases.plans import Params, Refusal
from core.cases.queue import Conflict, Search
from core.cases.sweep import RULE
from core.cases.undo import UndoWish
from core.database.audit import note
from core.database.statements import Connection
from core.fields.invalid import InvalidError
from core.fields.nik import parse_nik
from core.fields.phone import parse_phone
from core.messages import Prompt
from core.operators.letter_rows import read_list
from core.operators.roles import CONFIRMS
from gateway.http.problems import ProblemError
from gateway.operators.acts import Answer, Call, NeedsSecondError, rows_of
from gateway.operators.case_json import (
    say,
    shown_case,
    shown_message,
    shown_preview,
    shown_state,
)
from gateway.operators.changing import actor_of
from gateway.operators.deeds import followed
from gateway.operators.desk import Desk
from gateway.operators.requests import read_number

T = TypeVar("T")

PAGE: Final = 20
_TAKEN: Final = {
    "decided": "the case is decided by now",
    "taken": "a colleague has taken the case",
    "stale": "the case, or a record of it, has changed since you saw it",
}


class CaseCalls:
    """The acts on cases, each a method."""

    def __init__(self, desk: Desk) -> None:
        self._database, self._cases, self._wording = desk.database, desk.cases, desk.wording
        self._desk, self._country = desk, desk.campaign.country

    async def search(self, call: Call) -> Answer:
        """Return a page of cases, and the cursor of the next one."""
        body = call.body
        wanted = Search(
            status=body.get("status", ""),
            kind=body.get("kind", ""),
            number=read_number(body["number"]) if "number" in body else "",
            after=_case_id(body["after"]) if "after" in body else 0,
        )
        limit = body.get("limit", PAGE)
        found = await self._cases.search(wanted, now=call.at, limit=limit + 1)
        page = found[:limit]
        rest = page[-1].case.number if len(found) > limit else None
        items = [self._shown(one, call) for one in page]
        return Answer(value={"items": items, "next": rest}, numbers=_numbers(*page))

    async def get(self, call: Call) -> Answer:
        """Return one case, with the list of staff that its letter brought."""
        shown = await self._find(call)
        found = await self._database.read(partial(read_list, case=shown.case))
        value = {
            **self._shown(shown, call),
            "list": found and found.model_dump(mode="json"),
        }
        listed = tuple(one.number for one in found.rows if one.number) if found else ()
        return Answer(value=value, what=shown.case.number, numbers=_numbers(shown) + listed)

    async def take(self, call: Call) -> Answer:
        """Take a case."""
        seen = await self._find(call)
        noting = self._noting(seen, call)
        taken = await noting.take(seen.case.id, who=call.operator.name, at=call.at)
        if isinstance(taken, Conflict):
            raise await self._conflict(taken, call)
        return self._answer(await self._find(call), call)

    async def release(self, call: Call) -> Answer:
        """Give a case back."""
        seen = await self._find(call)
        noting = self._noting(seen, call)
        await noting.release(seen.case.id, who=call.operator.name, at=call.at)
        return self._answer(await self._find(call), call)

    async def preview(self, call: Call) -> Answer:
        """Show what a decision would do."""
        seen = await self._look(call)
        value = {"id": seen.case.number, **shown_preview(seen, self._wording)}
        return Answer(value=value, what=seen.case.number, numbers=_of(seen))

    async def decide(self, call: Call) -> Answer:
        """Carry a decision out; a merger needs a second person."""
        if call.body["decision"] == Decision.MERGE and not call.confirmed_by:
            await self._look(call)  # what cannot be done is not asked for
            raise NeedsSecondError
        done = await self._cases.decide(_case_id(call.path["id"]), self._wish(call))
        decided = await self._sure(done, call)
        shown = await self._find(call)
        messages = [shown_message(one, self._wording) for one in decided.messages]
        value = {**self._shown(shown, call), "messages": messages}
        return Answer(value=value, what=shown.case.number, numbers=decided.numbers, noted=True)

    async def undo(self, call: Call) -> Answer:
        """Undo a decision: one's own, or a rule's; a manager undoes any."""
        shown = await self._find(call)
        own = shown.case.decided_by in ("", RULE, call.operator.name)
        if not own and call.operator.role not in CONFIRMS:
            raise ProblemError(403, "a manager undoes a colleague's decision")
        if call.version not in (None, shown.evidence.version):
            raise await self._conflict(Conflict("stale", shown.case), call)
        wish = UndoWish(who=call.operator.name, at=call.at, reason=call.reason)
        done = await self._cases.undo(shown.case.id, wish)
        undone = await self._sure(done, call)
        shown = await self._find(call)
        value = {**self._shown(shown, call), "told": len(undone.messages)}
        return Answer(value=value, what=shown.case.number, numbers=undone.numbers, noted=True)

    async def _find(self, call: Call) -> Shown:
        shown = await self._cases.get(_case_id(call.path["id"]))
        if shown is None:
            raise ProblemError(404, "no case has this number")
        return shown

    async def _look(self, call: Call) -> Preview:
        seen = await self._cases.preview(_case_id(call.path["id"]), self._wish(call))
        return await self._sure(seen, call)

    async def _sure(self, result: T | Refusal | Conflict | None, call: Call) -> T:
        """Return the result, or raise what stands against it."""
        if result is None:
            raise ProblemError(404, "no case has this number")
        if isinstance(result, Refusal):
            why = say(Prompt(f"cannot_{result.why}"), self._wording)
            raise ProblemError(422, why, more={"code": result.why})
        if isinstance(result, Conflict):
            raise await self._conflict(result, call)
        return result

    async def _conflict(self, conflict: Conflict, call: Call) -> ProblemError:
        """Return the problem, with the case as it is now."""
        shown = await self._find(call)
        more: dict[str, object] = {
            "code": conflict.why,
            "version": shown.evidence.version,
            "now": shown_state(shown.case, call.at),
        }
        return ProblemError(409, _TAKEN[conflict.why], more=more)

    def _wish(self, call: Call) -> Wish:
        return Wish(
            decision=Decision(call.body["decision"]),
            who=call.operator.name,
            at=call.at,
            key=actor_of(call).key,
            reason=call.reason,
            params=self._params(call),
            version=call.version,
        )

    def _params(self, call: Call) -> Params:
        """Return the parameters of the decision, parsed; raise 422 for one that is none."""
        given = call.body
        params = {name: given[name] for name in ("ask",) if name in given}
        params |= {name: read_number(given[name]) for name in ("number", "keeps") if name in given}
        if "fields" in given:
            params["fields"] = ",".join(given["fields"])
        try:
            if "nik" in given:
                today = (call.at + timedelta(hours=9)).date()  # where the day begins first
                params["nik"] = parse_nik(given["nik"], today=today).value
            if "phone" in given:
                params["phone"] = parse_phone(given["phone"], country=self._country)
        except InvalidError as error:
            words = say(Prompt(error.code, error.facts), self._wording)
            raise ProblemError(422, words, more={"code": error.code}) from None
        return params

    def _shown(self, shown: Shown, call: Call) -> dict[str, Any]:
        return shown_case(shown, self._wording, now=call.at, whole=call.reveal)

    def _noting(self, seen: Shown, call: Call) -> SqlCases:
        """Return the cases; whatever is written there, the audit notes of this one."""
        about = Answer(value=None, what=seen.case.number, numbers=_numbers(seen))

        def after(connection: Connection, result: object) -> None:
            if not isinstance(result, Conflict):
                note(connection, *rows_of(call, about))

        return followed(self._desk, after).cases

    def _answer(self, shown: Shown, call: Call) -> Answer:
        value = self._shown(shown, call)
        return Answer(value=value, noted=True)


def _case_id(text: str) -> int:
    return case_id(read_number(text))


def _numbers(*shown: Shown) -> tuple[str, ...]:
    sides = [side for one in shown for side in (one.evidence.on_file, one.evidence.incoming)]
    return tuple(dict.fromkeys(side.number for side in sides if side and side.number))


def _of(seen: Preview) -> tuple[str, ...]:
    sides = (seen.evidence.on_file, seen.evidence.incoming)
    return tuple(side.number for side in sides if side and side.number)
