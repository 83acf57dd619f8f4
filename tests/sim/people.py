"""People with a phone: they go on, repeat themselves, hang up, and change the channel."""

import re

from msgspec.structs import replace

from core.conversation.cut_off import LATE
from core.messages import Address, AddressKind, Channel, UssdSession
from tests.chaos.scenes import NUMBER, OTHER, OTHER_NAME, OTHER_NIK
from tests.scripts import NAME, NIK, PHONE, inbound

THIRD_NIK, THIRD_NAME = "3273016508910003", "RATNA DEWI"
THIRD = Address(AddressKind.PHONE, "+6281355550003")
DIALS = ("1*1*{nik}*{name}*2", "1*1*{nik}*{name}*2", "", "3", "3", "2")
WORDS = ("1",) * 10 + ("2", "2", "3", "YA", "0", "00")  # to any other question
_CODE = re.compile(r"\b[0-9]{6}\b")


def _asked(saved):
    """Return the last key of what was said last, None if nothing is asked."""
    replies = saved.session.replies if saved is not None else ()
    if not replies or replies[-1].reply.ends or not replies[-1].reply.prompts:
        return None
    return replies[-1].reply.prompts[-1].key


class Person:
    """One person: what they say next follows from what they heard last, and from chance."""

    def __init__(self, world, name, *, address, nik, full_name):
        self.world, self.name = world, name
        self.address, self.nik, self.full_name = address, nik, full_name
        self.code = "000000"
        self.messages = self.calls = 0
        self.call = None  # (id, typed) of the USSD session that is open
        self.last = None  # the message that was said last
        self.unanswered = None  # the last one, while its answer is not heard
        self.question = _asked(world.sessions.rows.get(address.conversation))
        self.told = {}  # number by NIK, as we said it
        self.wants_out = False  # STOP was said last, and not MULAI
        self.stopped = 0  # the step at which "opted out" was heard; 0: not, or no longer

    def act(self, gateway):
        """Say the next thing to one of the gateways."""
        choices, insists = self.world.choices, self.world.theme.insists
        what = choices.byte() % 8
        if self.unanswered is not None and not insists:
            self.world.note("waits", self.name)
        elif self.unanswered is not None and what < 6:
            self.say(gateway, self.unanswered)  # the network delivers it again
        elif what == 7 and self.last is not None:
            self.say(gateway, self.last)
        else:
            self.say(gateway, self.next_message())

    def next_message(self):
        """Return what this person says next, to be said at once."""
        choices = self.world.choices
        changes = self.last is None or choices.byte() % 4 == 3
        channel = choices.one_of(self.world.theme.channels) if changes else self.last.channel
        if channel is Channel.USSD:
            return self._hop(choices)
        known = self.question is not None and choices.byte() % 8 < 7
        word = (
            self._answer(choices) if known else self._fill(choices.one_of(self.world.theme.wishes))
        )
        return self._message(channel, word)

    def _hop(self, choices):
        if self.call is None or choices.byte() % 16 == 15:
            self.calls += 1
            typed = self._fill(choices.one_of(DIALS))
            self.call = (f"{self.name}/call{self.calls}", typed)
        else:
            call, typed = self.call
            answer = self._answer(choices)
            self.call = (call, f"{typed}*{answer}" if typed else answer)
        call, typed = self.call
        return inbound(
            channel=Channel.USSD,
            address=self.address,
            message_id=f"{call}/{typed}",
            ussd=UssdSession(call, typed),
        )

    def _message(self, channel, word):
        self.messages += 1
        name = f"{self.name}/{channel}{self.messages}"
        return inbound(word, channel=channel, address=self.address, message_id=name)

    def _answer(self, choices):
        facts = {
            "ask_nik": self.nik,
            "ask_full_name": self.full_name,
            "ask_number": NUMBER,
            "ask_code": self.code,
        }
        return facts.get(self.question) or choices.one_of(WORDS)

    def _fill(self, words):
        other = OTHER_NIK if self.nik == NIK else NIK
        return words.format(nik=self.nik, name=self.full_name, other_nik=other)

    def say(self, gateway, message):
        """Send the message, or the same again, to a gateway."""
        self.last = self.unanswered = message
        if message.text in {"STOP", "MULAI"}:
            self.wants_out = message.text == "STOP"
            self.stopped = self.stopped if self.wants_out else 0
        self.world.note("says", self.name, gateway.name, message.message_id, message.text)
        gateway.spawn(self._exchange(gateway, message))

    async def _exchange(self, gateway, message):
        response = await gateway.take(message.channel, lambda at: replace(message, received_at=at))
        if gateway.dead or response is None:
            return
        if response.status != 200:
            self.world.hit("turn", "unsure")
            self.call = None
            return
        if self.unanswered is message:
            self.unanswered = None
        if response.body is not None:
            self.world.hit("turn", "answered")
            self.world.oracle.answered(self, message, response.body)
            if response.body.prompts and response.body.prompts[0].key == LATE:
                self.world.oracle.followed.promised(gateway, message)
            self.hear(response.body, message.channel)

    def hear(self, reply, channel):
        """Hear a reply, in band or by a message of ours."""
        keys = [prompt.key for prompt in reply.prompts]
        self.world.note("hears", self.name, channel, keys)
        if channel is Channel.USSD and reply.ends:
            self.call = None
        if keys:
            self.question = None if reply.ends else keys[-1]
        for prompt in reply.prompts:
            self.world.hit("heard", prompt.key)
            code = prompt.args.get("code", "")
            if _CODE.fullmatch(code):
                self.code = code
            self.world.oracle.told(self, prompt)


def make_people(world):
    """Return three people, whose phones have no history but that of the house."""
    return (
        Person(world, "siti", address=PHONE, nik=NIK, full_name=NAME),
        Person(world, "budi", address=OTHER, nik=OTHER_NIK, full_name=OTHER_NAME),
        Person(world, "ratna", address=THIRD, nik=THIRD_NIK, full_name=THIRD_NAME),
    )
