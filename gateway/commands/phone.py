"""A USSD handset in the terminal, on stores in memory and without a network."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from core.campaign import Campaign
from core.conversation.engine import Conversation
from core.conversation.keywords import Keywords
from core.database.in_memory import InMemoryDatabase
from core.messages import Address, AddressKind, Channel, Inbound, Reply, UssdSession
from core.registration.terms import Terms
from core.turns.memory_sessions import MemorySessions
from core.turns.perform import EffectRunner
from core.turns.pipeline import Pipeline
from core.wording.catalog import Wording, load_wording
from core.wording.gsm7 import SEGMENT_SEPTETS
from gateway import demo
from gateway.runtime.clock import utc_now

WIDTH = 40
HELP = "type an answer and Enter; Ctrl-D hangs up"
IDLE = "Enter dials {code}, q and Enter leaves: "


@dataclass(slots=True)
class Handset:
    """A phone and its network; `calls` holds what was typed and answered in each call."""

    pipeline: Pipeline
    wording: Wording
    address: Address
    clock: Callable[[], datetime]
    session: str = ""
    typed: str = ""
    calls: list[list[tuple[str, Reply]]] = field(default_factory=list)

    async def dial(self) -> Reply:
        """Begin a USSD session."""
        self.session, self.typed = secrets.token_hex(8), ""
        self.calls.append([])
        return await self._hop("")

    async def press(self, text: str) -> Reply:
        """Answer the screen."""
        self.typed = f"{self.typed}*{text}" if self.typed else text
        return await self._hop(text)

    async def _hop(self, text: str) -> Reply:
        inbound = Inbound(
            channel=Channel.USSD,
            provider="handset",
            address=self.address,
            message_id=f"{self.session}/{self.typed}",
            received_at=self.clock(),
            ussd=UssdSession(self.session, self.typed),
        )
        reply = await self.pipeline.handle(inbound)
        self.calls[-1].append((text, reply))
        return reply

    def screen(self, reply: Reply) -> str:
        """Return the text that the phone shows."""
        return self.wording.page(reply, septets_max=SEGMENT_SEPTETS)


def make_handset(campaign: Campaign, number: str) -> Handset:
    """Return a handset on stores in memory, with the demo rows."""
    wording = load_wording(None, campaign)
    conversation = Conversation(campaign, wording.languages, Keywords(wording.typed, campaign))
    return Handset(
        Pipeline(MemorySessions(), _demo(campaign, utc_now()), conversation),
        wording,
        Address(AddressKind.PHONE, number),
        utc_now,
    )


def _demo(campaign: Campaign, now: datetime) -> EffectRunner:
    database = InMemoryDatabase()
    database.run(partial(demo.add_all, campaign=campaign.id, now=now))
    home = frozenset({campaign.country})
    terms = Terms(
        campaign.limits,
        campaign.doses,
        home,
        places=campaign.places,
        screening=campaign.screening,
    )
    return EffectRunner(database=database, terms=terms, draw_below=secrets.randbelow)


def play(
    campaign: Campaign,
    number: str,
    *,
    repro: bool,
    ask: Callable[[str], str] = input,
    say: Callable[[str], None] = print,
) -> None:
    """Let the person at the terminal use the handset, until `q`."""
    handset = make_handset(campaign, number)
    say(f"a handset with the number {number}; {HELP}")
    with suppress(EOFError), asyncio.Runner() as runner:
        while ask(IDLE.format(code=campaign.service_code)).strip().lower() != "q":
            with suppress(EOFError):
                _call(handset, runner, ask, say)
            say("(hung up)")
    if repro:
        say(test_for(handset))


def _call(
    handset: Handset, runner: asyncio.Runner, ask: Callable[[str], str], say: Callable[[str], None]
) -> None:
    reply = runner.run(handset.dial())
    say(draw(handset.screen(reply)))
    while not reply.ends:
        reply = runner.run(handset.press(ask("> ").strip()))
        say(draw(handset.screen(reply)))


def draw(text: str) -> str:
    """Return the screen in a frame, with its length in characters below."""
    starts = ((whole, range(0, len(whole) or 1, WIDTH)) for whole in text.split("\n"))
    lines = [whole[start : start + WIDTH] for whole, places in starts for start in places]
    edge = "-" * (WIDTH + 2)
    body = [f"| {line:<{WIDTH}} |" for line in lines]
    return "\n".join([f".{edge}.", *body, f"'{edge}' {len(text)}/{SEGMENT_SEPTETS}"])


def test_for(handset: Handset) -> str:
    """Return a test that types the same words and expects the same prompts."""
    lines = ["from tests.scripts import Person", "", "", "def test_what_was_typed():"]
    lines.append("    person = Person()")
    for call in handset.calls:
        for number, (text, reply) in enumerate(call):
            act = "person.dial()" if number == 0 else f"person.key({text!r})"
            keys = [prompt.key for prompt in reply.prompts]
            lines.append(f"    assert {act} == {keys!r}".replace("'", '"'))
    return "\n".join(lines)
