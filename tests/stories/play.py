"""Plays a scene: each step is one sentence, and what comes of it is kept and counted."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from core.wording.gsm7 import segments
from tests.scripts import WIB
from tests.stories.doors import Doors, Words, typed
from tests.stories.world import PEOPLE, World

TURNS_MAX = 40  # of one "goes on until"
_FIRST_CHOICE = (
    "ask_facility",
    "ask_date",
    "ask_time",
    "ask_slot",
    "offered_seat",
    "offered_booking",
)
# What a person answers who goes on: the first row whose pattern is the question's key.
_ANSWERS = (
    ("menu", "[Daftar]"),
    ("ask_consent", "[Setuju]"),
    ("ask_nik", "{nik}"),
    ("ask_full_name", "{name}"),
    ("ask_profession", "[{profession}]"),
    ("ask_screening", "[Tidak]"),
    ("ask_health", "1"),
    *((key, "1") for key in _FIRST_CHOICE),
    ("confirm*", "[Ya]"),
)
_CODE = re.compile(r"\b\d{6}\b")
_NUMBER = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")


@dataclass
class Entry:
    """One thing that happened: who did or heard it, and the words."""

    at: datetime
    who: str
    said: Words | str
    about: str = ""  # how it was said: dials, sms


@dataclass
class Standing:
    """Where a person is: the call, what was typed in it, and our last reply."""

    door: str
    call: str = ""
    typed: list[str] = field(default_factory=list)
    reply: object = None
    taps: tuple[str, ...] = ()


class Play:
    """One scene in one language."""

    def __init__(self, scene, language):
        self.scene, self.world = scene, World(language)
        self.doors, self.entries, self.counts = Doors(self.world), [], Counter()
        self.lines = {}  # whose phone somebody uses who does not use their own
        self.people = defaultdict(lambda: Standing(scene.door))  # by whose phone it is
        self.heard = []  # the keys of what was said since a person spoke last

    async def run(self):
        """Play every step; an AssertionError names the step."""
        for step in self.scene.steps:
            try:
                await self._step(step)
                await self.deliver()
            except AssertionError as error:
                raise AssertionError(f"{step!r}: {error}") from error
        return self

    async def _step(self, step):
        for sentence, act in SENTENCES:
            if found := re.fullmatch(sentence, step, re.DOTALL):
                return await act(self, *found.groups())
        raise AssertionError("no such sentence")

    # What people do.

    async def dials(self, who, digits=""):
        """Begin a USSD call."""
        person, self.heard = self.standing(who), []
        self.counts["calls"] += 1
        person.door, person.call = "ussd", f"ATUid_{self.counts['calls']}"
        person.typed = [digits] if digits else []
        await self._hop(who, f"*119{'*' * bool(digits)}{digits or ''}#")

    async def says(self, who, door, words):
        """Press, send or write the words on the door."""
        person = self.standing(who)
        person.door = (door or person.door).lower()
        said = self.filled(who, words)
        self.counts["inputs"] += 1
        self.world.now += timedelta(seconds=20)
        self.heard = []
        await getattr(self, f"_by_{person.door}")(who, said)

    async def goes_on(self, who, until):
        """Answer whatever is asked until a reply has this key."""
        for _ in range(TURNS_MAX):
            if not set(until.split(" or ")).isdisjoint(self.heard):
                return
            keys = [prompt.key for prompt in self.standing(who).reply.prompts]
            answer = next(
                (said for pattern, said in _ANSWERS for key in keys if fnmatchcase(key, pattern)),
                None,
            )
            assert answer, f"{who} has no answer to {keys}"
            await self.says(who, "", answer)
            await self.deliver()
        raise AssertionError("it goes on for ever")

    async def hangs_up(self, who):
        """End the call as the network does, which may tell us nothing of it."""
        self.standing(who).call = ""
        self.note("", f"{who} is cut off")

    def filled(self, who, words):
        """Return the words with facts in their places, `[label]` as its number."""
        person, standing = PEOPLE[who], self.standing(who)
        facts = {"nik": person.nik, "name": person.name, "profession": person.profession}
        if not words.startswith("["):  # not the name of a choice, which is said in Indonesian
            facts["profession"] = self.world.label(f"profession:{person.profession.lower()}")
        facts |= {"phone": person.phone, "code": self.found(_CODE), "number": self.found(_NUMBER)}
        words = re.sub(r"\{(\w+)\}", lambda one: self.fact(facts, one[1]), words)
        labels = re.fullmatch(r"\[(.+)\]", words)
        return str(self.choice(standing.reply, labels[1])) if labels else words

    def fact(self, facts, name):
        """Return a fact, or a command in the language of the scene."""
        return facts[name] if name in facts else self.world.command(name)

    def found(self, pattern):
        """Return what the last of our words that have it say."""
        said = (one.said.text for one in reversed(self.entries) if isinstance(one.said, Words))
        return next((found[-1] for text in said if (found := pattern.findall(text))), "")

    def choice(self, reply, label):
        """Return the number of the choice that is so called in Indonesian."""
        for prompt in reversed(reply.prompts):
            labels = [self.world.indonesian(key) for key in prompt.choices]
            if label in labels:
                return labels.index(label) + 1
        raise AssertionError(f"no choice {label!r} in {[one.key for one in reply.prompts]}")

    async def _by_ussd(self, who, said):
        person = self.standing(who)
        assert person.call, f"{who} has dialled nothing"
        person.typed.append(said)
        await self._hop(who, said)

    async def _hop(self, who, said):
        person, phone = self.standing(who), self.phone(who)
        self.note(who, said)
        reply, screen = await self.doors.hop(phone, person.call, "*".join(person.typed))
        self.hears(who, reply, screen)
        person.call = "" if screen.ends else person.call

    async def _by_sms(self, who, said):
        self.note(who, said)
        reply, answers = await self.doors.text(self.phone(who), said)
        self.standing(who).reply = reply
        for answer in answers:
            self.hears(who, reply, answer)

    async def _by_whatsapp(self, who, said):
        person = self.standing(who)
        offered = person.taps and said.isdecimal() and int(said) <= len(person.taps)
        self.counts["taps"] += bool(offered)
        self.note(who, f"[{person.taps[int(said) - 1]}]" if offered else said)
        await self.doors.chat(self.phone(who), typed(said))

    def phone(self, who):
        """Return the number of the phone that somebody uses."""
        return PEOPLE[self.lines.get(who, who)].phone

    def standing(self, who):
        """Return where the phone stands that somebody uses."""
        return self.people[self.lines.get(who, who)]

    async def borrows(self, who, owner):
        """Let somebody use another's phone."""
        self.lines[who] = owner
        self.note("", f"{who} uses {owner}'s phone")

    # What they hear.

    def note(self, who, said, about=""):
        self.entries.append(Entry(self.world.now, who, said, about))

    def hears(self, who, reply, words):
        """Keep and count what somebody is told."""
        self.standing(who).reply = reply
        self.standing(who).taps = tuple(words.taps)
        self.heard += [prompt.key for prompt in reply.prompts]
        self.counts[f"{words.kind}s"] += 1
        if words.kind == "sms":
            self.counts["segments"] += segments(words.text)
        self.note(who, words)

    async def deliver(self):
        """Deliver what is due."""
        claimed = await self.world.outbox.claim(now=self.world.now, lease_seconds=60, limit=100)
        for one in claimed:
            message = one.message
            who = next(
                name
                for name, person in PEOPLE.items()
                if message.address.value in (person.phone, person.mail)
            )
            words = self.doors.delivered(message)
            at = {"provider": message.provider or "twilio", "provider_id": one.id}
            await self.world.outbox.sent(one.id, at=self.world.now, **at)
            before = self.standing(who).reply
            self.hears(who, message.reply, words)
            if not message.answers_request and not any(p.choices for p in message.reply.prompts):
                self.standing(who).reply = before

    async def passes(self, until):
        """Let time pass; deliver what falls due meanwhile."""
        while (due := self.world.next_due()) and due <= until:
            self.world.now = max(due, self.world.now)
            await self.deliver()
        self.world.now = until


