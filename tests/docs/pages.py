"""The pages that people read, and what stands in them."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def fenced(text):
    """The fenced blocks of a page: the kind, and what is in it."""
    return _FENCE.findall(text)


def example(page, number):
    """Run a block of Python on a page; return what it defines."""
    blocks = [text for kind, text in fenced((ROOT / page).read_text()) if kind == "python"]
    made = {"__name__": "tests.docs.example"}
    exec(compile(blocks[number], page, "exec"), made)  # noqa: S102 it is our own page
    return made


def pages():
    """Every Markdown page of the project."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")]
    return sorted(found)


def prose(text):
    """A page without its fenced blocks."""
    return _FENCE.sub("", text)


def tracked():
    """Every file of the checkout, relative to its root; git knows, or else the folder does."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0 and listed.stdout:
        return set(listed.stdout.split("\n"))
    return {str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()}
