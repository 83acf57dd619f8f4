"""Write docs/transcripts.md, what the stories come to: `python -m tests.stories.page`."""

import asyncio
from functools import cache
from pathlib import Path
from textwrap import fill

from tests.scripts import WIB
from tests.stories.doors import Words
from tests.stories.play import Play
from tests.stories.story import stories

PAGE = Path(__file__).parents[2] / "docs" / "transcripts.md"
NAMES = {"ussd": "USSD", "sms": "SMS", "whatsapp": "WhatsApp", "email": "Email"}
LANGUAGES = {"id": "Indonesian", "en": "English", "jv": "Javanese"}
INDENT, WIDTH = " " * 6, 120
DOORS = {"screen": "ussd", "sms": "sms", "bubble": "whatsapp", "letter": "email"}
MARK = "<!-- the rest is written by make transcripts -->\n"


@cache
def played(scene, language):
    """Return the scene of a story, played once in this language."""
    name, number = scene
    story = next(one for one in stories() if one.name == name)
    return asyncio.run(Play(story.scenes[number], language).run())


def counts(play, name):
    """Return a count with its budget, as it stands in the table."""
    count, most = play.counts[name], play.scene.budget.get(name)
    return f"{count or ''}" + (f" ({most})" if most is not None else "")


def table():
    """Return the table of taps: a row for each scene, in Indonesian."""
    columns = ("calls", "inputs", "taps", "screens", "bubbles", "letters", "segments")
    yield f"| story | door | {' | '.join(columns)} |"
    yield "|---|---|" + "--:|" * len(columns)
    for story in stories():
        for number, scene in enumerate(story.scenes):
            play = played((story.name, number), "id")
            cells = [counts(play, name) for name in columns]
            door = f"{NAMES[scene.door]}{scene.title and f': {scene.title}'}"
            yield f"| {story.title} | {door} | {' | '.join(cells)} |"


def transcript(play):
    """Return the lines of a scene."""
    day, speaker = None, ""
    for entry in play.entries:
        at = entry.at.astimezone(WIB)
        if at.date() != day:
            day = at.date()
            yield f"{at:%a} {at.day} {at:%b %Y}"
        if isinstance(entry.said, Words):
            yield from ours(entry, play.scene.door, "" if entry.who == speaker else entry.who)
            continue
        first, *rest = entry.said.split("\n")
        speaker = entry.who
        yield f"{at:%H:%M} {f'{entry.who}: {first}' if entry.who else f'... {first}'}"
        yield from (f"{INDENT}{line}" for line in rest)


def ours(entry, door, other):
    """Return the lines of what we say, and behind them its size; `other` hears it, if any."""
    words = entry.said
    size = words.size or ("" if DOORS[words.kind] == door else NAMES[DOORS[words.kind]])
    notes = [other and f"to {other}", size, "the call ends" * words.ends]
    about = ", ".join(filter(None, notes))
    taps = [" ".join(f"[{tap}]" for tap in words.taps)] if words.taps else []
    *lines, last = [*words.text.split("\n"), *taps]
    yield from (f"{INDENT}| {line}".rstrip() for line in lines)
    yield f"{INDENT}| {last}" + (f"   ({about})" if about else "")


def body():
    """Return the stories, each scene in each language that its file names."""
    for story in stories():
        yield f"\n## {story.title}\n\n{fill(story.about, WIDTH)}\n"
        for number, scene in enumerate(story.scenes):
            for language in story.shown:
                named = f" ({LANGUAGES[language]})" if language != "id" else ""
                heading = f"{NAMES[scene.door]}{scene.title and f': {scene.title}'}{named}"
                lines = transcript(played((story.name, number), language))
                yield f"### {heading}\n\n```text\n" + "\n".join(lines) + "\n```\n"


def page():
    """Return the page as it should be; its head is written by hand."""
    head = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    return head + MARK + "\n" + "\n".join([*table(), *body()])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
