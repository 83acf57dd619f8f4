"""The intake on stores in memory, and a dump of all that must be the same in the end."""

from datetime import timedelta

from core.conversation.engine import Conversation
from core.database.statements import Statement
from core.messages import Channel
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import Pipeline
from gateway.intake.intake import TURN_SECONDS, Intake
from gateway.intake.sweeper import sweep
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from tests.fixtures.stores import READ, Stores
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, START

LATER = START + timedelta(days=7)
_MISCOUNTED = Statement("""
    SELECT count(*)
    FROM slots
    WHERE booked <> (
        SELECT count(*)
        FROM appointments
        WHERE slot_id = slots.id
            AND status NOT IN ('changed', 'cancelled')
    )
""")
IN_BAND = {Channel.USSD, Channel.SMS, Channel.WEB}  # the others' answers are queued
CONVERSATION = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)
METRICS, DEADLINE = Metrics(), Deadline(TURN_SECONDS)


class House:
    """Sessions and a database, both empty or as in another house."""

    def __init__(self, like=None):
        self.sessions = MemorySessions()
        self.stores = Stores(like.stores.database.copy() if like else None)
        if like:
            self.sessions.rows.update(like.sessions.rows)

    def intake(self, wrap=lambda port: port):
        """Return an intake each of whose calls to sessions and database goes through `wrap`."""
        stores, sessions = Stores(self.stores.database, wrap=wrap), wrap(self.sessions)
        return Intake(
            pipeline=Pipeline(sessions, stores.effects, CONVERSATION),
            sessions=sessions,
            database=stores.wrapped,
            outbox=stores.outbox,
            metrics=METRICS,
            deadline=DEADLINE,
            nudge=lambda: None,
        )

    async def sweep(self):
        """Finish everything that is pending."""
        return await sweep(self.intake(), now=LATER)

    def dump(self):
        """Return all that is stored: every row of every table."""
        [(unlike,)] = self.stores.database.run(lambda connection: connection.all(_MISCOUNTED))
        assert not unlike  # each slot has as many seats taken as appointments
        return {name: sorted(self.stores.rows(name), key=repr) for name in READ}


async def take(intake, message):
    """Hand a message in, as its wire does; return what is answered in band."""
    if message.channel in IN_BAND:
        return await intake.answer(message)
    return await intake.enqueue(message)
