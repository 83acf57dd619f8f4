"""Write docs/transcripts.md, what the stories come to: `python -m tests.stories.page`."""

import asyncio
from datetime import timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from textwrap import fill

from tests.scripts import WIB
from tests.stories.doors import title
from tests.stories.play import Play
from tests.stories.steps import run
from tests.stories.story import COUNTED, stories
from tests.stories.world import LANGUAGES as ALL
from tests.stories.world import START

PAGE = Path(__file__).parents[2] / "docs" / "transcripts.md"
NAMES = {"ussd": "USSD", "sms": "SMS", "whatsapp": "WhatsApp", "email": "Email", "web": "Web"}
LANGUAGES = {"id": "Indonesian", "en": "English", "jv": "Javanese"}
INDENT, WIDTH = " " * 6, 120
DOORS = {"screen": "ussd", "sms": "sms", "bubble": "whatsapp", "letter": "email", "page": "web"}
MARK = "<!-- the rest is written by make transcripts -->\n"


@cache
def played(scene, language):
    """Return the scene of a story, played once in this language."""
    name, number = scene
    story = next(one for one in stories() if one.name == name)
    return asyncio.run(run(Play(story.scenes[number], language)))


def cell(count, budget):
    """Return a count as it stands in the table, with a budget that is larger."""
    return f"{count or ''}" + (f" ({budget})" if budget != count else "")


def table():
    """Return the table of taps: a row for each scene, in Indonesian."""
    yield f"| story | door | {' | '.join(COUNTED)} |"
    yield "|---|---|" + "--:|" * len(COUNTED)
    for story in stories():
        for number, scene in enumerate(story.scenes):
            play = played((story.name, number), "id")
            cells = [cell(play.counts[one], scene.budget.get(one, 0)) for one in COUNTED]
            door = f"{NAMES[scene.door]}{scene.title and f': {scene.title}'}"
            yield f"| {story.title} | {door} | {' | '.join(cells)} |"


def transcript(play, *, in_full):
    """Return the lines of a scene."""
    last, speaker, door = START - timedelta(days=1), "", play.scene.door
    for passed, group in groupby(play.entries, lambda one: one.walked and not in_full):
        entries = list(group)
        if passed:
            count = sum(isinstance(one.said, str) for one in entries)
            last, speaker = entries[-1].at, entries[-1].who
            yield f"{INDENT}: {count} answer{'s' * (count > 1)} as asked"
            continue
        for entry in entries:
            at, before = entry.at.astimezone(WIB), last.astimezone(WIB)
            if at.date() != before.date():
                yield f"{at:%a} {at.day} {at:%b %Y}"
            if isinstance(entry.said, str):
                speaker = entry.who
                yield from theirs(entry, f"{at:%H:%M} ")
            else:
                margin = INDENT if at == before else f"{at:%H:%M} "
                yield from ours(entry, margin, door, "" if entry.who == speaker else entry.who)
            last = entry.at


def theirs(entry, margin):
    """Return the lines of what somebody does, or of what happens."""
    first, *rest = entry.said.split("\n")
    yield margin + (f"{entry.who}: {first}" if entry.who else f"... {first}")
    yield from (f"{INDENT}{line}" for line in rest)


def ours(entry, margin, door, other):
    """Return the lines of what we say, and behind them its size; `other` hears it, if any."""
    words = entry.said
    size = words.size or ("" if DOORS[words.kind] == door else NAMES[DOORS[words.kind]])
    notes = [other and f"to {other}", size, "the call ends" * words.ends]
    about = ", ".join(filter(None, notes))
    taps = [" ".join(f"[{title(tap)}]" for tap in words.taps)] if words.taps else []
    first, *rest = [*words.text.split("\n"), *taps]
    lines = [f"{margin}| {first}".rstrip(), *(f"{INDENT}| {line}".rstrip() for line in rest)]
    lines[-1] += f"   ({about})" if about else ""
    yield from lines


def body():
    """Return the stories, each scene in each language that its file names."""
    for story in stories():
        yield f"\n## {story.title}\n\n{fill(story.about, WIDTH)}\n"
        for number, scene in enumerate(story.scenes):
            for language in story.shown if scene.first or story.in_full else ():
                named = f" ({LANGUAGES[language]})" if language != "id" else ""
                heading = f"{NAMES[scene.door]}{scene.title and f': {scene.title}'}{named}"
                play = played((story.name, number), language)
                lines = transcript(play, in_full=story.in_full)
                yield f"### {heading}\n\n```text\n" + "\n".join(lines) + "\n```\n"


def page():
    """Return the page as it should be; its head is written by hand."""
    head = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    return head + MARK + "\n" + "\n".join([*table(), *body()])


def most(scene, story):
    """Return the most of each count, over all languages."""
    plays = [played((story.name, story.scenes.index(scene)), language) for language in ALL]
    every = {name: max(play.counts[name] for play in plays) for name in COUNTED}
    return {name: count for name, count in every.items() if count}


def tighten():
    """Lower the budgets in the files to what is needed; a budget is raised by hand."""
    for story in stories():
        head, *scenes = story.path.read_text(encoding="utf-8").split("\n## ")
        told = iter(story.scenes)
        for number, text in enumerate(scenes):
            heading, *lines = text.split("\n")
            doors = heading.partition(": ")[0].split(", ")
            budgets = [takes(door, next(told), story) for door in doors]
            steps = [line for line in lines if " takes at most " not in line]
            scenes[number] = "\n".join([heading, *budgets, *steps])
        story.path.write_text("\n## ".join([head, *scenes]), encoding="utf-8")


def takes(door, scene, story):
    """Return the line of a scene's budget, no larger than it was."""
    needed = most(scene, story)
    kept = {one: min(many, scene.budget.get(one, many)) for one, many in needed.items()}
    return f"{door} takes at most {', '.join(f'{many} {one}' for one, many in kept.items())}"


if __name__ == "__main__":
    tighten()
    PAGE.write_text(page(), encoding="utf-8")
