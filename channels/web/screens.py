"""What a page shows of a reply: its question, what stands above it, and how to answer."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from msgspec.structs import replace

from channels.shared.ticket_image import search_url
from channels.web.answers import FIELDS
from channels.web.controls import (
    APPEALED,
    BUTTONS,
    CLOSED,
    ERASING,
    INPUTS,
    LABELLED,
    MANAGED,
    MANAGED_CLOSED,
    MISTAKES,
    OUTCOMES,
    PERSONAL,
    SEARCHED,
    TICKS,
    Control,
)
from core.campaign import Campaign
from core.conversation.consent import SHOWN_AS
from core.conversation.handover.showing import TYPED, ways
from core.messages import Prompt, Reply
from core.wording.catalog import Wording
from core.wording.parts import Option

CODE: Final = "show_code"
_FAR: Final = re.compile(r" \([0-9<]+ km\)$")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of what is to be checked; `field` is that of the form, to change it."""

    field: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Way:
    """A link by which a phone sends a code, and its words."""

    url: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One page: `title` is its heading, `lead` the lines below it, `notes` what is said first.

    `asked` is the key of the question, "" if there is none. One of `tick`, `control`, `rows` and
    `options` answers it; `buttons` says that each option is a button of its own. `outcome` heads
    what became of a registration, with its `number`; then `title` stands below it. `code` is to be
    sent from a phone, by one of `ways`. `tickets` are the names of tickets to link to; where it
    `appeals`, a letter can be sent; where it `manages`, what is on file can be changed; where it
    `keeps`, an erasure can be stopped. Where it is `searched`, other choices are found by name,
    and `near` ones by where the phone is; `maps` are links to maps of its options, if any.
    """

    title: str
    lead: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    outcome: str = ""
    number: str = ""
    code: str = ""
    ways: tuple[Way, ...] = ()
    asked: str = ""
    control: Control | None = None
    tick: tuple[str, str] | None = None
    several: bool = False
    label: str = ""
    options: tuple[Option, ...] = ()
    values: tuple[str, ...] = ()
    buttons: bool = False
    rows: tuple[Row, ...] = ()
    tickets: tuple[str, ...] = ()
    appeals: bool = False
    manages: tuple[str, ...] = ()
    keeps: bool = False
    searched: bool = False
    near: bool = False
    maps: tuple[str, ...] = ()

    @property
    def written(self) -> bool:
        """Return True if the answer is written, whatever buttons stand below it."""
        return self.control is not None and (self.buttons or not self.options)


class Screens:
    """Makes pages of replies, in the words of one campaign."""

    def __init__(self, wording: Wording, campaign: Campaign) -> None:
        self._wording, self._campaign = wording, campaign
        self._professions = tuple(one.code for one in campaign.professions)

    def of(self, reply: Reply) -> Screen:
        """Return the page of a reply."""
        prompts, language = reply.prompts, reply.language
        last = prompts[-1] if prompts and _asks(prompts[-1]) else None
        said = prompts[:-1] if last else prompts
        mistakes = [one for one in said if one.key in MISTAKES]
        notes = [one for one in said if one.key not in MISTAKES]
        outcome = next((one for one in notes if one.key in OUTCOMES), None)
        if last is not None:
            screen = self._question(last, language)
        else:
            screen, notes = self._ending(notes, language)
        asked = last.key if last is not None else ""
        return dataclasses.replace(
            screen,
            notes=tuple(self._words(one, language) for one in notes),
            mistakes=tuple(self._mistake(one, asked, language) for one in mistakes),
            outcome=self._outcome(outcome, language) if outcome and last else "",
            number=outcome.args.get("number", "") if outcome else "",
            tickets=tuple(one.args["ticket"] for one in prompts if one.args.get("ticket")),
            appeals=any(one.key in APPEALED for one in prompts),
            keeps=any(one.key in ERASING for one in prompts),
            manages=_manages(prompts),
        )

    def change(self, reply: Reply, field: str) -> tuple[Screen, str] | None:
        """Return the question of one line of what is to be checked, and its answer; or None."""
        last = reply.prompts[-1] if reply.prompts else None
        if last is None or not _checks(last) or field not in FIELDS or field not in last.args:
            return None
        choices = tuple(f"profession:{one}" for one in self._professions)
        prompt = Prompt(f"ask_{field}", choices=choices if field == "profession" else ())
        value = last.args[field].removeprefix("@profession:")
        return self._question(prompt, reply.language), value

    def _question(self, prompt: Prompt, language: str) -> Screen:
        key, web = prompt.key, self._wording.web
        shown = replace(prompt, key=SHOWN_AS.get(key, key))
        parts = self._wording.parts(Reply((shown,), language))
        facts = self._wording.facts(prompt.args, language)
        lines = tuple(parts.body.split("\n"))
        title, lead = self._title(prompt, lines, language)
        if web.knows(f"hint:{key}"):
            lead = tuple(web.say(language, f"hint:{key}", **facts).split("\n"))
        if _checks(prompt):
            title, lead = web.say(language, "title:check"), lines[-1:]
        field = LABELLED.get(key, "")
        codes = tuple(one.rpartition(":")[2] for one in prompt.choices) if field else ()
        return Screen(
            title=title,
            lead=lead,
            asked=key,
            control=INPUTS.get(key) or (Control(field) if field else None),
            tick=TICKS.get(key),
            several=parts.asks == "several",
            searched=key in SEARCHED,
            near=parts.asks == "location",
            maps=tuple(map(_map, prompt.choices)) if key in SEARCHED else (),
            label=web.say(language, f"label:{key}") if web.knows(f"label:{key}") else "",
            options=() if key in TICKS else parts.options,
            values=codes or tuple(f"{one.id} {one.title}" for one in parts.options),
            buttons=key in BUTTONS,
            rows=self._rows(prompt, language) if _checks(prompt) else (),
            code=facts.get("code", "") if key == CODE else "",
            ways=self._ways(facts, language) if key == CODE and "code" in facts else (),
        )

    def _ways(self, facts: Mapping[str, str], language: str) -> tuple[Way, ...]:
        """Return the ways to send a code from a phone, the cheapest first."""
        facts = ways(self._campaign, facts)
        text = quote(f"{TYPED} {facts['code']}")
        urls = {
            "dial": f"tel:{quote(facts['dial'], safe='*')}",
            "sms": f"sms:{facts['sms_to']}?body={text}",
            "whatsapp": facts["whatsapp"],
        }
        say = self._wording.web.say
        return tuple(Way(url, say(language, f"way:{key}", **facts)) for key, url in urls.items())

    def _ending(self, notes: list[Prompt], language: str) -> tuple[Screen, list[Prompt]]:
        """Return the page of what was said last; its words follow from its heading."""
        if not notes:
            return Screen(title=self._wording.web.say(language, "title:nothing")), notes
        first = notes[0]
        lines = tuple(self._words(first, language).split("\n"))
        title, lead = self._title(first, lines, language)
        return Screen(title=title, lead=lead), notes[1:]

    def _title(
        self, prompt: Prompt, lines: tuple[str, ...], language: str
    ) -> tuple[str, tuple[str, ...]]:
        """Return the heading of what is said, and the lines below it.

        It is the page's title, too, which browsers keep: it never says who somebody is.
        """
        web, key = self._wording.web, f"title:{prompt.key}"
        if web.knows(key):
            return web.say(language, key, **self._wording.facts(prompt.args, language)), lines
        if PERSONAL & prompt.args.keys():
            return web.say(language, "title:personal"), lines
        return lines[0], lines[1:]

    def _outcome(self, prompt: Prompt, language: str) -> str:
        web = self._wording.web
        key = f"title:{prompt.key}" if web.knows(f"title:{prompt.key}") else "title:registered"
        return web.say(language, key)

    def _mistake(self, mistake: Prompt, asked: str, language: str) -> str:
        """Return what was wrong, in the words that this page has for it, if any."""
        web = self._wording.web
        ours = [key for key in (f"{mistake.key}:{asked}", mistake.key) if web.knows(key)]
        return web.say(language, ours[0]) if ours else self._words(mistake, language)

    def _words(self, prompt: Prompt, language: str) -> str:
        """Return what is said, in the words that pages have for it, if any."""
        key = f"said:{prompt.key}"
        if self._wording.web.knows(key):
            facts = self._wording.facts(prompt.args, language)
            return self._wording.web.say(language, key, **facts)
        return self._wording.parts(Reply((prompt,), language)).body

    def _rows(self, prompt: Prompt, language: str) -> tuple[Row, ...]:
        facts = self._wording.facts(prompt.args, language)
        labels = self._wording.phrases(language, "long")
        return tuple(
            Row(field, labels.get(f"step_{field}", field), facts[field])
            for field in FIELDS
            if field in facts
        )


def _map(choice: str) -> str:
    """Return the link to a map of a place, without how far it is."""
    place = choice.partition(":")[2].replace("\t", "")
    return search_url(_FAR.sub("", place))


def _checks(prompt: Prompt) -> bool:
    """Return True for the question whether what was filled in is right."""
    return (
        prompt.key.startswith("confirm") and "profession" in prompt.args and "nik" in prompt.args
    )


def _manages(prompts: tuple[Prompt, ...]) -> tuple[str, ...]:
    """Return what can be done with the registrations that are told of."""
    told = {one.args.get("status") for one in prompts if one.key == "status_one"}
    if told - CLOSED:
        return MANAGED
    return MANAGED_CLOSED if told else ()


def _asks(prompt: Prompt) -> bool:
    return prompt.key in INPUTS or prompt.key in TICKS or bool(prompt.choices)
