"""A phone that redials, repeats, garbles, waits and changes channel, driven by Hypothesis."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.appointments.requests import Book, FindSeat, FindTimes, StatusReport
from core.conversation.consent import SHOWN
from core.conversation.remembering import REPLIES_MAX
from core.messages import Channel
from core.registration.requests import Register
from tests.scripts import BOOKABLE, NAME, NIK, NUMBER, VERIFIED, Person

OFFERS = ("offered_booking", "offered_seat")
WORDS = st.one_of(
    st.sampled_from(
        ["1", "2", "0", "00", "98", "ya", "tidak", NIK, NAME, "PERAWAT", "STOP", "MENU"]
    ),
    st.sampled_from(
        [
            "DAFTAR",
            "JADWAL",
            f"DAFTAR {NIK}#{NAME}#2",
            "ENGLISH",
            "STATUS",
            "BATAL",
            "",
            "*",
            "UBAH",
            "HAPUS",
            "3",
            "4",
        ]
    ),
    st.text(max_size=40),
)


class Phone(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.person = Person()
        self.person.outcome = BOOKABLE
        self.person.report = StatusReport(registrations=(VERIFIED,))
        self.registered = 0
        self.last = None

    def heard(self):
        intents = [effect for effect in self.person.done if isinstance(effect, Register)]
        ids = {effect.intent.intent_id for effect in intents}
        assert len(ids) == len(intents), "one message decided twice"
        self.registered = len(intents)

    @rule(word=WORDS, channel=st.sampled_from([Channel.SMS, Channel.WHATSAPP]))
    def say(self, word, channel):
        self.person.call = None
        self.person.say(word, channel)
        self.heard()

    @rule(word=st.sampled_from(["", "1", "1*1", f"1*1*{NIK}", "**", "2"]))
    def dial(self, word):
        self.person.dial(word)
        self.heard()

    @rule(word=WORDS)
    def key(self, word):
        if self.person.call is None:
            return
        self.person.key(word)
        self.heard()

    @rule()
    def deliver_again(self):
        if self.person.call is None:
            return
        self.person.again()
        before = self.person.session, self.person.reply, self.registered
        self.person.again()
        self.heard()
        assert (self.person.session, self.person.reply, self.registered) == before

    @rule(seconds=st.sampled_from([1, 1_801, 90_000]))
    def wait(self, seconds):
        self.person.wait(seconds=seconds)

    @invariant()
    def everything_is_answered_and_bounded(self):
        person = self.person
        assert person.session.pending is None
        assert len(person.session.replies) <= REPLIES_MAX
        if person.reply is not None:
            assert person.reply.prompts
        visit = person.session.visit
        if visit is not None and visit.stage in OFFERS:
            assert visit.number == NUMBER
        assert len([one for one in person.done if isinstance(one, Book)]) <= len(
            [one for one in person.done if isinstance(one, FindSeat | FindTimes)]
        ), "booked what was never shown"
        assert set(person.session.answers) <= {
            "consent",
            SHOWN,
            "nik",
            "full_name",
            "profession",
        }


TestPhone = Phone.TestCase
TestPhone.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
