"""The world of a story: the real engine on SQL in memory, clinics with seats, and the time."""

import random
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache, partial
from pathlib import Path

from channels.email.labels import Labels
from channels.email.letter import LetterParser
from channels.email.vouching import MailTrust
from core.appointments.facility import Facility
from core.appointments.proposals import proposing
from core.appointments.schedule import Offer, open_slots, put_facility
from core.conversation.consent import known_consents
from core.conversation.engine import Conversation
from core.conversation.keywords import COMMANDS, FIELDS, Keywords
from core.conversation.register.listed import ListReader
from core.database.in_memory import InMemoryDatabase
from core.database.statements import Statement, iso_utc
from core.outbox.store import SqlOutbox
from core.registration.terms import Terms
from core.roster.invitations import draft_invitation, invite
from core.roster.lookup import request_rechecks
from core.turns.memory_sessions import MemorySessions
from core.turns.perform import EffectRunner
from core.turns.pipeline import Pipeline
from gateway.imports.headings import Headings
from gateway.intake.intake import TURN_SECONDS, Intake
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from tests.fixtures.desk import read_wording
from tests.scripts import CAMPAIGN, WIB

CAST = tomllib.loads((Path(__file__).parent / "cast.toml").read_text(encoding="utf-8"))
START = datetime(2021, 1, 15, 8, 0, tzinfo=UTC)  # 15:00 in WIB, a Friday
LANGUAGES = ("id", "en", "jv")
TYPED = ("yes", "no", *(f"command_{one}" for one in COMMANDS), *(f"label:{one}" for one in FIELDS))
URL = "https://pintu.example"
SECRET = b"a secret of thirty-two characters"
METRICS, DEADLINE = Metrics(), Deadline(TURN_SECONDS)

LIST = Statement("""
    INSERT INTO roster (campaign, nik, full_name, profession, facility_code, demo)
    VALUES (:campaign, :nik, :full_name, :profession, 'SOREANG', 0)
    ON CONFLICT DO NOTHING
""")
_PHONE = Statement("UPDATE roster SET phone = :phone WHERE nik = :nik")
_CLOSE_OTHERS = Statement("""
    DELETE FROM slots
    WHERE dose = 1 AND NOT (facility_code = :facility AND start = :start)
""")
_ONE_SEAT = Statement("""
    UPDATE slots
    SET capacity = 1
    WHERE dose = 1 AND facility_code = :facility AND start = :start
""")
_DUE = Statement("SELECT min(due_at) FROM outbox WHERE status = 'queued'")


@dataclass(frozen=True)
class Person:
    """Somebody of the cast."""

    name: str
    nik: str
    phone: str
    mail: str
    profession: str
    listed: bool


PEOPLE = {name: Person(**facts) for name, facts in CAST["people"].items()}


class Spoken:
    """What depends on the language alone."""

    def __init__(self, language):
        others = tuple(one for one in ("id", "en") if one != language)[:1]
        offered = {"language": language, "languages": (language, *others)}
        self.campaign = CAMPAIGN.model_copy(update=offered)
        self.wording = read_wording(self.campaign.model_dump_json())
        self.keywords = Keywords(self.wording.typed, self.campaign)
        self.own = self.wording.phrases(language, "short")
        self.indonesian = self.wording.phrases("id", "short")
        consents = known_consents(self.campaign, self.wording)
        given = (self.campaign, self.wording.languages, self.keywords, consents)
        self.conversation = Conversation(*given, offers=self.wording.offers)
        self.reader, self.headings = ListReader(*given), Headings(self.wording.typed)
        trust = MailTrust("", SECRET)
        self.letters = LetterParser(Labels(self.wording.typed), self.keywords, trust)


spoken = cache(Spoken)


