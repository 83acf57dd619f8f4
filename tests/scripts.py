"""Conversations as lists of words: a person talks to the pure engine, on any channel."""

import tomllib
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from channels.email.labels import Labels
from channels.email.letter import LetterParser
from channels.email.text_reader import TextReader
from core.appointments.requests import (
    Attend,
    Book,
    Booked,
    Cancel,
    Cancelled,
    FindDates,
    FindFacilities,
    FindSeat,
    FindTimes,
    FoundDates,
    FoundFacilities,
    FoundSeat,
    FoundTimes,
    LookUp,
    Screen,
    StatusReport,
)
from core.appointments.standby_requests import AnswerInvitation, AnswerOffer, Wait, Waiting
from core.appointments.views import Appointment, OpenSlot, Place, StatusEntry
from core.campaign import Campaign
from core.cases.requests import (
    COOLING_HOURS,
    Appeal,
    CaseOpened,
    Correct,
    Corrected,
    ErasureStopped,
    Leave,
    Left,
    Looks,
    ReadLooks,
    ReportLostPhone,
    StopErasure,
)
from core.conversation.consent import known_consents
from core.conversation.engine import Conversation
from core.conversation.keywords import Keywords
from core.conversation.session import Session
from core.handovers.requests import (
    CodeHidden,
    CodeRead,
    CodeShown,
    EndLinks,
    FormTaken,
    GiveLink,
    HideCode,
    LinkGiven,
    ReadCode,
    ShowCode,
    TakeForm,
)
from core.handovers.rules import CODE_SECONDS
from core.messages import Address, AddressKind, Channel, Inbound, UssdSession
from core.registration.intent import Outcome, OutcomeKind
from core.registration.requests import (
    AnswerNotice,
    CheckCode,
    CodeChecked,
    CodeSent,
    Opt,
    Register,
    SendCode,
)
from core.roster.requests import FindProfession, FoundProfession
from core.wording.catalog import load_wording

ROOT = Path(__file__).parent.parent
CAMPAIGN = Campaign.model_validate(tomllib.loads((ROOT / "campaign.toml").read_text()))
ONE_BY_ONE = CAMPAIGN.model_copy(
    update={
        "screening": CAMPAIGN.screening.model_copy(
            update={
                "questions": tuple(
                    one.model_copy(update={"short": {}}) for one in CAMPAIGN.screening.questions
                )
            }
        )
    }
)  # without the lines by which all questions about health are asked at once
LANGUAGES = ("id", "en")
WORDING = load_wording(None, CAMPAIGN)
TYPED, CONSENTS = WORDING.typed, known_consents(CAMPAIGN, WORDING)
KEYWORDS = Keywords(TYPED, CAMPAIGN)
LABELS = Labels(TYPED)
READER = TextReader(LABELS, KEYWORDS)
LETTERS = LetterParser(LABELS, KEYWORDS)
parse_letter = LETTERS.parse
START = datetime(2021, 1, 15, 8, 0, tzinfo=UTC)
PHONE = Address(AddressKind.PHONE, "+6281211110001")
MAILBOX = Address(AddressKind.EMAIL, "siti@klinik.example")
NIK = "3204115706960001"
NAME = "SITI AMINAH"
NUMBER = "7K3M-9QXC"
REGISTERED = Outcome(kind=OutcomeKind.REGISTERED, number=NUMBER)
BOOKABLE = REGISTERED.model_copy(update={"status": "verified", "bookable": True})
REGISTERING = (f"DAFTAR {NIK}#{NAME}#perawat", "1")

SHOWN, LINK = "12345678", "https://vaksin.example/l/AAAAAAAAAAAAAAAAAAAAAA"
CASE = "4Q7Z-M2XK"
CASE_OPENED = CaseOpened(number=CASE, by=date(2021, 1, 18))

WIB = timezone(timedelta(hours=7))
SOREANG = Place("F1", "Puskesmas Soreang", "Jl. Raya Soreang 1")
COBLONG = Place("F2", "RSUD Coblong", "Jl. Dago 3")
MORNING = OpenSlot(11, datetime(2021, 1, 20, 8, 0, tzinfo=WIB))
NOON = OpenSlot(12, datetime(2021, 1, 20, 13, 30, tzinfo=WIB))
VERIFIED = StatusEntry(number=NUMBER, full_name=NAME, status="verified")
HEALTHY = "1"  # to the questions about health, at once
TO_SEAT = ("JADWAL", HEALTHY)
TO_FACILITY = (*TO_SEAT, "3")  # from the seat that is offered to the list of places
APPOINTMENT = Appointment(place=SOREANG, start=MORNING.start, dose=1, status="booked")


