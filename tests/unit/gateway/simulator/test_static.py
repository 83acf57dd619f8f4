"""What the page of the simulator is made of: small, our own, and without a build step."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[4] / "gateway" / "simulator" / "static"
FILES = sorted(FOLDER.iterdir())
SCRIPTS = sorted(FOLDER.glob("*.js"))
BYTES_MAX = 100_000
LINES_MAX = 300


def test_the_whole_page_is_within_its_budget():
    assert 0 < sum(file.stat().st_size for file in FILES) <= BYTES_MAX


def test_nothing_on_it_is_inline():
    page = (FOLDER / "try.html").read_text("utf-8")
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)", page) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_comes_from_elsewhere(file):
    addresses = set(re.findall(r"https?://[\w.-]+", file.read_text("utf-8")))
    assert addresses <= {"http://www.w3.org"}, "the name of SVG is no address"


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_every_script_is_short_and_finds_what_it_imports(file):
    text = file.read_text("utf-8")
    assert len(text.splitlines()) <= LINES_MAX
    wanted = re.findall(r'from "\./([\w.]+)"', text)
    assert [name for name in wanted if not (FOLDER / name).is_file()] == []
    assert "innerHTML" not in text
