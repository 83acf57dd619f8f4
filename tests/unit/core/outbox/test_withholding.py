"""SMS that a phone has not asked for: each is counted once, however often it is queued again."""

from functools import partial

from core.database.in_memory import InMemoryDatabase
from core.database.statements import Statement
from core.messages import Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.sms_bounds import UNASKED_MAX
from core.outbox.withholding import enqueue_unasked
from tests.scripts import PHONE, START

HOME = frozenset({"ID"})
STATUSES = Statement("SELECT status FROM outbox ORDER BY id")


def test_a_message_put_again_takes_no_place_of_the_others():
    database = InMemoryDatabase()

    def enqueue(key):
        reply = Reply((Prompt("verification_not_listed"),), "id", ends=True)
        message = Outgoing(
            key=key, channel=Channel.SMS, address=PHONE, reply=reply, created_at=START
        )
        database.run(partial(enqueue_unasked, message=message, record_id=1, countries=HOME))

    for n in range(UNASKED_MAX):
        enqueue(f"k{n}")
        for redone in range(n + 1):
            enqueue(f"k{redone}")
    enqueue("one too many")
    found = database.run(lambda connection: connection.all(STATUSES))
    assert [status for (status,) in found] == ["queued"] * UNASKED_MAX + ["withheld"]
