"""Nobody learns by a letter, or a page before its code, whether a NIK is on file.

The same words, the same rows and the same messages for a NIK that nobody has, one that is claimed
or held in another name, and one that is claimed in the very same name; and the same time.
"""

from collections import deque
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from core.conversation.outcomes import say_outcome
from core.conversation.session import Session
from core.database.in_memory import InMemoryDatabase
from core.database.statements import Statement
from core.database.tables import metadata
from core.messages import Address, AddressKind, Channel
from core.registration.number import LENGTH, make_number, parse_number
from core.registration.requests import Register
from core.registration.store import record
from tests.fixtures.hostile import seconds
from tests.fixtures.people import nik
from tests.hostile.test_yielding import TERMS
from tests.scripts import CAMPAIGN
from tests.unit.core.registration.test_identity import intent

AT = datetime(2021, 1, 20, 3, 0, tzinfo=UTC)
DOORS = {
    Channel.EMAIL: Address(AddressKind.EMAIL, "probe@mail.example"),
    Channel.WEB: Address(AddressKind.WEB, "t0ken"),
}
OTHERS = Address(AddressKind.EMAIL, "other@mail.example")
PROBED = "SITI AMINAH"
ON_FILE = {
    "nothing": [],
    "claimed in that name": [(OTHERS, PROBED)],
    "claimed in another name": [(OTHERS, "ZAINAL ABIDIN")],
    "held in another name": [(None, "ZAINAL ABIDIN")],
    "superseded and held": [(OTHERS, PROBED), (None, "ZAINAL ABIDIN")],
}
RUNS_MAX, ROUNDS, ELSEWHERE = 3, 300, 500_000
SLOWER_MAX = 1.2
COUNT = {
    table.name: Statement("SELECT count(*) FROM {table}", table=table.name)
    for table in metadata.sorted_tables
}
SAID = Statement("SELECT key, channel, kind, value, reply, status, not_before FROM outbox")


class Probe:
    """A database on which somebody has a NIK, or nobody; and letters about that NIK."""

    def __init__(self, door, on_file):
        self.door, self.on_file, self.database = door, ON_FILE[on_file], InMemoryDatabase()
        self.sent, self.nik = 0, nik(0)

    def prepare(self, person=0):
        """Put on file what is on file of a NIK, and then a letter about another."""
        self.nik = nik(person)
        for address, name in self.on_file:
            hers = Address(AddressKind.PHONE, f"+62812{self.sent:08d}")
            self.send(Channel.SMS, address or hers, name)
        self.sent += 10 - len(self.on_file)
        self.nik = nik(ELSEWHERE + person)  # or the first letter after a pause would be slower
        self.send(Channel.EMAIL, OTHERS, "BUDI SANTOSO")
        self.nik = nik(person)

    def send(self, channel, address, name):
        self.sent += 1
        phone = f"+62813{self.sent:08d}"  # nobody else's: who shares a phone is looked through
        request = intent(
            intent_id=f"i{self.sent}",
            message_id=f"m{self.sent}",
            channel=channel,
            received_at=AT + timedelta(days=self.sent),
            address=address,
            nik=self.nik,
            full_name=name,
            phone=phone,
        )
        number = make_number(self.sent)
        outcome = self.database.run(
            lambda use: record(use, intent=request, terms=TERMS, number=number)
        )
        return request, outcome

    def probe(self):
        return self.send(self.door, DOORS[self.door], PROBED)

    def rows(self):
        return {name: self.database.run(lambda use, one=one: use.all(one)[0][0])
                for name, one in COUNT.items()}  # fmt: skip

    def said(self):
        return {
            row[0]: row[1:] for row in map(tuple, self.database.run(lambda use: use.all(SAID)))
        }


def seen(door, on_file):
    """Return the words, the new rows by table, and the new messages."""
    probe = Probe(door, on_file)
    probe.prepare()
    rows, said = probe.rows(), probe.said()
    request, outcome = probe.probe()
    pending = Session(pending=Register(request), channel=door.value, message="m")
    words = say_outcome(CAMPAIGN, pending, outcome).prompts
    new = {name: many - rows[name] for name, many in probe.rows().items()}
    messages = {key: one for key, one in probe.said().items() if key not in said}
    assert len(parse_number(outcome.number)) == LENGTH + 1
    return words, new, messages


@pytest.mark.parametrize("on_file", [name for name in ON_FILE if name != "nothing"])
@pytest.mark.parametrize("door", DOORS)
def test_words_rows_and_messages_say_nothing_of_what_is_on_file(door, on_file):
    assert seen(door, on_file) == seen(door, "nothing")


def compared(door):
    """Return the processor time of each case, as a ratio to its round's, of one interleaved run.

    Only within a round is the machine equally busy.
    """
    probes = {name: Probe(door, name) for name in ON_FILE}
    took, order = {name: [] for name in probes}, deque(probes)
    for person in range(ROUNDS):
        for name in order:
            probe = probes[name]
            probe.prepare(person)
            took[name].append(seconds(probe.probe))
        order.rotate()  # whatever comes first is slower
    rounds = [median(times) for times in zip(*took.values(), strict=True)]
    return {
        name: median(time / whole for time, whole in zip(times, rounds, strict=True))
        for name, times in took.items()
    }


@pytest.mark.parametrize("door", DOORS)
def test_the_time_says_nothing_either(door):
    """A difference shows in every run; what a busy machine adds does not."""
    runs = (compared(door).values() for _ in range(RUNS_MAX))
    assert any(max(one) < SLOWER_MAX * min(one) for one in runs)
