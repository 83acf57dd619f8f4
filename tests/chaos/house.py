"""A pipeline on memory ports, and everything that must be the same however it got there."""

from core.memory import MemoryRecords, MemorySessions

from core.conversation.engine import Conversation
from core.pipeline import Pipeline
from tests.scripts import CAMPAIGN, LANGUAGES


def draw():
    """Return numbers that are the same in every run."""
    bits = iter(range(1, 1_000_000))
    return lambda: next(bits)


class House:
    """Memory ports, and what is in them as plain values that can be compared."""

    def __init__(self):
        self.sessions = MemorySessions()
        self.records = MemoryRecords(limits=CAMPAIGN.limits, draw=draw())
        self.conversation = Conversation(CAMPAIGN, LANGUAGES)

    def pipeline(self, wrap=lambda port: port):
        return Pipeline(wrap(self.sessions), wrap(self.records), self.conversation)
