"""A recording as a test, which plays it again on a gateway of its own.

The fixture `recorded` is in `tests/fixtures/recorded.py`.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Final
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.runtime.clock import TurnedClock, utc_now
from gateway.simulator.requests import read_struct

ACTIONS_MAX: Final = 500
TEXT_CHARACTERS_MAX: Final = 200_000
NAME_CHARACTERS_MAX: Final = 60
DAY_SECONDS: Final = 86_400
FORM: Final = "application/x-www-form-urlencoded"
WEB: Final = "/daftar"
LINK: Final = "/l/"
HIDDEN: Final = frozenset({"csrf", "turn"})  # fields of a page that are drawn anew
# A registration number and a code are drawn anew each time; the test looks up what they are then.
_NUMBER: Final = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")
_CODE: Final = re.compile(r"\b\d{6}\b")
_ASKS_CODE: Final = "ask_code"
# What is no wire, by what the page calls it, and what the test calls it.
_OTHERS: Final = {
    "smtp": "mail",
    "clock": "clock",
    "faults": "fault",
    "people": "person",
    "browser": "browser",
}

Text = Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS_MAX)]


class Action(msgspec.Struct):
    """A request: to a wire, to the form, to `smtp`, or to `clock`, `faults` or `people` of ours.

    `fault` is what the network did to it: `twice` or `together`. `prompts` are the keys of what
    the session at `phone` said then, if known.
    """

    path: Text
    body: Text = ""
    type: Text = FORM
    phone: Text = ""
    fault: Text = ""
    prompts: list[Text] = []


class Recording(msgspec.Struct):
    """What was done, since `at` (milliseconds since 1970, of the machine's clock)."""

    steps: Annotated[list[Action], msgspec.Meta(max_length=ACTIONS_MAX)]
    at: float = 0.0
    name: Text = ""


async def export(request: Request, clock: TurnedClock) -> Response:
    """Return the recording in the body as the text of a test."""
    recording = await read_struct(request, Recording)
    began_at = clock.base() - _since(recording.at)
    return Response(as_test(recording, began_at), media_type="text/x-python")


def _since(at: float) -> timedelta:
    """Return how long ago the recording began; nothing, unless it was within the last day."""
    seconds = utc_now().timestamp() - at / 1_000
    return timedelta(seconds=seconds if 0 < seconds < DAY_SECONDS else 0)


def as_test(recording: Recording, began_at: datetime) -> str:
    """Return the text of a test; nothing that was recorded can be more in it than a literal."""
    words = re.sub(r"[^a-z0-9]+", "_", recording.name.lower())
    name = words[:NAME_CHARACTERS_MAX].strip("_") or "what_was_recorded"
    return "\n".join(
        [
            '"""Recorded in the simulator."""',
            *("", ""),
            f"def test_{name}(recorded):",
            f"    run = recorded({began_at.isoformat(timespec='seconds')!r})",
            *(f"    {line}" for line in _lines(recording)),
            *("    assert run.told == run.recorded", ""),
        ]
    )


def _lines(recording: Recording) -> Iterator[str]:
    codes: set[str] = set()
    asked = False
    for action in recording.steps:
        codes |= set(_CODE.findall(action.body)[-1:] if asked else ())
        yield _line(action, _fill(action.body, codes))
        if action.phone and not action.prompts:
            yield f"run.phone = {action.phone!r}"
        elif action.phone:
            yield f"assert run.prompts({action.phone!r}) == {action.prompts!r}"
            asked = any(key.startswith(_ASKS_CODE) for key in action.prompts)


def _line(action: Action, body: str) -> str:
    """Return the line that does it again."""
    if action.path in _OTHERS:
        return f"run.{_OTHERS[action.path]}({body!r})"
    if action.path.startswith((WEB, LINK)):
        path = f"{LINK}{{link}}" if action.path.startswith(LINK) else action.path
        fields = {name: value for name, value in parse_qsl(body) if name not in HIDDEN}
        return f"run.web({path!r}, {fields!r})"
    typed = "" if action.type == FORM else f", type={action.type!r}"
    fault = f", fault={action.fault!r}" if action.fault else ""
    return f"run.post({action.path!r}, {body!r}{typed}{fault})"


def _fill(text: str, codes: set[str]) -> str:
    """Return the text with `{number}` and `{code}` in place of those of the recording."""
    for code in codes:
        text = re.sub(rf"\b{code}\b", "{code}", text)
    return _NUMBER.sub("{number}", text)
