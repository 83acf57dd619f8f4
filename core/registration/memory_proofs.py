"""Codes in memory, beside `core/turns/memory.py` and for the same uses."""

from collections.abc import Callable
from dataclasses import replace

from core.fields.timezones import moment
from core.messages import Address
from core.outbox.sms_bounds import asker
from core.registration.proof_rules import (
    CODE_SECONDS,
    Proof,
    bounds,
    code_key,
    code_message,
    judge,
    may_prove,
    too_many,
)
from core.registration.requests import CheckCode, CodeChecked, CodeSent, SendCode
from core.turns.memory import MemoryRecords


class MemoryProofs:
    """A `ProofStore`; the messages that it owes are in the records' outbox."""

    def __init__(
        self, records: MemoryRecords, *, draw_code: Callable[[], int] = lambda: 123_456
    ) -> None:
        """`draw_code` gives a whole number below `core.registration.proof_rules.CODES`."""
        self._records, self._draw_code = records, draw_code
        self.rows: dict[tuple[str, str, Address], Proof] = {}  # by campaign, number and asker

    async def send_code(self, wish: SendCode) -> CodeSent:
        """Owe an SMS with a code to the phone on file, if there is one."""
        row = self._records.find(wish.campaign, wish.number)
        phone = (row.on_file.phone if row else None) or ""
        verified = row.on_file.addresses.get(wish.address) if row else None
        who = asker(wish.address, phone, proven=bool(verified))
        linked = verified is not None or who == "known"
        over = self._records.tallies.count(
            bounds(wish, linked=linked), at=moment(wish.at), key=wish.key
        )
        if over is not None:
            return too_many(over)
        if not phone or code_key(wish) in self._records.outbox.rows:
            return CodeSent()
        code = f"{self._draw_code():06d}"
        owed, over = self._records.owe_code(code_message(wish, phone, code), who)
        if owed:
            self.rows[wish.campaign, wish.number, wish.address] = Proof(
                code=code,
                tries=0,
                expires_at=wish.at + CODE_SECONDS,
                checked_by=None,
                proven_by=None,
            )
        return too_many(over) if over is not None and who == "known" else CodeSent()

    async def check_code(self, wish: CheckCode) -> CodeChecked:
        """Say whether it is the live code; every wrong one is counted."""
        key = (wish.campaign, wish.number, wish.address)
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
