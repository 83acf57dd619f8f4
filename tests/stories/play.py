"""Plays a scene: what people do, what they hear of it, and how much of each there was."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from core.wording.gsm7 import segments
from gateway.simulator.sentences import IN_MENU
from tests.stories import on_web
from tests.stories.answers import answer_to
from tests.stories.background import Background, Officials
from tests.stories.doors import Doors, Words, tapped, title, typed
from tests.stories.world import PEOPLE, World

TURNS_MAX = 40  # of one "goes on until"
_NUMBER = "SELECT number FROM records WHERE nik = :nik"
_CODE = re.compile(r"\b\d{6}\b")


@dataclass
class Entry:
    """One thing that happened: who did or heard it, and the words."""

    at: datetime
    who: str
    said: Words | str
    walked: bool = False  # among what a person answers who goes on, but for the last of it


@dataclass
class Standing:
    """Where a phone or mailbox is: the call, what was typed in it, our last reply and its taps."""

    who: str
    door: str
    call: str = ""
    typed: list[str] = field(default_factory=list)
    reply: object = None
    taps: tuple[dict, ...] = ()
    letter: bytes = b""  # our last one


class Play:
    """One scene in one language."""

    def __init__(self, scene, language):
        self.scene, self.world = scene, World(language)
        self.doors, self.officials = Doors(self.world), Officials(self.world)
        self.background = Background(self.world)
        self.entries, self.counts = [], Counter()
        self.phones = {name: person.phone for name, person in PEOPLE.items()}
        self.standings, self.browsers = {}, {}
        self.heard = []  # the keys of what was said since a person spoke last

    # What people do.

    def standing(self, who):
        """Return where the phone stands that somebody uses."""
        standing = self.standings.setdefault(self.phones[who], Standing(who, self.scene.door))
        standing.who = who
        return standing

    async def dials(self, who, digits=""):
        """Begin a USSD call."""
        digits = self.filled(who, digits or "")
        person, self.heard = self.standing(who), []
        self.counts["calls"] += 1
        person.door, person.call = "ussd", f"ATUid_{self.counts['calls']}"
        person.typed = [digits] if digits else []
        await self._hop(who, f"*119{'*' * bool(digits)}{digits}#")

    async def hangs_up(self, who):
        """End the call as the network does, which may tell us nothing of it."""
        self.standing(who).call = ""
        self.note("", f"{who} is cut off")

    async def drops(self, who, words):
        """Press the words; the call drops before the screen that answers them."""
        person, said = self.standing(who), self.filled(who, words)
        self.counts["inputs"] += 1
        self.note(who, said)
        person.typed.append(said)
        await self.doors.hop(self.phones[who], person.call, "*".join(person.typed))
        await self.doors.drop(self.phones[who], person.call)
        await self.hangs_up(who)

    async def borrows(self, who, owner):
        """Let somebody use another's phone."""
        self.phones[who] = PEOPLE[owner].phone
        self.note("", f"{who} uses {owner}'s phone")

    async def changes_number(self, who):
        """Let somebody have a phone that nobody knows."""
        self.phones[who] = f"+62899{len(self.entries):08d}"
        self.note("", f"{who} has a new number")

    async def says(self, who, door, words):
        """Press, send or write the words on the door."""
        person = self.standing(who)
        person.door = (door or person.door).lower()
        said = self.filled(who, words)
        self.counts["inputs"] += 1
        self.world.now += timedelta(seconds=20)
        self.heard = []
        await getattr(self, f"_by_{person.door}")(who, said)

    async def asks_for(self, who, word):
        """Dial, and choose the word in the menu or type it; or send it."""
        in_menu = ""
        if self.standing(who).door == "ussd":
            await self.dials(who)
            in_menu = IN_MENU.get(word, "")
        await self.says(who, "", in_menu or f"{{{word}}}")

    async def registers(self, who):
        """Register: question by question in a call, else in one line."""
        if self.standing(who).door == "ussd":
            await self.dials(who)
        else:
            await self.says(who, "", "{DAFTAR} {nik}#{name}#{profession}")
            await self.deliver()
        await self.goes_on(who, "registered*")

    async def goes_on(self, who, until):
        """Answer whatever is asked until we have said one of these."""
        begun = len(self.entries)
        for _ in range(TURNS_MAX):
            if any(fnmatchcase(key, one) for key in self.heard for one in until.split(" or ")):
                return self._walked(begun)
            keys = [prompt.key for prompt in self.standing(who).reply.prompts]
            answer = answer_to(keys)
            assert answer, f"{who} has no answer to {keys}"
            await self.says(who, "", answer)
            await self.deliver()
        raise AssertionError("it goes on for ever")

    def _walked(self, begun):
        """Mark what was gone through since then, but for the last input and what came of it."""
        walked = self.entries[begun:]
        inputs = [number for number, one in enumerate(walked) if isinstance(one.said, str)]
        for one in walked[: inputs[-1] if inputs else 0]:
            one.walked = True

    def filled(self, who, words):
        """Return the words with facts in their places, `[label]` as its number."""
        person = PEOPLE[who]
        facts = {**vars(person), "code": self.found(_CODE), "number": self.number_of(who)}
        facts["shown"] = on_web.shown_code(self.standing(who).reply)
        facts["nik_dotted"] = ".".join(person.nik[at : at + 4] for at in range(0, 16, 4))
        facts["nik_swapped"] = person.nik[:14] + person.nik[:13:-1]
        if not words.startswith("["):  # not the name of a choice, which is said in Indonesian
            facts["profession"] = self.world.label(f"profession:{person.profession.lower()}")

        def fact(one):
            return facts[one[1]] if one[1] in facts else self.world.command(one[1])

        words = re.sub(r"\{([^}]+)\}", fact, words)
        label = re.fullmatch(r"\[(.+)\]", words)
        return str(self.choice(self.standing(who).reply, label[1])) if label else words

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
        person = self.standing(who)
        self.note(who, said)
        typed_so_far = "*".join(person.typed)
        reply, screen = await self.doors.hop(self.phones[who], person.call, typed_so_far)
        self.hears(person, reply, screen)
        person.call = "" if screen.ends else person.call

    async def _by_sms(self, who, said):
        person = self.standing(who)
        self.note(who, said)
        reply, answers = await self.doors.text(self.phones[who], said)
        for answer in answers:
            self.hears(person, reply, answer)

    async def _by_whatsapp(self, who, said):
        taps = self.standing(who).taps
        if not (said.isdecimal() and 0 < int(said) <= len(taps)):
            self.note(who, said)
            await self.doors.chat(self.phones[who], typed(said))
            return
        tap = taps[int(said) - 1]
        self.counts["taps"] += 1
        self.note(who, f"[{title(tap)}]")
        await self.doors.chat(self.phones[who], tapped(tap))

    async def _by_email(self, who, said):
        mailbox = self.mailbox(who)
        self.note(who, said)
        await self.doors.write(PEOPLE[who], said, answers=mailbox.letter)
        await self.background.round()

    async def _by_web(self, who, said):
        await on_web.says(self, who, said)

    def mailbox(self, who):
        """Return where somebody's mailbox stands."""
        return self.standings.setdefault(PEOPLE[who].mail, Standing(who, "email"))

    # What they hear.

    def note(self, who, said):
        """Keep what somebody did, or what happened."""
        self.entries.append(Entry(self.world.now, who, said))

    def hears(self, standing, reply, words, *, asks=True):
        """Keep and count what somebody is told; what they answer next it `asks`, or not."""
        if asks:
            standing.reply, standing.taps = reply, tuple(words.taps)
        self.heard += [prompt.key for prompt in reply.prompts]
        self.counts[f"{words.kind}s"] += 1
        if words.kind == "sms":
            self.counts["segments"] += segments(words.text)
        self.note(standing.who, words)

    async def settle(self):
        """Do the work that there is now, and deliver what is due."""
        await self.background.round()
        await self.deliver()

    async def deliver(self):
        """Deliver what is due, and what that lets go."""
        while due := await self.world.claim():
            for one in due:
                await self._deliver(one)

    async def _deliver(self, claimed):
        message = claimed.message
        where = message.address.value
        owner = next((name for name, one in PEOPLE.items() if where in (one.phone, one.mail)), "")
        standing = self.standings.setdefault(where, Standing(owner, self.scene.door))
        words, raw = self.doors.delivered(message)
        given = {"provider": message.provider or "twilio", "provider_id": claimed.id}
        await self.world.outbox.sent(claimed.id, at=self.world.now, **given)
        standing.letter = raw or standing.letter
        asks = message.answers_request or any(one.choices for one in message.reply.prompts)
        self.hears(standing, message.reply, words, asks=asks)

    async def passes(self, until):
        """Let time pass; deliver what falls due meanwhile."""
        while (due := self.world.next_due()) and due <= until:
            self.world.now = max(due, self.world.now)
            await self.settle()
        self.world.now = until

    def number_of(self, who):
        """Return somebody's registration number; "" without one."""
        found = self.world.rows(_NUMBER, nik=PEOPLE[who].nik)
        return found[0][0] if found else ""
