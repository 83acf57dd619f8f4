"""The stories that the page plays: its own, and those of a checkout (tests/stories/*.txt)."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from gateway.simulator.sentences import steps_of

FOLDER: Final = Path(__file__).parents[2] / "tests" / "stories"
STORIES_MAX: Final = 200
DOORS: Final = {
    "USSD": "ussd",
    "SMS": "sms",
    "WhatsApp": "whatsapp",
    "Email": "email",
    "Web": "web",
}
# What somebody answers who goes on as asked: the first whose key was said. `[…]` is a choice.
ANSWERS: Final = (
    *(("menu", "[Daftar]"), ("ask_consent", "[Setuju]"), ("ask_nik", "{nik}")),
    *(("ask_full_name", "{name}"), ("ask_phone", "{phone}"), ("ask_profession", "[{profession}]")),
    *(("ask_booking", "1"), ("ask_health", "[Tidak ada]"), ("ask_screening", "[Tidak]")),
    *(("ask_seat", "[Ambil]"), ("ask_facility", "1"), ("ask_date", "1"), ("ask_time", "1")),
    *(("ask_slot", "1"), ("confirm*", "[Ya]")),
)
_FACTS: Final = ("name", "profession", "listed")


def read_stories(folder: Path = FOLDER) -> dict[str, Any]:
    """Return the stories, the people in them, and what somebody answers who goes on."""
    paths = sorted(folder.glob("*.txt"))[:STORIES_MAX]
    return {
        "stories": [*_own(), *map(_story, paths)],
        "cast": _cast(folder / "cast.toml") if paths else {},
        "answers": [list(one) for one in ANSWERS],
    }


def _cast(file: Path) -> dict[str, Any]:
    """Return what a new person needs to play each part (`POST /try/api/people`)."""
    found = tomllib.loads(file.read_text(encoding="utf-8"))["people"]
    return {part: {name: facts[name] for name in _FACTS} for part, facts in found.items()}


def _own() -> list[dict[str, Any]]:
    """Return the stories of the page itself, each as one scene."""
    text = files(__package__ or "").joinpath("stories.toml").read_text(encoding="utf-8")
    return [_played(**one) for one in tomllib.loads(text)["stories"]]


def _played(steps: str, budget: Mapping[str, int] = MappingProxyType({}), **facts: str) -> Any:
    does = [line.partition(" ") for line in steps.splitlines()]
    played = [{"do": do, "with": given, "text": f"{do} {given}".strip()} for do, _, given in does]
    scene = {"door": "", "title": "", "budget": dict(budget), "steps": played, "plays": True}
    return {**facts, "scenes": [scene]}


def _story(path: Path) -> dict[str, Any]:
    head, *scenes = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    title, *about = [line.strip() for line in head.splitlines() if line.strip()]
    shown = [line for line in about if not line.startswith("shown in ")]
    return {
        "name": path.stem,
        "title": title.removeprefix("# "),
        "about": " ".join(shown),
        "scenes": [scene for text in scenes for scene in _scenes(text)],
    }


def _scenes(text: str) -> list[dict[str, Any]]:
    """Return the scene at each of its doors."""
    heading, *lines = [line.strip() for line in text.splitlines() if line.strip()]
    doors, _, title = heading.partition(": ")
    budgets, sentences = dict[str, str](), list[str]()
    for line in lines:
        door, takes, most = line.partition(" takes at most ")
        if takes:
            budgets[door] = most
        elif line.startswith("|"):
            sentences[-1] += "\n" + line[1:].strip()
        else:
            sentences.append(line)
    return [_scene(one, title, budgets.get(one, ""), sentences) for one in doors.split(", ")]


def _scene(door: str, title: str, budget: str, sentences: list[str]) -> dict[str, Any]:
    steps = [step for one in sentences for step in steps_of(one, DOORS[door])]
    return {
        "door": DOORS[door],
        "title": title,
        "budget": {name: int(most) for most, name in re.findall(r"(\d+) (\w+)", budget)},
        "steps": steps,
        "plays": all("do" in step for step in steps),
    }
