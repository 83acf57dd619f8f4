"""A story as a file tells it: a title, what it is about, and scenes, each at one door.

    # Siti registers
    What it is about, in a sentence or two.
    shown in id, en, in full

    ## USSD: in one call
    at most 7 inputs, 8 screens
    Siti dials
    Siti: [Daftar]

A step is a line; `steps.py` has the sentences that can be said. `|` begins a line of a letter.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
DOORS = {"USSD": "ussd", "SMS": "sms", "WhatsApp": "whatsapp", "Email": "email"}
COUNTED = ("calls", "inputs", "taps", "screens", "bubbles", "letters", "segments")
_BUDGET = re.compile(rf"(\d+) ({'|'.join(COUNTED)})")


@dataclass
class Scene:
    """What happens at one door; `budget` is the most of each count that it may take."""

    door: str
    title: str
    budget: dict[str, int] = field(default_factory=dict)
    steps: list[str] = field(default_factory=list)


@dataclass
class Story:
    """One file; `shown` are the languages in which the page has it.

    Unless it is shown in full, the page passes over what a person answers who "goes on".
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
    return [read_story(path) for path in sorted(FOLDER.glob("*.txt"))]


def read_story(path):
    """Return the story in a file."""
    head, *scenes = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    title, *about = [line.strip() for line in head.splitlines() if line.strip()]
    shown = ["id"]
    if about[-1].startswith("shown in "):
        shown = about.pop().removeprefix("shown in ").split(", ")
    assert title.startswith("# "), f"{path.name} has no title"
    in_full = shown[-1] == "in full"
    shown = shown[:-1] if in_full else shown
    told = [read_scene(one) for one in scenes]
    return Story(path, title[2:], " ".join(about), shown, in_full, told)


def read_scene(text):
    """Return the scene whose heading and steps these are."""
    heading, *lines = [line.strip() for line in text.splitlines() if line.strip()]
    door, _, title = heading.partition(": ")
    scene = Scene(DOORS[door], title)
    for line in lines:
        if line.startswith("at most "):
            scene.budget = {name: int(most) for most, name in _BUDGET.findall(line)}
        elif line.startswith("|"):
            scene.steps[-1] += "\n" + line[1:].strip()
        else:
            scene.steps.append(line)
    return scene
