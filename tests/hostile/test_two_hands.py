"""Two hands, one mailbox: a forger's letters and the owner's, in any order, are never blended.

Every value is somebody's own, so that a record tells which letters it was made of.
"""

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.appointments.requests import LookUp, StatusReport
from core.cases.requests import Appeal, Correct, Leave, ReadLooks
from core.conversation import letter_threads
from core.conversation.letter_threads import THREADS_MAX
from core.messages import Channel
from core.registration.number import make_number
from core.registration.requests import Register, SendCode
from tests.scripts import MAILBOX, VERIFIED, Person

KEYS = ("nik", "full_name", "profession", "phone")
PROFESSIONS = ("dokter", "perawat", "bidan", "apoteker", "laboratorium", "lainnya")
NUMBERS = make_number(12345678901), make_number(2)
some_keys = st.sets(st.sampled_from(KEYS), min_size=1)


def letters_of(number):
    """Return the number as letters, so that a name may hold it."""
    return "".join(chr(ord("A") + int(digit)) * 3 for digit in str(number))


@dataclass
class Letter:
    """One letter, what it says, and the one of ours that it answers."""

    owner: bool
    values: dict
    answers: "Letter | None" = None
    proof: str = field(default="", repr=False)  # that our answer to it bore

    @property
    def thread(self):
        """This letter and those before it."""
        before = self.answers.thread if self.answers else []
        return [*before, self]


class TwoHands(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.person = Person(address=MAILBOX)
        self.letters, self.registered, self.count = [], [], 0

    def values(self, keys):
        """Return values that no other letter has."""
        self.count += 1
        n = self.count
        every = {
            "nik": f"32041157{n % 12 + 1:02d}96{n:04d}",
            "full_name": f"SITI {letters_of(n)}",
            "profession": PROFESSIONS[n % len(PROFESSIONS)],
            "phone": f"+6281299{n:06d}",
        }
        return {key: every[key] for key in keys}

    def send(self, letter, proof):
        done = len(self.person.done)
        self.person.say("", Channel.EMAIL, confirms=True, answers=letter.values, proof=proof)
        letter.proof = self.person.reply.proof
        self.letters.append(letter)
        for effect in self.person.done[done:]:
            if isinstance(effect, Register):
                self.registered.append((letter, effect.intent))

    @rule(keys=some_keys, owner=st.booleans())
    def write_anew(self, keys, owner):
        self.send(Letter(owner, self.values(keys)), "")

    @rule(keys=some_keys, guess=st.sampled_from(("x", "0" * 24, ".", "." + "0" * 24)))
    def forge_an_answer(self, keys, guess):
        self.send(Letter(owner=False, values=self.values(keys)), guess)

    @rule(keys=some_keys, data=st.data())
    def answer(self, keys, data):
        """The owner answers what we wrote to a letter of the owner's."""
        asked = [one for one in self.letters if one.owner and one.proof]
        if asked:
            before = data.draw(st.sampled_from(asked))
            self.send(Letter(owner=True, values=self.values(keys), answers=before), before.proof)

    @rule()
    def complete(self):
        """The owner's last answered letter is completed by its answer, whoever wrote since."""
        asked = [one for one in self.letters[1 - THREADS_MAX :] if one.owner and one.proof]
        if not asked or asked[-1].answers:
            return
        before, done = asked[-1], len(self.registered)
        if any(one.answers is before for one in self.letters):
            return
        nobodys = not {"nik", "full_name"} & before.values.keys()
        missing = [key for key in KEYS if key not in before.values or (nobodys and key == "phone")]
        self.send(Letter(owner=True, values=self.values(missing), answers=before), before.proof)
        assert len(self.registered) == done + 1

    def may_be_of(self, letter):
        """The letters before this one, and others that gave the same tokens back."""
        thread = letter.thread
        others = (one for one in self.letters if any(one.answers is before for before in thread))
        return [*thread, *others]

    @invariant()
    def a_record_is_of_one_letter_or_of_those_that_answered(self):
        for letter, intent in self.registered:
            given = {key: getattr(intent, key) for key in KEYS if key != "profession"}
            letters = self.may_be_of(letter)
            for key, value in given.items():
                assert any(one.values.get(key) == value for one in letters), key
            assert len({one.owner for one in letters}) == 1
        self.registered = [one for one in self.registered if one[0] is self.letters[-1]]


WORDS = (
    *("STATUS", "JADWAL", "BATAL", "STOP", "MULAI", "MENU", "DAFTAR", "ENGLISH", "INDONESIA"),
    *("UBAH", "HAPUS", "SIAPA", "3", "4", "2", "hp lama hilang", "Mohon hapus data saya"),
    *("BANTUAN", "98", "99", "0", "1", "2", "ya", "123456", "halo", ""),
    *(
        f"{word} {number}"
        for word in ("STATUS", "JADWAL", "UBAH", "HAPUS", "banding")
        for number in NUMBERS
    ),
)


def answered(session):
    """Return the conversations of which one letter was vouched for, by token."""
    threads = letter_threads._threads(session)
    return {token: thread for token, thread in threads.items() if thread.vouched}


class TwoHandsOnAVisit(RuleBasedStateMachine):
    """A forger's letters change nothing that the owner has under way, and spend nothing."""

    def __init__(self):
        super().__init__()
        self.person = Person(address=MAILBOX)
        self.person.found[LookUp] = lambda one: StatusReport(
            registrations=(replace(VERIFIED, number=one.proven),) if one.proven else ()
        )
        self.ours, self.forged = [], []

    def owner(self, text, before=None, **answers):
        self.person.reply, done = before, len(self.person.done)
        self.person.write(text, **answers)
        self.ours.append(self.person.reply)
        for effect in self.person.done[done:]:  # by mail only what a code has just proven
            assert not isinstance(effect, ReadLooks)
            assert effect.proven if isinstance(effect, (Correct, Leave)) else True

    @rule(word=st.sampled_from(WORDS))
    def write_anew(self, word):
        self.owner(word)

    @rule(word=st.sampled_from(WORDS), data=st.data())
    def answer(self, word, data):
        if self.ours:
            self.owner(word, data.draw(st.sampled_from(self.ours)))

    @rule(name=st.sampled_from(("SITI", "ANI")), data=st.data())
    def fill(self, name, data):
        self.owner("", data.draw(st.sampled_from([None, *self.ours])), full_name=name)

    @rule(word=st.sampled_from(WORDS), name=st.sampled_from(("", "BUDI")), guess=st.booleans())
    def forge(self, word, name, guess):
        before, done = answered(self.person.session), len(self.person.done)
        turns, answers = self.person.session.turns, {"full_name": name} if name else {}
        proof = "0" * 24 if guess else ""
        self.person.say(word, Channel.EMAIL, confirms=True, answers=answers, proof=proof)
        after = answered(self.person.session)
        assert after == before
        assert self.person.session.turns == turns
        for effect in self.person.done[done:]:
            assert isinstance(effect, (LookUp, SendCode, Appeal))
            assert not (isinstance(effect, Appeal) and effect.vouched)
            assert not (isinstance(effect, LookUp) and effect.proven)
            assert not (isinstance(effect, SendCode) and effect.vouched)


TestTwoHands = TwoHands.TestCase
TestTwoHandsOnAVisit = TwoHandsOnAVisit.TestCase
