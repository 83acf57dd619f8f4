"""What must hold whatever goes wrong: looked at after each step, and when all is calm again.

A promise that a fault may break is excused where that fault is in the schedule: a database that
loses commits forgets what was told before, a Redis that loses writes what was said.
"""

from core.conversation.cut_off import LATE
from core.conversation.message_ids import intent_id
from core.database.statements import Statement
from core.fields.timezones import local
from core.messages import Channel
from core.outbox.claims import claim
from core.outbox.farewell import FAREWELL
from core.outbox.quiet_hours import QUIET_FROM, QUIET_TO
from tests.sim.followed import Followed

NUMBERED = frozenset(
    {
        *("registered", "registered_verified", "registered_not_listed", "registered_in_review"),
        *("registered_bookable", "already_registered", "updated", "received"),
    }
)
# Said of the moment, not of the message: it is not remembered.
_PASSING = frozenset({LATE, "unavailable", "too_many_turns", "said_before", "under_way"})
_WRONG = Statement("""
    SELECT 'a slot is overbooked', id
    FROM slots
    WHERE booked > capacity
    UNION ALL
    SELECT 'a slot is miscounted', id
    FROM slots
    WHERE booked <> (
        SELECT count(*)
        FROM appointments
        WHERE slot_id = slots.id
            AND status NOT IN ('changed', 'cancelled')
    ) + (
        SELECT count(*)
        FROM standby
        WHERE slot_id = slots.id
            AND status = 'offered'
    )
    UNION ALL
    SELECT 'two live appointments', record_id
    FROM appointments
    WHERE status = 'booked'
    GROUP BY record_id, dose
    HAVING count(*) > 1
    UNION ALL
    SELECT 'two current records', min(id)
    FROM records
    WHERE standing IN ('claimed', 'held')
    GROUP BY nik, campaign
    HAVING count(*) > 1
    UNION ALL
    SELECT 'an intent without its record', id
    FROM intents
    WHERE outcome = 'registered'
        AND record_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM erasures)
""")
_UNCHECKED = Statement("""
    SELECT 'a record was never checked', number
    FROM records
    WHERE status = 'received'
        AND standing IN ('claimed', 'held')
""")
_INTENT_OF = Statement("SELECT 1 FROM intents WHERE number = :number LIMIT 1")
_CANCELLED_BY = Statement(
    "SELECT 1 FROM appointments WHERE ended_by = :key AND status = 'cancelled'"
)
_OF_NUMBER = Statement("SELECT nik FROM records WHERE number = :number")
_VERSIONS = Statement("SELECT number, version FROM records")
_ERASED = Statement("SELECT 1 FROM erasures LIMIT 1")
_OPTED_OUT = Statement("""
    SELECT 1
    FROM opt_outs
    WHERE kind = :kind AND value = :value AND out = 1
""")
_BEFORE = Statement("""
    SELECT id
    FROM outbox
    WHERE kind = :kind
        AND value = :value
        AND channel = :channel
        AND status = 'queued'
        AND id < :row_id
        AND not_before <= :now
        AND bulk <= :bulk
        AND unvouched <= :unvouched
        AND (quiet = '' OR :quiet <> '')
""")
_LEFT = Statement("""
    SELECT 'a message is owed', key
    FROM outbox
    WHERE status = 'queued'
        AND origin = ''
    UNION ALL
    SELECT 'a dead letter without a reason', key
    FROM outbox
    WHERE status = 'dead'
        AND COALESCE(why, '') = ''
    UNION ALL
    SELECT 'a check is due', number
    FROM records
    WHERE check_due_at IS NOT NULL
    UNION ALL
    SELECT 'the registry is not told', number
    FROM records
    WHERE version > told_version
    UNION ALL
    SELECT 'an intent of another record', intents.id
    FROM intents
    JOIN records ON records.id = intents.record_id
    WHERE intents.outcome = 'registered'
        AND (intents.number <> records.number OR intents.nik <> records.nik)
    UNION ALL
    SELECT 'booked and refused', refusals.key
    FROM refusals
    JOIN appointments ON appointments.booked_by = refusals.key
    UNION ALL
    SELECT 'a verdict that is not the status', records.number
    FROM records
    JOIN history ON history.id = (
        SELECT max(id)
        FROM history
        WHERE record_id = records.id
            AND field = 'status'
    )
    WHERE history.new <> records.status
""")


class ViolationError(Exception):
    """A promise is broken."""


