"""A recording as a test, which plays it again on a gateway of its own.

The fixture `recorded` is in `tests/fixtures/recorded.py`.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.simulator.requests import read_struct

STEPS_MAX: Final = 500
TEXT_CHARACTERS_MAX: Final = 200_000
NAME_CHARACTERS_MAX: Final = 60
FORM: Final = "application/x-www-form-urlencoded"
# A registration number and a code are drawn anew each time; the test looks up what they are then.
_NUMBER: Final = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")
_CODE: Final = re.compile(r"\b\d{6}\b")
_ASKS_CODE: Final = "ask_code"

Fill = Callable[[str], str]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_CHARACTERS_MAX)]


class _Step(msgspec.Struct, tag_field="do", forbid_unknown_fields=True):
    """Something that was done."""


class Posted(_Step, tag="post"):
    """A request to a wire; `prompts` are the keys of what `phone` was told then, if known."""

    path: Text
    body: Text
    type: Text = FORM
    phone: Text = ""
    prompts: list[Text] = []

    def lines(self, fill: Fill) -> Iterator[str]:
        """Yield the lines that do it again."""
        typed = "" if self.type == FORM else f", type={self.type!r}"
        yield f"run.post({self.path!r}, {fill(self.body)!r}{typed})"
        if self.phone and self.prompts:
            yield f"assert run.prompts({self.phone!r}) == {self.prompts!r}"


class Mailed(_Step, tag="mail"):
    """A letter."""

    raw: Text

    def lines(self, fill: Fill) -> Iterator[str]:
        """Yield the line that does it again."""
        yield f"run.mail({fill(self.raw)!r})"


class Filled(_Step, tag="web"):
    """A page of the public form, as it was sent: its fields, without those that are hidden."""

    fields: dict[str, Text]
    path: Text = "/daftar"

    def lines(self, fill: Fill) -> Iterator[str]:
        """Yield the line that does it again."""
        fields = {name: fill(value) for name, value in self.fields.items()}
        yield f"run.web({self.path!r}, {fields!r})"


class Turned(_Step, tag="clock"):
    """The clock was turned."""

    ahead_seconds: int

    def lines(self, _fill: Fill) -> Iterator[str]:
        """Yield the line that does it again."""
        yield f"run.clock({self.ahead_seconds})"


class Broken(_Step, tag="fault"):
    """Something was broken."""

    kind: Text
    seconds: int = 10

    def lines(self, _fill: Fill) -> Iterator[str]:
        """Yield the line that does it again."""
        yield f"run.fault({self.kind!r}, {self.seconds})"


class Listed(_Step, tag="person"):
    """Somebody was put on the roster."""

    nik: Text
    name: Text
    profession: Text

    def lines(self, _fill: Fill) -> Iterator[str]:
        """Yield the line that does it again."""
        yield f"run.person({self.nik!r}, {self.name!r}, {self.profession!r})"


class Recording(msgspec.Struct, forbid_unknown_fields=True):
    """What was done since `began_at`."""

    steps: Annotated[
        list[Posted | Mailed | Filled | Turned | Broken | Listed],
        msgspec.Meta(max_length=STEPS_MAX),
    ]
    began_at: datetime
    name: Text = ""


async def export(request: Request) -> Response:
    """Return the recording in the body as the text of a test."""
    return Response(as_test(await read_struct(request, Recording)), media_type="text/x-python")


def as_test(recording: Recording) -> str:
    """Return the text of a test; nothing that was recorded can be more in it than a literal."""
    words = re.sub(r"[^a-z0-9]+", "_", recording.name.lower())
    name = words[:NAME_CHARACTERS_MAX].strip("_") or "what_was_recorded"
    began_at = recording.began_at.astimezone(UTC).isoformat(timespec="seconds")
    return "\n".join(
        [
            '"""Recorded in the simulator."""',
            *("", ""),
            f"def test_{name}(recorded):",
            f"    run = recorded({began_at!r})",
            *(f"    {line}" for line in _lines(recording)),
            *("    assert run.told == run.recorded", ""),
        ]
    )


def _lines(recording: Recording) -> Iterator[str]:
    codes: set[str] = set()
    asked = False
    for step in recording.steps:
        if isinstance(step, Posted):
            codes |= set(_CODE.findall(step.body)[-1:] if asked else ())
            asked = any(key.startswith(_ASKS_CODE) for key in step.prompts)
        yield from step.lines(partial(_fill, codes=codes))


def _fill(text: str, *, codes: set[str]) -> str:
    """Return the text with `{number}` and `{code}` in place of those of the recording."""
    for code in codes:
        text = re.sub(rf"\b{code}\b", "{code}", text)
    return _NUMBER.sub("{number}", text)
