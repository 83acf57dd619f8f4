"""A pipeline on memory ports, and everything that must be the same however it got there."""

from datetime import timedelta

from core.appointments.memory import MemoryAppointments
from core.appointments.requests import LookUp
from core.conversation.engine import Conversation
from core.messages import Channel
from core.registration.memory_proofs import MemoryProofs
from core.turns.memory import MemoryRecords, MemorySessions
from core.turns.perform import Doing
from core.turns.pipeline import Pipeline
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, PHONE, START

LATER = START + timedelta(hours=1)


def draw():
    """Return registration numbers' bits that are the same in every run."""
    bits = iter(range(1, 1_000_000))
    return lambda: next(bits)


class House:
    """Memory ports, and what is in them."""

    def __init__(self):
        self.sessions = MemorySessions()
        self.records = MemoryRecords(limits=CAMPAIGN.limits, draw_bits=draw())
        self.appointments = MemoryAppointments(self.records, doses=CAMPAIGN.doses)
        self.conversation = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)

    def pipeline(self, wrap=lambda port: port):
        doing = Doing(
            wrap(self.records),
            wrap(self.appointments),
            wrap(MemoryProofs(self.records)),
        )
        return Pipeline(wrap(self.sessions), doing, self.conversation)

    async def sweep(self):
        """Finish everything that is pending."""
        found = await self.sessions.pending(before=LATER, limit=100)
        return [await self.pipeline().finish(conversation) for conversation in found]

    async def told(self):
        """Return what is on record and what is owed, as values that can be compared."""
        owed = await self.records.outbox.claim(now=LATER, lease_seconds=60, limit=100)
        report = await self.appointments.status(LookUp(PHONE, CAMPAIGN.id))
        return report, [one.message for one in owed if one.message.channel is Channel.SMS]