STATUS = """
    SELECT COALESCE(
        (
            SELECT appointments.status
            FROM appointments
            WHERE appointments.record_id = records.id
                AND appointments.status NOT IN ('changed', 'cancelled')
            ORDER BY appointments.id DESC
            LIMIT 1
        ),
        records.status
    )
    FROM records
    WHERE records.nik = :nik
"""


async def later(play, count, unit):
    """Let so many minutes, hours or days pass."""
    await play.passes(play.world.now + timedelta(**{f"{unit.rstrip('s')}s": int(count)}))
    play.note("", f"{count} {unit} later")


async def on_day(play, day, hour):
    """Let time pass until then, in western Indonesia."""
    at = datetime.strptime(f"{day} {hour}", "%d %B %Y %H:%M").replace(tzinfo=WIB)
    await play.passes(at)
    play.note("", f"{day}, {hour}")


async def we_say(play, keys):
    """What was said since the last step of a person has these keys, in this order."""
    wanted = re.split(r", ", keys)
    heard = iter(play.heard)
    assert all(key in heard for key in wanted), f"we said {play.heard}"


async def is_so(play, who, facts):
    """Their appointment has this status; without one their record; `not registered` has none."""
    found = play.world.rows(STATUS, nik=PEOPLE[who].nik)
    so = found[0][0] if found else "not registered"
    assert so == facts, f"{who} is {so}"


SENTENCES = (
    (r"(\w+) dials(?: (\S+))?", Play.dials),
    (r"(\w+)(?: by (USSD|SMS|WhatsApp|email))?: (.+)", Play.says),
    (r"(\w+) goes on until (.+)", Play.goes_on),
    (r"(\w+) uses (\w+)'s phone", Play.borrows),
    (r"(\w+) hangs up", Play.hangs_up),
    (r"(\d+) (minutes?|hours?|days?) later", later),
    (r"on (\d+ \w+ \d{4}) at (\d\d:\d\d)", on_day),
    (r"we say (.+)", we_say),
    (r"(\w+) is (.+)", is_so),
)