def inbound(text="", *, n=0, channel=Channel.SMS, address=PHONE, at=START, **more):
    """One message; `n` tells messages apart."""
    return Inbound(
        channel=channel,
        provider=more.pop("provider", "test"),
        address=address,
        message_id=more.pop("message_id", f"m{n}"),
        received_at=at,
        text=text,
        **more,
    )


def left(*, erases):
    """Return what becomes of a wish to leave."""
    if not erases:
        return Left(verdict="withdrawn")
    return Left(verdict="erasing", receipt=CASE, due=int(START.timestamp()) + COOLING_HOURS * 3600)


class Person:
    """Sends messages and returns the keys of the prompts in the reply, which `reply` holds."""

    def __init__(
        self, *, address=PHONE, languages=LANGUAGES, campaign=CAMPAIGN, keywords=KEYWORDS
    ):
        self.conversation = Conversation(
            campaign, languages, keywords, CONSENTS, offers=WORDING.offers
        )
        self.address, self.session, self.reply = address, Session(), None
        self.now, self.messages = START, 0
        self.outcome, self.report, self.done = REGISTERED, StatusReport(), []
        self.call, self.typed = None, ""
        self.found = {  # the result of each effect, or a function from the effect to its result
            LookUp: lambda _: self.report,
            Register: lambda _: self.outcome,
            FindProfession: FoundProfession(),
            Opt: None,
            Screen: None,
            FindFacilities: FoundFacilities(places=(SOREANG, COBLONG)),
            FindSeat: FoundSeat(place=SOREANG, slot=MORNING),
            FindDates: FoundDates(dates=(date(2021, 1, 20), date(2021, 1, 21))),
            FindTimes: FoundTimes(slots=(MORNING, NOON)),
            Book: Booked(appointment=APPOINTMENT),
            Cancel: Cancelled(appointment=APPOINTMENT),
            Attend: None,
            SendCode: CodeSent(),
            CheckCode: CodeChecked(verdict="right"),
            AnswerNotice: None,
            ShowCode: lambda one: CodeShown(code=SHOWN, until=one.at + CODE_SECONDS),
            HideCode: CodeHidden(withdrawn=True),
            EndLinks: None,
            ReadCode: CodeRead(verdict="right", person="SITI A., NIK ..0001"),
            TakeForm: FormTaken(),
            GiveLink: lambda one: LinkGiven(link=LINK, until=one.at + CODE_SECONDS),
            Wait: Waiting(),
            AnswerOffer: None,
            AnswerInvitation: None,
            Correct: Corrected(verdict="changed"),
            Leave: lambda one: left(erases=one.erases),
            StopErasure: lambda one: ErasureStopped(numbers=one.numbers),
            ReadLooks: Looks(),
            ReportLostPhone: CASE_OPENED,
            Appeal: CASE_OPENED,
        }

    def wait(self, **duration):
        self.now += timedelta(**duration)

    def hear(self, message):
        self.messages += 1
        for _ in range(6):
            session, self.reply = self.conversation.advance(self.session, message)
            self.session = session
            if session.pending is None:
                break
            while self.session.pending is not None:
                done = self._do(self.session.pending)
                self.session = self.conversation.settle(self.session, done)
        return [prompt.key for prompt in self.reply.prompts]

    def say(self, text="", channel=Channel.SMS, **more):
        self.now += timedelta(seconds=10)
        return self.hear(
            inbound(
                text,
                n=self.messages,
                channel=channel,
                address=self.address,
                at=self.now,
                **more,
            )
        )

    def dial(self, typed=""):
        self.call, self.typed = f"call{self.messages}", typed
        return self._hop()

    def key(self, text):
        self.typed = f"{self.typed}*{text}" if self.typed else text
        return self._hop()

    def again(self):
        return self._hop()

    def write(self, text="", **answers):
        """Answer the last reply by letter; like a mailer, give its tokens back."""
        proof, authentic = (self.reply.proof, True) if self.reply else ("", False)
        answer = {"confirms": True, "proof": proof, "authentic": authentic, "answers": answers}
        return self.say(text, Channel.EMAIL, **answer)

    def forge(self, text="", **answers):
        """Send a forged letter: its writer reads none of our replies, and has no token."""
        return self.say(text, Channel.EMAIL, confirms=True, answers=answers)

    def _hop(self):
        return self.say(
            channel=Channel.USSD,
            message_id=f"{self.call}/{self.typed}",
            ussd=UssdSession(self.call, self.typed),
        )

    def _do(self, effect):
        self.done.append(effect)
        found = self.found[type(effect)]
        return found(effect) if callable(found) else found


def play(person, *words):
    """Say each of `words`; return the keys of the last reply."""
    heard = []
    for word in words:
        heard = person.say(word)
    return heard
