"""What must become of one message, check or request: promises about an order of events."""

from typing import NamedTuple

import msgspec

from channels.contract import Refusal
from core.cases.leaving import erase_due
from core.database.statements import Statement
from core.events import ReceiptStatus
from core.messages import Channel
from core.outbox.answers import answer_key
from core.outbox.receipts import account_of
from core.outbox.tracking import record_receipt
from core.registration.requests import Register
from gateway.registry.feed import LEASE_SECONDS

RESTS_SECONDS = 30.0  # in which no other provider gets what may have been taken
_STATE = Statement(
    "SELECT status, provider, provider_id, refused_by FROM outbox WHERE id = :row_id"
)
_PUT = Statement("SELECT key FROM outbox WHERE key IN (:answer, :confirmation)")
_INTENT = Statement("SELECT 1 FROM intents WHERE intent_id = :intent_id")
_ERASED = Statement("SELECT 1 FROM erasures LIMIT 1")
_STATUSES = Statement("""
    SELECT records.number, records.status
    FROM records
    WHERE records.told_version = records.version
""")
_ORDER = ("queued", "sent", "delivered", "read")


class _Delivery(NamedTuple):
    status: str
    provider: str
    provider_id: str
    refused_by: str


class Followed:
    """Follows what the oracle's other looks at tables do not show."""

    def __init__(self, world, oracle):
        self._world, self._oracle = world, oracle
        self._unsure, self._verdicts = {}, {}
        self._refused = {}  # by message: who refused it, and what the sender had met until then
        self._lines = {}  # the newest that the registry has, by number
        self._feeding = None  # the gateway that feeds the registry
        self._owed = ()  # what was pending when everything became calm
        self._late = []  # the turns after which an SMS was promised
        self._erased = []

    # -- messages and their providers --------------------------------------------------------

    def asks(self, provider, claimed, gateway):
        """A provider is asked to take a message."""
        excused, key = "twice" in self._oracle.excused, claimed.message.key
        by, at = self._unsure.get(key, ("", 0.0))
        rests = by not in {"", provider} and self._world.loop.time() < at + RESTS_SECONDS
        if rests and not excused:
            self._oracle.fail("another provider gets what is in doubt", key, by, provider)
        refused = self._refused.get(key, {}).get(provider)
        if refused == (gateway, gateway.faults) and not excused:
            self._oracle.fail("a message goes back to who refused it", key, provider)

    def refuses(self, provider, claimed, taker, means, *, echoes):
        key = claimed.message.key
        if means is Refusal.UNSURE and echoes:
            self._unsure[key] = (provider, self._world.loop.time())
        if means is Refusal.OTHER_PROVIDER:
            self._refused.setdefault(key, {})[provider] = taker

    def taken(self, claimed):
        """A provider took it: who refused it before may be asked if that comes to nothing."""
        self._refused.pop(claimed.message.key, None)

    def failed(self, claimed):
        """A receipt says that what was taken, or may have been, came to nothing."""
        self._unsure.pop(claimed.message.key, None)

    def around(self, operation, act):
        """Return what an operation in SQL returns; look at what a receipt does to its message."""
        function = getattr(operation, "func", None)
        if function is not record_receipt:
            return act()
        receipt = operation.keywords["receipt"]
        row_id = self._world.providers.id_of(receipt.provider_id)
        before = self._state(row_id)
        result = act()
        self._received(receipt, before, self._state(row_id))
        return result

    def _state(self, row_id):
        rows = self._oracle.all(_STATE, row_id=row_id)
        return _Delivery(*rows[0]) if rows else None

    def _received(self, receipt, before, after):
        """A receipt moves forward, but that of the failure of this copy, which queues it again."""
        if before is None or before.status not in _ORDER:
            return
        by = account_of(before.provider or "")
        ours = (receipt.provider, receipt.provider_id) == (by, before.provider_id)
        failed = receipt.status is ReceiptStatus.FAILED
        new = failed and f'"{before.provider}"' not in before.refused_by
        if after.status not in _ORDER or (
            new and before.status == "sent" and ours and after.status != "queued"
        ):
            self._oracle.fail("what failed is not queued again", receipt.provider_id, after.status)
        back = _ORDER.index(after.status) < _ORDER.index(before.status)
        if back and not (before.status == "sent" and ours):
            self._oracle.fail("a receipt moves back", receipt.provider_id, *before, *after)

    # -- the registry ------------------------------------------------------------------------

    def verdict(self, applicant, asker):
        """The registry is asked, and answers at once: it need not be asked the same again."""
        before = self._verdicts.get(applicant.key)
        if before == asker and not self._oracle.excused & {"twice", "told"}:
            self._oracle.fail("a check is made again", applicant.key)
        self._verdicts[applicant.key] = asker

    def feeds(self, gateway):
        """A gateway begins to feed the registry: it is the only one."""
        other, excused = self._feeding, "twice" in self._oracle.excused
        if other not in {None, gateway} and not other.dead and not excused:
            leased = self._world.loop.time() < other.began_feeding + LEASE_SECONDS
            if leased:
                self._oracle.fail("two feed the registry at once", gateway.name)
        self._feeding = gateway

    def fed(self, batch):
        self._lines.update((one.number, one.line) for one in batch)

    def rests(self, gateway):
        if self._feeding is gateway:
            self._feeding = None

    # -- people ------------------------------------------------------------------------------

    def committed(self, operation, result):
        """Keep the sessions of whoever is erased, as they are then."""
        if getattr(operation, "func", None) is erase_due and result is not None:
            rows = self._world.sessions.rows
            self._erased = [(one, rows[one]) for one in result.conversations if one in rows]

    def erased(self):
        """An erasure is over: of whom it was, no session is left."""
        rows = self._world.sessions.rows
        for conversation, saved in self._erased:
            if rows.get(conversation) is saved:
                self._oracle.fail("an erased person has a session", conversation)
        self._erased = []

    def promised(self, gateway, message):
        """A screen said that an SMS follows."""
        pending = self._pending(message.address.conversation)
        if isinstance(pending, Register) and pending.intent.message_id == message.message_id:
            self._late.append((gateway, pending.intent))

    def calm(self):
        """Nothing fails from here on: keep what is pending, to be answered in the end."""
        if not self._world.theme.insists:
            rows = self._world.sessions.rows.values()
            pending = (saved.session.pending for saved in rows)
            self._owed = [one.intent for one in pending if isinstance(one, Register)]

    def check_end(self):
        late = [intent for gateway, intent in self._late if not gateway.dead]
        if not self._oracle.all(_ERASED):
            if "told" not in self._oracle.excused:
                self._check_answers(self._owed, "what was pending is not recorded")
            if not self._oracle.excused & {"told", "said"}:
                self._check_answers(late, "no SMS follows")
        if not self._oracle.excused & {"fed", "told"}:
            self._check_lines()

    def _check_answers(self, intents, promise):
        for intent in intents:
            keys = {
                "answer": answer_key(intent.address, intent.message_id),
                "confirmation": f"{intent.intent_id}/confirmation",
            }
            if intent.channel is Channel.WEB:
                continue
            recorded = self._oracle.all(_INTENT, intent_id=intent.intent_id)
            put = self._oracle.all(_PUT, **keys)
            if not recorded or not put:
                self._oracle.fail(promise, intent.message_id)
            if len(put) > 1:
                self._oracle.fail("two messages say the same", intent.message_id)

    def _check_lines(self):
        """What the registry heard last of a record is its status."""
        for number, status in self._oracle.all(_STATUSES):
            line = self._lines.get(number)
            if line is not None and msgspec.json.decode(line)["status"] != status:
                self._oracle.fail("the registry has another status", number, status)

    def _pending(self, conversation):
        saved = self._world.sessions.rows.get(conversation)
        return None if saved is None else saved.session.pending
