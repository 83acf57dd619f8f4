"""The command: what it lists, what it refuses, and how it says so."""

import gc
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gateway import cli
from gateway.report import MASKED
from gateway.settings import Settings, given_names, variable


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(Path(__file__).parents[2] / "campaign.toml", tmp_path)
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


def test_faults_are_told_as_sentences_not_as_a_trace(run, monkeypatch):
    monkeypatch.setenv("SATUPINTU_MODE", "production")
    status, told = run("serve")
    assert status == cli.FAULTY
    assert told.err.count("\n  - SATUPINTU_") >= 5
    assert "Traceback" not in told.err


def test_doctor_finds_a_fresh_folder_fit(run, monkeypatch):
    monkeypatch.setenv("SATUPINTU_HTTP_PORT", "58123")
    monkeypatch.setenv("SATUPINTU_SMTP_PORT", "58025")
    status, told = run("doctor")
    assert status == 0, told.out
    assert "BAD" not in told.out
    assert "note SATUPINTU_WEBHOOK_KEY: not set" in told.out


def test_doctor_tells_of_an_import_that_was_cut_off(run, tmp_path):
    assert run("registry", "recheck")[0] == 0  # makes the database
    with closing(sqlite3.connect(tmp_path / "var/satupintu.db", isolation_level=None)) as database:
        assert database.execute("SELECT checks_after FROM rosters").fetchall() == [(0,)]
        assert "roster" not in run("doctor")[1].out
        database.execute("UPDATE rosters SET read_at = NULL")
    assert "note roster: the import begun at " in run("doctor")[1].out


def test_doctor_tells_what_is_ill(run, monkeypatch):
    monkeypatch.setenv("SATUPINTU_REDIS_URL", "redis://:hunter2@127.0.0.1:1/0")
    monkeypatch.setenv("SATUPINTU_VALKEY_BIN", "/nowhere")
    status, told = run("doctor")
    assert status == 1
    assert "BAD  Redis: failed with ConnectionError" in told.out
    assert "hunter2" not in told.out
    assert "Traceback" not in told.out + told.err


def test_doctor_reads_the_embedded_database_through(run, tmp_path):
    (tmp_path / "var").mkdir(mode=0o700)
    run("migrate")
    assert "ok   embedded SQLite\n" in run("doctor")[1].out
    path = tmp_path / "var" / "satupintu.db"
    whole = path.read_bytes()
    for damaged in (whole[:-20_000] + bytes(20_000), b"garbage" * 9_000):
        path.write_bytes(damaged)
        status, told = run("doctor")
        assert status == 1
        assert "BAD  embedded SQLite: the file is damaged" in told.out


def test_migrate_makes_the_database(run, tmp_path):
    (tmp_path / "var").mkdir()
    status, _told = run("migrate")
    assert status == 0
    assert (tmp_path / "var" / "satupintu.db").exists()


def test_only_what_serves_changes_how_garbage_is_collected(run):
    before = gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()
    assert run("config")[0] == 0
    assert (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()) == before
