"""A story as a file tells it: a title, what it is about, and scenes, each at one door or more.

    # Siti registers
    What it is about, in a sentence or two.
    shown in id, en, in full

    ## USSD, SMS: in one go
    USSD takes at most 1 calls, 7 inputs, 8 screens
    SMS takes at most 2 inputs, 2 segments
    Siti registers
    Siti: [Nanti]

A step is a line; `steps.py` has the sentences that can be said. `|` begins a line of a letter.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
DOORS = {"USSD": "ussd", "SMS": "sms", "WhatsApp": "whatsapp", "Email": "email", "Web": "web"}
COUNTED = ("calls", "inputs", "taps", "screens", "bubbles", "letters", "pages", "segments")
_BUDGET = re.compile(rf"(\d+) ({'|'.join(COUNTED)})")
_TAKES = re.compile(r"(\w+) takes at most (.*)")


@dataclass
class Scene:
    """What happens at one door; `budget` is the most of each count that it may take."""

    door: str
    title: str
    budget: dict[str, int] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)
    first: bool = True  # of the doors at which it is played


@dataclass
class Story:
    """One file; `shown` are the languages in which the page has it.

    Unless it is shown in full, the page shows the first door of a scene, and passes over what a
    person answers who "goes on".
    """

    path: Path
    title: str
    about: str
    shown: list[str]
    in_full: bool
    scenes: list[Scene]

    @property
    def name(self):
        """Return the name of the file."""
        return self.path.stem


def stories():
    """Return every story, by the names of the files."""
    return [read_story(path, path.stat().st_mtime_ns) for path in sorted(FOLDER.glob("*.txt"))]


@cache
def read_story(path, _changed):
    """Return the story in a file, which is read again where it has changed."""
    head, *scenes = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    title, *about = [line.strip() for line in head.splitlines() if line.strip()]
    shown = ["id"]
    if about[-1].startswith("shown in "):
        shown = about.pop().removeprefix("shown in ").split(", ")
    assert title.startswith("# "), f"{path.name} has no title"
    in_full = shown[-1] == "in full"
    shown = shown[:-1] if in_full else shown
    told = [scene for one in scenes for scene in read_scenes(one)]
    return Story(path, title[2:], " ".join(about), shown, in_full, told)


def read_scenes(text):
    """Return the scene whose heading and steps these are, at each of its doors."""
    heading, *lines = [line.strip() for line in text.splitlines() if line.strip()]
    doors, _, title = heading.partition(": ")
    budgets, steps = {}, []
    for line in lines:
        if found := _TAKES.fullmatch(line):
            budgets[found[1]] = {name: int(most) for most, name in _BUDGET.findall(found[2])}
        elif line.startswith("|"):
            steps[-1] += "\n" + line[1:].strip()
        else:
            steps.append(line)
    first, *_ = named = doors.split(", ")
    return [
        Scene(DOORS[door], title, budgets.get(door, {}), steps, first=door == first)
        for door in named
    ]