class World:
    """All that there is, in one language; `now` is the time."""

    def __init__(self, language):
        self.language, self.now, self.spoken = language, START, spoken(language)
        self.campaign, self.wording = self.spoken.campaign, self.spoken.wording
        self.database = furnished().copy()
        self.sessions, self.outbox = MemorySessions(), SqlOutbox(self.database)
        campaign = self.campaign
        terms = Terms(campaign.limits, campaign.doses, places=campaign.places, public_url=URL)
        draw = random.Random(7).randrange
        self.effects = EffectRunner(database=self.database, terms=terms, draw_below=draw)
        self.intake = Intake(
            pipeline=Pipeline(self.sessions, self.effects, self.spoken.conversation),
            sessions=self.sessions,
            database=self.database,
            outbox=self.outbox,
            metrics=METRICS,
            deadline=DEADLINE,
            nudge=lambda: None,
            clock=lambda: self.now,
        )

    def label(self, key):
        """Return the words of a key in the language of this world."""
        return self.spoken.own[key]

    def indonesian(self, key):
        """Return a choice as it is called in Indonesian; data has no name of its own."""
        return self.spoken.indonesian.get(key, key)

    def command(self, word):
        """Return in the language of this world what is typed for an Indonesian word.

        It is written as the word is: in capitals, or as a label.
        """
        known = self.wording.typed.by_language
        key = next(one for one in TYPED if word.lower() in known(one)["id"])
        if self.language == "id" or not known(key)[self.language]:
            return word
        first = known(key)[self.language][0]
        return first.upper() if word.isupper() else first.capitalize()

    def rows(self, statement, **values):
        """Return what a statement finds."""
        return self.database.run(lambda on: on.all(Statement(statement), **values))

    async def claim(self):
        """Lease the messages that are due."""
        return await self.outbox.claim(now=self.now, lease_seconds=60, limit=100)

    def next_due(self):
        """Return when the next message is due, or None."""
        [(due,)] = self.database.run(lambda on: on.all(_DUE))
        return datetime.fromisoformat(due) if due else None

    async def invite(self, person):
        """Write to a person of the list, whose phone it has from now on."""
        self.database.run(lambda on: on.run(_PHONE, nik=person.nik, phone=person.phone))
        plain = draft_invitation(self.campaign, self.wording)
        draft = proposing(plain, asks_registry=False)
        async for _ in invite(self.database, draft, lambda: self.now, limit=None):
            pass

    def leave_one_seat(self, facility, start):
        """Leave one seat of the first dose in all the land."""
        kept = {"facility": facility, "start": iso_utc(start)}
        self.database.run(lambda on: on.run(_CLOSE_OTHERS, **kept))
        self.database.run(lambda on: on.run(_ONE_SEAT, **kept))


def list_person(world, person):
    """Put somebody on the ministry's list, as the end of an import does."""

    def write(connection):
        add_to_list(connection, person=person)
        request_rechecks(connection, world.campaign.id, now=world.now)

    world.database.run(write)


@cache
def furnished():
    """Return a database with the clinics, their seats, and the ministry's list."""
    database = InMemoryDatabase()
    for person in PEOPLE.values():
        if person.listed:
            database.run(partial(add_to_list, person=person))
    for code, facts in CAST["places"].items():
        place = {**facts, "code": code, "regency_code": facts["regency"]}
        del place["regency"]
        database.run(partial(put_facility, facility=Facility(**place)))
        for dose in (1, 2):
            offer = Offer(CAMPAIGN.id, code, dose, CAST["seats"]["each"])
            database.run(partial(open_slots, offer=offer, starts=list(starts())))
    return database


def add_to_list(connection, *, person):
    """Put somebody on the ministry's list."""
    profession = person.profession.lower()
    row = {"nik": person.nik, "full_name": person.name, "profession": profession}
    connection.run(LIST, campaign=CAMPAIGN.id, **row)


def starts():
    """Yield when the seats are, but for Sundays."""
    seats = CAST["seats"]
    for ahead in range(seats["days"]):
        day = seats["first"] + timedelta(days=ahead)
        if day.isoweekday() <= 6:
            for at in seats["times"]:
                yield datetime.combine(day, time.fromisoformat(at), WIB).astimezone(UTC)
