"""Whatever strangers write first, the person whom the roster names holds her NIK in the end.

Two people whose NIKs are one slip apart, and any history of letters for which nobody vouches, with
codes that come back to nobody. Then each comes by her own phone, with the name of the roster.
"""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.appointments.requests import LookUp
from core.appointments.status import read_status
from core.campaign import Doses, Limits
from core.database.in_memory import InMemoryDatabase
from core.database.statements import Statement
from core.messages import Address, AddressKind, Channel
from core.registration.bounds import CLAIMS_A_DAY_MAX
from core.registration.intent import OutcomeKind
from core.registration.number import make_number
from core.registration.store import record
from core.registration.terms import Terms
from tests.contract.test_record_stores import ADD_LISTED
from tests.unit.core.registration.test_identity import intent

AT = datetime(2021, 1, 20, 3, 0, tzinfo=UTC)
NIKS = ("3204115706960001", "3204115706960002")
NAMES = ("SITI AMINAH", "DEWI SETIAWAN")
LIKE = ({"SITI AMINAH", "SITI AMINA"}, {"DEWI SETIAWAN"})  # what counts as each name
PHONES = tuple(Address(AddressKind.PHONE, f"+62812111100{n}0") for n in (1, 2))
MAILBOXES = tuple(Address(AddressKind.EMAIL, f"{n}@mail.example") for n in range(4))
STRANGER = "+6281366660011"
TERMS = Terms(Limits(), Doses())
CURRENT = Statement("""
    SELECT full_name, phone
    FROM records
    WHERE nik = :nik AND standing IN ('claimed', 'held')
""")
TOLD = {OutcomeKind.REGISTERED, OutcomeKind.ALREADY_REGISTERED, OutcomeKind.UPDATED}


class Yielding(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.database, self.sent, self.come = InMemoryDatabase(), 0, {}

    @initialize(listed=st.booleans())
    def import_roster(self, listed):
        self.listed = listed
        for nik, name in zip(NIKS, NAMES, strict=True) if listed else ():
            row = {"nik": nik, "full_name": name, "facility_code": "F1", "campaign": "c"}
            self.database.run(lambda use, row=row: use.run(ADD_LISTED, **row))

    def send(self, who, address, name, phone, profession="perawat"):
        self.sent += 1
        request = intent(
            intent_id=f"i{self.sent}",
            message_id=f"m{self.sent}",
            channel=Channel.SMS if address.by_network else Channel.EMAIL,
            received_at=AT + timedelta(minutes=self.sent),
            address=address,
            nik=NIKS[who],
            full_name=name,
            phone=phone,
            profession=profession,
        )
        number = make_number(self.sent)
        return self.database.run(
            lambda use: record(use, intent=request, terms=TERMS, number=number)
        )

    @rule(
        who=st.integers(0, 1),
        mailbox=st.sampled_from(MAILBOXES),
        name=st.sampled_from((*NAMES, "ZAINAL ABIDIN", "SITI AMINA")),
        phone=st.sampled_from((STRANGER, *(one.value for one in PHONES))),
        profession=st.sampled_from(("perawat", "bidan")),
    )
    def write(self, who, mailbox, name, phone, profession):
        """A stranger writes in anybody's name; nobody vouches for it."""
        outcome = self.send(who, mailbox, name, phone, profession)
        if outcome.kind in TOLD:
            assert (self.listed and name in LIKE[who]) or who in self.come
        else:
            assert outcome.kind in {OutcomeKind.RECEIVED, OutcomeKind.REFUSED}
        if self.sent < CLAIMS_A_DAY_MAX:
            assert outcome.kind is not OutcomeKind.REFUSED

    @rule(who=st.integers(0, 1))
    def come_herself(self, who):
        """She holds her NIK, with her phone, and sees it there; whatever was written before."""
        outcome = self.send(who, PHONES[who], NAMES[who], PHONES[who].value)
        assert outcome.kind in TOLD
        self.come.setdefault(who, outcome.number)
        assert outcome.number == self.come[who]

    @invariant()
    def what_she_holds_stays_hers(self):
        for who, number in self.come.items():
            [(name, phone)] = self.database.run(
                lambda use, who=who: use.all(CURRENT, nik=NIKS[who])
            )
            assert (name, phone) == (NAMES[who], PHONES[who].value)
            look_up = LookUp(PHONES[who], "c")
            report = self.database.run(
                lambda use, look_up=look_up: read_status(use, look_up, TERMS.doses)
            )
            assert number in [one.number for one in report.registrations]

    def teardown(self):
        for who in (0, 1):
            self.come_herself(who)
        self.what_she_holds_stays_hers()


TestYielding = Yielding.TestCase
TestYielding.settings = settings(max_examples=300, stateful_step_count=10)
