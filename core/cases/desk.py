"""Cases on a database: looked for, taken, shown, decided and undone; lost races are run again."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from core.cases.carry_out import Decided, Preview, Wish, carry_out, preview
from core.cases.case import Case, find_case
from core.cases.columns import read_intent
from core.cases.evidence import Evidence
from core.cases.kinds import CaseStatus, Decision
from core.cases.plans import Refusal
from core.cases.queue import Conflict, Search, release, search, take
from core.cases.reading import read_evidence, read_page
from core.cases.steps import StepRefusedError
from core.cases.suggestions import Suggestion, suggest
from core.cases.undo import NotRestorableError, Undone, UndoWish, undo
from core.database.database import Database
from core.database.statements import Connection
from core.fields.nik_slips import meeting_keys
from core.registration.addresses import retry_lost_races
from core.registration.terms import Terms


class Shown(NamedTuple):
    """A case with its evidence, and what that suggests."""

    case: Case
    evidence: Evidence
    suggestion: Suggestion | None


class SqlCases:
    """The cases of a database."""

    def __init__(self, database: Database, terms: Terms) -> None:
        self._database, self._terms = database, terms

    async def search(self, wanted: Search, *, now: datetime, limit: int) -> Sequence[Shown]:
        """Return up to `limit` cases as `core.cases.queue.search` does, with their evidence."""

        def look(connection: Connection) -> list[Shown]:
            found = search(connection, wanted, now=now, limit=limit)
            minimum = self._terms.limits.name_match_min
            page = read_page(connection, found, name_match_min=minimum)
            return [Shown(*one, _suggest(*one)) for one in zip(found, page, strict=True)]

        return await self._database.read(look)

    async def get(self, case_id: int) -> Shown | None:
        """Return one case."""

        def look(connection: Connection) -> Shown | None:
            case = find_case(connection, case_id)
            return None if case is None else self._shown(connection, case)

        return await self._database.read(look)

    async def take(self, case_id: int, *, who: str, at: datetime) -> Case | Conflict | None:
        """Take a case as `core.cases.queue.take` does."""
        return await self._database.write(partial(take, row_id=case_id, who=who, at=at))

    async def release(self, case_id: int, *, who: str, at: datetime) -> Case | None:
        """Give a case back."""
        return await self._database.write(partial(release, row_id=case_id, who=who, at=at))

    async def preview(self, case_id: int, wish: Wish) -> Preview | Refusal | Conflict | None:
        """Return what a decision would do."""
        look = partial(preview, case_id=case_id, wish=wish, terms=self._terms)
        return await self._database.read(look)

    async def decide(self, case_id: int, wish: Wish) -> Decided | Refusal | Conflict | None:
        """Carry a decision out as `core.cases.carry_out` does; a step's refusal is a refusal."""
        operation = partial(carry_out, case_id=case_id, wish=wish, terms=self._terms)
        keys = await self._database.read(partial(_keys, case_id=case_id, wish=wish))
        write = partial(self._database.write, operation, alone=True, keys=keys)
        try:
            return await retry_lost_races(write)
        except StepRefusedError as error:
            return Refusal(why=error.why)

    async def undo(self, case_id: int, wish: UndoWish) -> Undone | Refusal | None:
        """Undo a decision as `core.cases.undo` does."""
        operation = partial(undo, case_id=case_id, wish=wish)
        try:
            return await self._database.write(operation, alone=True)
        except NotRestorableError as error:
            return Refusal(why=error.why)

    def _shown(self, connection: Connection, case: Case) -> Shown:
        minimum = self._terms.limits.name_match_min
        number_of = self._terms.number_of
        evidence = read_evidence(connection, case, name_match_min=minimum, number_of=number_of)
        return Shown(case, evidence, _suggest(case, evidence))


def _suggest(case: Case, evidence: Evidence) -> Suggestion | None:
    """Return what the evidence suggests, unless it is to ask somebody who was asked already."""
    found = suggest(evidence)
    asked = case.status == CaseStatus.WAITING_FOR_PERSON
    return None if asked and found and found.decision is Decision.ASK else found


def _keys(connection: Connection, case_id: int, wish: Wish) -> Iterable[int]:
    """Return the locks that look-alikes of the NIKs and phones in question share."""
    case = find_case(connection, case_id)
    if case is None:
        return ()
    intent = read_intent(connection, case.intent_id)
    phone = wish.params.get("phone") or (intent.phone if intent else None)
    given = (case.nik, intent.nik if intent else "", wish.params.get("nik"))
    niks = dict.fromkeys(nik for nik in given if nik)
    return [key for nik in niks for key in meeting_keys(case.campaign, nik, phone)]
