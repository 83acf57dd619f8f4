"""The command: what it lists, what it refuses, and how it says so."""

import gc
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from core.database.migrations import HEAD
from gateway.commands import cli
from gateway.settings.listing import MASKED
from gateway.settings.settings import Settings, given_names, variable

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(ROOT / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words):
        monkeypatch.setattr(sys, "argv", ["satupintu", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr()

    return call


def test_config_lists_every_setting_with_what_it_is_for(run):
    status, told = run("config")
    assert status == 0
    missing = [name for name in Settings.model_fields if f"{variable(name)}=" not in told.out]
    assert missing == []


def test_config_masks_secrets_and_shows_the_rest(run, monkeypatch):
    monkeypatch.setenv("SATUPINTU_WEBHOOK_KEY", "hunter2")
    monkeypatch.setenv("SATUPINTU_HTTP_PORT", "8123")
    _status, told = run("config")
    assert "hunter2" not in told.out + told.err
    assert f"SATUPINTU_WEBHOOK_KEY={MASKED} (default -)" in told.out
    assert "SATUPINTU_HTTP_PORT=8123 (default 8000)" in told.out


def test_config_tells_faults_too(run, monkeypatch):
    monkeypatch.setenv("SATUPINTU_HTTP_PORT", "many")
    status, told = run("config")
    assert status == cli.FAULTY
    assert "SATUPINTU_HTTP_PORT=(cannot be read)" in told.out
    assert "SATUPINTU_HTTP_PORT: should be a valid integer" in told.err


def test_it_says_which_version_it_is(run):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    status, told = run("--version")
    assert (status, told.out) == (0, f"satupintu {project['version']} (tables {HEAD})\n")


def test_faults_are_told_as_sentences_not_as_a_trace(run, monkeypatch):
    monkeypatch.setenv("SATUPINTU_MODE", "production")
    status, told = run("serve")
    assert status == cli.FAULTY
    assert told.err.count("\n  - SATUPINTU_") >= 5
    assert "Traceback" not in told.err


def test_migrate_makes_the_database(run, tmp_path):
    (tmp_path / "var").mkdir()
    status, _told = run("migrate")
    assert status == 0
    assert (tmp_path / "var" / "satupintu.db").exists()


def test_only_what_serves_changes_how_garbage_is_collected(run):
    before = gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()
    assert run("config")[0] == 0
    assert (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()) == before
