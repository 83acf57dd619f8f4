"""`satupintu poster`: the file's name says which form; what cannot be done is told."""

import shutil
import sys

import pytest

from gateway.commands import cli
from gateway.settings.settings import given_names
from tests.scripts import ROOT


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(ROOT / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["satupintu", "poster", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return ended.value.code, told.out + told.err

    return call


BEGINS = {"svg": b"<?xml", "png": b"\x89PNG", "PDF": b"%PDF"}


@pytest.mark.parametrize("form", BEGINS)
def test_the_name_says_the_form(form, run, tmp_path):
    status, told = run("--out", f"sheet.{form}")
    assert (status, told) == (0, f"wrote sheet.{form}\n")
    assert (tmp_path / f"sheet.{form}").read_bytes().startswith(BEGINS[form])


def test_it_speaks_another_language(run, tmp_path):
    assert run("--language", "en")[0] == 0
    assert ">Help<" in (tmp_path / "poster.svg").read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--out", "poster.doc"), ".svg, .png, .pdf"),
        (("--out", "poster"), ".svg, .png, .pdf"),
        (("--out", "nowhere/poster.svg"), "No such file"),
        (("--language", "xx"), "id, en"),
    ],
)
def test_what_cannot_be_done_is_told(words, why, run, tmp_path):
    status, told = run(*words)
    assert status == cli.FAULTY
    assert why in told
    assert "Traceback" not in told
    assert not list(tmp_path.glob("poster*"))
