"""The ports in memory: for tests that try every order of calls, and for `satupintu phone`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.campaign import Limits
from core.conversation.session import Session
from core.database.unavailable import UnavailableError
from core.fields.nik_slips import slips
from core.messages import Address, AddressKind, Channel
from core.outbox.memory import MemoryOutbox
from core.outbox.memory_tallies import MemoryTallies
from core.outbox.message import Outgoing
from core.outbox.receipts import QUEUED, WITHHELD
from core.outbox.sms_bounds import HOME, Asker, code_bounds, is_abroad, unasked_bound
from core.registration.identity import Decision, OnFile, RecordOnFile, decide
from core.registration.intent import Outcome, OutcomeKind, RegistrationIntent
from core.registration.notices import confirmation
from core.registration.number import draw
from core.roster.listing import Listing, judge
from core.turns.sessions import Saved

_DRAWS_MAX = 10  # taken numbers in a row, of 2^35


class MemorySessions:
    """A `SessionStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, Saved] = {}

    async def load(self, conversation: str) -> Saved:
        """Return the session and its version."""
        return self.rows.get(conversation, Saved(Session(), 0))

    async def save(self, conversation: str, session: Session, *, after: int) -> bool:
        """Write version `after + 1`, only if the stored one is still `after`."""
        if (await self.load(conversation)).version != after:
            return False
        self.rows[conversation] = Saved(session, after + 1)
        return True

    async def pending(self, *, before: datetime, limit: int) -> Sequence[str]:
        """Return conversations whose pending effect was saved before `before`, oldest first."""
        since = {
            key: saved.session.at
            for key, saved in self.rows.items()
            if saved.session.pending is not None and saved.session.at < before.timestamp()
        }
        return sorted(since, key=lambda key: since[key])[:limit]


@dataclass(slots=True)
class MemoryRecord:
    """A registration, and where its person has written from."""

    on_file: RecordOnFile
    status: str = "received"
    channels: dict[Address, set[Channel]] = field(default_factory=dict)
    history: list[tuple[str, str, str]] = field(default_factory=list)


class MemoryRecords:
    """A `RecordStore`; the messages that registrations owe are in `outbox`."""

    def __init__(
        self,
        *,
        limits: Limits,
        draw_bits: Callable[[], int],
        roster: Mapping[str, Listing] | None = None,
        whole: bool = True,
        countries: frozenset[str] = HOME,
    ) -> None:
        """`roster` is what is listed, by NIK; None: nobody has a word on anybody.

        One that is not `whole` has none on who is not in it. `countries` are those that SMS go to.
        """
        self.roster, self._whole, self._countries = roster, whole, countries
        self.outbox, self.tallies = MemoryOutbox(), MemoryTallies()
        self.records: dict[tuple[str, str], MemoryRecord] = {}
        self.intents: dict[str, tuple[RegistrationIntent, Outcome]] = {}
        self._limits, self._draw_bits = limits, draw_bits

    async def record(self, intent: RegistrationIntent) -> Outcome:
        """Keep it once; the same intent always gets the same outcome."""
        if intent.intent_id in self.intents:
            return self._again(*self.intents[intent.intent_id])
        decision = decide(intent, self._on_file(intent), self._limits)
        number, status = decision.number, "received"
        if decision.kind is OutcomeKind.REGISTERED:
            status = self._check(intent)
            number = self._register(intent, status)
        if decision.link:
            self._link(intent, decision)
        outcome = Outcome(kind=decision.kind, number=number, status=status)
        self.intents[intent.intent_id] = (intent, outcome)
        return outcome

    async def opt(self, address: Address, *, out: bool, at: datetime) -> None:
        """Keep the wish. The latest `at` wins."""
        since, _ = self.outbox.opted_out.get(address, (at, out))
        if at >= since:
            self.outbox.opted_out[address] = (at, out)

    def find(self, campaign: str, number: str) -> MemoryRecord | None:
        """Return the record with that number."""
        rows = ((of, row) for (of, _), row in self.records.items())
        return next((r for of, r in rows if (of, r.on_file.number) == (campaign, number)), None)

    def prove(self, row: MemoryRecord, address: Address, channel: Channel) -> None:
        """Make the address a proven one of the record, if there is room."""
        linked = row.on_file.addresses
        if address in linked or len(linked) < self._limits.addresses_per_record_max:
            row.on_file = replace(row.on_file, addresses={**linked, address: True})
            row.channels.setdefault(address, set()).add(channel)

    def owe_code(self, message: Outgoing, who: Asker) -> tuple[bool, datetime | None]:
        """Owe a code, or withhold it: see `core/outbox/withholding.py`."""
        phone = message.address.value
        reachable, over = self._may_reach(phone), None
        if reachable:
            bounds = code_bounds(phone, who)
            over = self.tallies.count(bounds, at=message.created_at, key=message.key)
        owed = reachable and over is None
        self.outbox.owe(message, status=QUEUED if owed else WITHHELD)
        return owed, over

    def owe_unasked(self, row: MemoryRecord, message: Outgoing) -> None:
        """Owe an SMS that its phone has not asked for, or withhold it."""
        phone, due = message.address.value, message.due_at
        if message.key in self.outbox.rows:
            return
        fits = row.on_file.addresses.get(message.address, False) or (
            self._may_reach(phone)
            and not self.tallies.count([unasked_bound(phone, due)], at=due, key=message.key)
        )
        self.outbox.owe(message, status=QUEUED if fits else WITHHELD)

    def _may_reach(self, phone: str) -> bool:
        here = Address(AddressKind.PHONE, phone)
        proven = any(row.on_file.addresses.get(here, False) for row in self.records.values())
        wrote = any(intent.address == here for intent, _ in self.intents.values())
        return proven or wrote or not is_abroad(phone, self._countries)

    def _again(self, intent: RegistrationIntent, outcome: Outcome) -> Outcome:
        if outcome.kind is not OutcomeKind.REGISTERED:
            return outcome
        status = self.records[intent.campaign, intent.nik].status
        return outcome.model_copy(update={"status": status})

    def _check(self, intent: RegistrationIntent) -> str:
        if self.roster is None or not (self._whole or intent.nik in self.roster):
            return "received"
        listing = self.roster.get(intent.nik, Listing(listed=False))
        return judge(intent.full_name, listing, name_match_min=self._limits.name_match_min)

    def _on_file(self, intent: RegistrationIntent) -> OnFile:
        others = (self.records.get((intent.campaign, nik)) for nik in slips(intent.nik))
        mine = self.records.get((intent.campaign, intent.nik))
        sent = {
            earlier.nik
            for earlier, outcome in self.intents.values()
            if (earlier.address, earlier.campaign) == (intent.address, intent.campaign)
            and outcome.kind is not OutcomeKind.REFUSED
        }
        return OnFile(
            record=mine.on_file if mine else None,
            lookalikes=tuple(other.on_file for other in others if other),
            niks_from_address=len(sent - {intent.nik}),
        )

    def _draw(self) -> str:
        taken = {row.on_file.number for row in self.records.values()}
        drawn = (draw(self._draw_bits()) for _ in range(_DRAWS_MAX))
        number = next((number for number in drawn if number not in taken), None)
        if number is None:
            raise UnavailableError("no registration number was free")
        return number

    def _register(self, intent: RegistrationIntent, status: str) -> str:
        number = self._draw()
        on_file = RecordOnFile(
            nik=intent.nik,
            number=number,
            full_name=intent.full_name,
            birth_date=intent.birth_date,
            profession=intent.profession,
            phone=intent.phone,
            language=intent.language,
        )
        self.records[intent.campaign, intent.nik] = MemoryRecord(on_file, status)
        if (owed := confirmation(intent, number, status)) is not None:
            self.outbox.owe(owed)
        return number

    def _link(self, intent: RegistrationIntent, decision: Decision) -> None:
        row = self.records[intent.campaign, intent.nik]
        proven = row.on_file.addresses.get(intent.address, False) or decision.verified
        addresses = {**row.on_file.addresses, intent.address: proven}
        row.history += [
            (key, getattr(row.on_file, key), value) for key, value in decision.changes.items()
        ]
        changes: dict[str, Any] = dict(decision.changes)
        row.on_file = replace(row.on_file, addresses=addresses, **changes)
        if "full_name" in changes and row.status != "verified":
            row.status = self._check(intent)
        row.channels.setdefault(intent.address, set()).add(intent.channel)
