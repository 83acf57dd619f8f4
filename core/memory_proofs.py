"""Codes in memory, beside `core/memory.py` and for the same uses."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.codes import (
    CODE_SECONDS,
    DAY_SECONDS,
    Bound,
    Proof,
    bounds,
    code_key,
    code_message,
    judge,
    may_prove,
)
from core.conversation.session import CheckCode, SendCode
from core.memory import MemoryRecords
from core.standing import CodeChecked, CodeSent


@dataclass(slots=True)
class _Tally:
    since: int
    count: int = 0
    key: str = ""


class MemoryProofs:
    """A `ProofStore`; the messages that it owes are in the records' outbox."""

    def __init__(
        self, records: MemoryRecords, *, draw_code: Callable[[], int] = lambda: 123_456
    ) -> None:
        """`draw_code` gives a whole number below `core.codes.CODES`."""
        self._records, self._draw_code = records, draw_code
        self.rows: dict[tuple[str, str], Proof] = {}  # by campaign and number
        self._tallies: dict[str, _Tally] = {}

    async def send_code(self, wish: SendCode) -> CodeSent:
        """Owe an SMS with a code to the phone on file, if there is one."""
        if not all(self._count(bound, wish) for bound in bounds(wish)):
            return CodeSent(too_many=True)
        row = self._records.find(wish.campaign, wish.number)
        owed = code_key(wish) in self._records.outbox.rows
        if row is None or not row.on_file.phone or owed:
            return CodeSent()
        code = f"{self._draw_code():06d}"
        self.rows[wish.campaign, wish.number] = Proof(
            asker=wish.address,
            code=code,
            tries=0,
            expires_at=wish.at + CODE_SECONDS,
            checked_by=None,
            proven_by=None,
        )
        await self._records.outbox.put(code_message(wish, row.on_file.phone, code))
        return CodeSent()

    async def check_code(self, wish: CheckCode) -> CodeChecked:
        """Say whether it is the live code; every wrong one is counted."""
        key = (wish.campaign, wish.number)
        proof = self.rows.get(key)
        verdict, counts = judge(proof, wish)
        if proof is None or not counts:
            return CodeChecked(verdict=verdict)
        if verdict != "right":
            self.rows[key] = replace(proof, tries=proof.tries + 1, checked_by=wish.key)
            return CodeChecked(verdict=verdict)
        self.rows[key] = replace(proof, code="", checked_by=wish.key, proven_by=wish.key)
        row = self._records.find(wish.campaign, wish.number)
        if row is not None and may_prove(wish.address):
            self._records.prove(row, wish.address, wish.channel)
        return CodeChecked(verdict=verdict)

    def _count(self, bound: Bound, wish: SendCode) -> bool:
        tally = self._tallies.setdefault(bound.subject, _Tally(wish.at))
        if tally.key == wish.key:
            return True
        if tally.since <= wish.at - DAY_SECONDS:
            tally.since, tally.count = wish.at, 0
        if tally.count >= bound.most:
            return False
        tally.count, tally.key = tally.count + 1, wish.key
        return True
