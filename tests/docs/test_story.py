"""The story in README.md, told by running it: its commands, against the real process."""

import re
import shutil
import subprocess

import pytest

from tests.docs.pages import ROOT, fenced

TOKEN = "let-me-in"
GAP = "…"
SECONDS = 60
STEPS_MIN = 8
MORNING = "2021-01-20T09:00:00+07:00"  # from 17:00 on, tomorrow's first slot has no reminder
_NUMBER = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")


def steps():
    """The commands of the story, each with the lines that the page says they print."""
    told = []
    for kind, text in fenced((ROOT / "README.md").read_text()):
        if kind == "sh":
            told.append((text, []))
        elif kind == "text":
            told[-1][1].extend(text.splitlines())
    return told


def play(script, running):
    """Run the script as somebody would who pastes it."""
    shell = shutil.which("bash") or "sh"
    here = script.replace("127.0.0.1:8000", f"127.0.0.1:{running.http_port}")
    here = here.replace("127.0.0.1:8025", f"127.0.0.1:{running.smtp_port}")
    path = running.env["PATH"]
    done = subprocess.run(
        [shell, "-eu"],
        input=here,
        env={"PATH": path, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def missing(expected, printed):
    """Return the first line that was promised and not printed, in this order; gaps are marked."""
    left = iter(_NUMBER.sub("NUMBER", printed).splitlines())
    may_skip = False
    for line in expected:
        if line == GAP:
            may_skip = True
            continue
        wanted = _NUMBER.sub("NUMBER", line)
        seen = next((one for one in left if one == wanted), None) if may_skip else next(left, None)
        if seen != wanted:
            return line, seen
        may_skip = False
    return None


def test_a_missing_line_is_noticed():
    assert missing(["a", GAP, "d"], "a\nb\nc\nd\n") is None
    assert missing(["a", "d"], "a\nb\nd\n") == ("d", "b")
    assert missing(["a", GAP, "e"], "a\nb\n") == ("e", None)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the story is told with curl")
def test_the_story_is_true(gateway):
    running = gateway(
        OPERATOR_TOKEN=TOKEN, WEBHOOK_KEY=None, TWILIO_AUTH_TOKEN=None, DEMO=1, NOW=MORNING
    ).start()
    marks = [f"echo '--- {number} ---'" for number, _ in enumerate(steps())]
    script = "\n".join(f"{mark}\n{text}" for mark, (text, _) in zip(marks, steps(), strict=True))
    printed = re.split(r"--- [0-9]+ ---\n", play(script, running))[1:]
    assert len(printed) == len(steps()) >= STEPS_MIN
    for (text, expected), said in zip(steps(), printed, strict=True):
        assert missing(expected, said) is None, f"{text}\nprinted:\n{said}"
    (number,) = set(_NUMBER.findall("".join(printed)))
    assert f'"number": "{number}"' in "".join(printed)
