"""The desk on stores in memory, and everything that must be the same however it got there."""

from datetime import timedelta

from sqlalchemy import func, select

from core.conversation.engine import Conversation
from core.database.tables import appointments, slots
from core.messages import Channel
from core.turns.memory_sessions import MemorySessions
from core.turns.pipeline import Pipeline
from gateway.intake.intake import TURN_SECONDS, Desk
from gateway.intake.sweeper import sweep
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from tests.fixtures.clauses import statement
from tests.fixtures.stores import READ, Stores
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, START

LATER = START + timedelta(days=7)
_sits = appointments.c.status.not_in(["changed", "cancelled"])
_taken = select(func.count()).where(appointments.c.slot_id == slots.c.id, _sits)
_MISCOUNTED = statement(
    select(func.count()).where(slots.c.booked != _taken.correlate(slots).scalar_subquery())
)
IN_BAND = {Channel.USSD, Channel.SMS}  # the others' answers are owed
CONVERSATION = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)
METRICS, DEADLINE = Metrics(), Deadline(TURN_SECONDS)


class House:
    """Sessions and a database, both empty or as in another house."""

    def __init__(self, like=None):
        self.sessions = MemorySessions()
        self.stores = Stores(like.stores.database.copy() if like else None)
        if like:
            self.sessions.rows.update(like.sessions.rows)

    def desk(self, wrap=lambda port: port):
        """Return a desk each of whose calls to sessions and database goes through `wrap`."""
        stores, sessions = Stores(self.stores.database, wrap=wrap), wrap(self.sessions)
        return Desk(
            pipeline=Pipeline(sessions, stores.doing, CONVERSATION),
            sessions=sessions,
            records=stores.records,
            outbox=stores.outbox,
            metrics=METRICS,
            deadline=DEADLINE,
            nudge=lambda: None,
        )

    async def sweep(self):
        """Finish everything that is pending."""
        return await sweep(self.desk(), now=LATER)

    def told(self):
        """Return all that is kept: every row of every table."""
        [(unlike,)] = self.stores.database.run(lambda connection: connection.all(_MISCOUNTED))
        assert not unlike  # each slot has as many seats taken as appointments
        return {name: sorted(self.stores.rows(name), key=repr) for name in READ}


async def take(desk, message):
    """Hand a message in, as its wire does; return what is answered in band."""
    if message.channel in IN_BAND:
        return await desk.answer(message)
    return await desk.owe(message)