class Oracle:
    """Looks on; `excused` are the promises that a fault of this schedule may break."""

    def __init__(self, world):
        self._world = world
        self._changes = -1
        self._said = {}  # reply by message id
        self._claims = {}  # the step of the last claim, by message
        self._takers = {}  # who sent each message last, and their faults before
        self._opted = {}  # whether they heard last that they opted out, by person
        self._fed = {}  # the newest version by record
        self.excused = set()
        self.followed = Followed(world, self)

    def fail(self, promise, *facts):
        self._world.note("VIOLATION", promise, *facts)
        error = ViolationError(promise, *facts)
        self._world.fail(error)  # the part that calls may catch whatever is raised
        raise error

    def check(self):
        """Look at the tables, if anything changed."""
        changes = self._world.tables.changes()
        if changes != self._changes:
            self._changes = changes
            for promise, which in self.all(_WRONG):
                self.fail(promise, which)

    def answered(self, person, message, reply):
        """The same message gets the same answer."""
        keys = {prompt.key for prompt in reply.prompts}
        if keys & _PASSING:
            return
        before = self._said.setdefault(message.message_id, reply)
        if before != reply and "said" not in self.excused:
            self.fail("another answer", person.name, message.message_id, before, reply)
        if "appointment_gone" in keys:
            key = f"{intent_id(message.address.conversation, message.message_id)}/cancel"
            if self.all(_CANCELLED_BY, key=key):
                self.fail("cancelled, and told that there is nothing", person.name)

    def told(self, person, prompt):
        """Whoever is told a number is recorded under it."""
        if prompt.key == "opted_out" and person.wants_out:
            person.stopped = self._world.step
        if prompt.key in {"opted_out", "opted_in"}:
            self._opted[person] = prompt.key == "opted_out"
        number = prompt.args.get("number")
        if prompt.key not in NUMBERED or not number or "told" in self.excused:
            return
        found = self.all(_OF_NUMBER, number=number)
        if not found and not self.all(_ERASED):
            self.fail("told, not recorded", person.name, prompt.key, number)
        if (
            found
            and prompt.key.startswith("registered")
            and not self.all(_INTENT_OF, number=number)
        ):
            self.fail("told, and the intent is not on record", person.name, number)
        for (nik,) in found:
            person.told[nik] = number

    def committed(self, gateway, operation, result):
        """Look at what was claimed, right after it was."""
        self.followed.committed(operation, result)
        if getattr(operation, "func", None) is claim:
            for claimed in result:
                self._claims[claimed.id] = self._world.step
                self._claimed(operation.keywords["now"], claimed)

    def _claimed(self, now, claimed):
        message = claimed.message
        address = {"kind": message.address.kind.value, "value": message.address.value}
        if not message.answers_request and self.all(_OPTED_OUT, **address):
            self.fail("a message after STOP", message.key)
        if message.quiet and not QUIET_TO <= local(now, message.quiet).time() < QUIET_FROM:
            self.fail("a message at night", message.key, now)
        if message.not_after is None:
            earlier = self.all(
                _BEFORE,
                **address,
                channel=message.channel.value,
                row_id=int(claimed.id),
                now=now.isoformat(timespec="microseconds"),
                bulk=int(message.bulk),
                unvouched=int(message.unvouched),
                quiet=message.quiet,
            )
            if earlier:
                self.fail("a message before an earlier one", message.key, earlier)

    def taken(self, provider, claimed, taker):
        """A provider took a message: once, but for faults and failures, and not after STOP.

        `taker` is the gateway that sends it, and how many faults it had met before.
        """
        self.followed.taken(claimed)
        key = claimed.message.key
        if key in self._takers and "twice" not in self.excused:
            gateway, faults = self._takers[key]
            if gateway.faults == faults:
                self.fail("a message is sent twice", key, provider)
        self._takers[key] = taker
        person = self._world.whose(claimed.message)
        if claimed.message.answers_request or person is None or not person.stopped:
            return
        if key.startswith(FAREWELL):
            return  # the last word to somebody whose data are erased, as they asked: STOP is, too
        if self._claims[claimed.id] > person.stopped and "told" not in self.excused:
            self.fail("a message after STOP was heard", key)

    def excuse(self, claimed):
        """A message failed that was taken: it may be sent once more."""
        self._takers.pop(claimed.message.key, None)
        self.followed.failed(claimed)

    def fed(self, batch):
        """The registry never gets an older version of a record after a newer one."""
        for one in batch:
            if one.version < self._fed.get(one.number, 0) and "fed" not in self.excused:
                self.fail("the registry hears an older version", one.number, one.version)
            self._fed[one.number] = one.version

    def check_end(self):
        """Everything is calm and hours have passed: nothing is left to do."""
        self.check()
        for promise, which in self.all(_LEFT):
            self.fail(promise, which)
        if self._world.asks_registry:
            for promise, which in self.all(_UNCHECKED):
                self.fail(promise, which)
        self.followed.check_end()
        self._check_registry()
        self._check_opted()
        for key, saved in self._world.sessions.rows.items():
            if saved.session.pending is not None:
                self.fail("an effect is pending", key, type(saved.session.pending).__name__)
        for person in self._world.people if self._world.theme.insists else ():
            if person.unanswered is not None and person.unanswered.channel is not Channel.WHATSAPP:
                self.fail("no answer", person.name, person.unanswered.message_id)

    def _check_registry(self):
        """The registry has the newest version of what it has at all, but for what it refused."""
        for number, version in self.all(_VERSIONS):
            if self._fed.get(number, version) < version and "fed" not in self.excused:
                self.fail("the registry has an older version", number, version)

    def _check_opted(self):
        """Who heard that they opted out, or in again, is so."""
        if self.excused & {"told", "twice", "opted"} or self.all(_ERASED):
            return
        for person, out in self._opted.items():
            address = {"kind": person.address.kind.value, "value": person.address.value}
            if bool(self.all(_OPTED_OUT, **address)) != out and person.wants_out == out:
                self.fail("opted otherwise than heard", person.name, out)

    def all(self, statement, **values):
        return self._world.tables.connection.all(statement, **values)
