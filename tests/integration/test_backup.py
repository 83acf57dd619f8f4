"""`satupintu backup` and `verify`: what they copy, refuse, find and say, on both databases."""

import asyncio
import json
import shutil
import sys
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest

from core.database.audit import Noted, note
from core.database.database import open_database
from core.database.drivers import driver_for
from core.database.migrations import HEAD
from core.database.postgres_url import PostgresUrl
from core.database.statements import Connection, iso_utc
from core.operators.backups import last_backup, note_backup
from gateway.commands import cli
from gateway.commands.backup_copies import _password, _reached
from gateway.operators.gauges import measure_backup
from gateway.runtime.metrics import Metrics
from gateway.settings.settings import given_names
from tests.contract.test_record_stores import NIK, intent
from tests.fixtures.effects import recorder
from tests.fixtures.postgres import _wheel
from tests.scripts import START

NAME, PHONE = "Siti Aminah", "+6281234567890"
WHY = "she called:\tback\\slash,\nline"
OPERATORS = ("dewi", "rina")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(Path(__file__).parents[2] / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def url(database_url, monkeypatch):
    """Return a database with a person and an audit, as the setting has it."""
    monkeypatch.setenv("SATUPINTU_DATABASE_URL", database_url)
    monkeypatch.setenv("PATH", f"{_wheel() / 'pginstall' / 'bin'}:/usr/bin:/bin")
    asyncio.run(fill(database_url))
    return database_url


async def fill(url):
    database = open_database(url)
    await recorder(database)(intent("1"))
    for who in OPERATORS:
        noted = Noted(START, "search", f"{who}\t\\", "7K3M-9QXC", WHY)
        await database.write(partial(_note, noted=noted), alone=True)
    await database.close()


def _note(connection, noted):
    note(connection, noted)


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words):
        monkeypatch.setattr(sys, "argv", ["satupintu", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr()

    return call


@pytest.fixture
def folder(url, run, tmp_path):
    """Return a backup."""
    status, told = run("backup", tmp_path / "backup")
    assert (status, told.err) == (0, "")
    return tmp_path / "backup"


def bad(told):
    return [line[5:] for line in told.out.splitlines() if line.startswith("BAD")]


def copy_in(folder):
    [copy] = [one for one in folder.iterdir() if one.name != "manifest.json"]
    return copy


def rewrite(folder, **changes):
    """Change the manifest, and let it name the file as it is now."""
    path = folder / "manifest.json"
    manifest = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps(manifest))


def test_a_backup_is_whole_and_says_what_is_in_it(folder, run):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["revision"] == HEAD
    assert (manifest["tables"]["records"], manifest["tables"]["audit"]) == (1, 2)
    assert manifest["audit"][0] == 2
    status, told = run("verify", folder)
    assert (status, bad(told)) == (0, [])
    assert f"ok   tables {HEAD}" in told.out


def test_only_we_can_read_it_and_its_manifest_names_nobody(folder):
    assert {one.stat().st_mode & 0o077 for one in (folder, *folder.iterdir())} == {0}
    manifest = (folder / "manifest.json").read_text()
    for personal in (NIK, NAME, NAME.upper(), PHONE, "7K3M", "dewi", "called"):
        assert personal not in manifest


def test_a_folder_with_something_in_it_is_left_alone(url, run, tmp_path):
    kept = tmp_path / "backup" / "kept"
    kept.parent.mkdir()
    kept.write_text("x")
    status, told = run("backup", kept.parent)
    assert status == 1
    assert told.err == f"no backup was made: {kept.parent} is not empty\n"
    assert list(kept.parent.iterdir()) == [kept]


def test_a_folder_that_cannot_be_made_is_a_sentence(url, run, tmp_path):
    (tmp_path / "file").write_text("")
    status, told = run("backup", tmp_path / "file" / "backup")
    assert (status, told.err.count("\n")) == (1, 1)
    assert "cannot be used: Not a directory" in told.err


def tamper(url):
    with closing(driver_for(url).connect()) as raw:
        raw.execute("UPDATE audit SET operator = 'other' WHERE operator LIKE 'dewi%'")


def test_a_broken_audit_is_backed_up_and_told(url, run, tmp_path):
    tamper(url)
    status, told = run("backup", tmp_path / "backup")
    assert (status, "its audit is broken, as in the database" in told.err) == (0, True)
    status, told = run("verify", tmp_path / "backup")
    assert (status, bad(told)) == (1, ["audit: its chain is broken, or not the manifest's"])


def test_a_cut_off_backup_is_none(folder, run):
    (folder / "manifest.json").unlink()
    status, told = run("verify", folder)
    assert status == 1
    assert bad(told) == ["backup: there is no manifest.json: this is no backup, or was cut off"]


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "is damaged"), ("[]", "is damaged"), ('{"format": 2}', "is damaged")],
)
def test_a_manifest_that_is_none_is_told(text, says, folder, run):
    (folder / "manifest.json").write_text(text)
    status, told = run("verify", folder)
    assert status == 1
    assert says in told.out


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format": 2}, "backup: manifest.json is of another release: format 2"),
        ({"revision": "9999"}, f"tables 9999: newer than this release ({HEAD})"),
        ({"audit": [2, "x"]}, "audit: its chain is broken, or not the manifest's"),
        ({"audit": [3, ""]}, "audit: its chain is broken, or not the manifest's"),
    ],
)
def test_a_manifest_of_something_else_is_told(changes, says, folder, run):
    rewrite(folder, **changes)
    status, told = run("verify", folder)
    assert status == 1
    assert bad(told) == [says]


def test_rows_that_are_missing_or_too_many_are_told(folder, run):
    manifest = json.loads((folder / "manifest.json").read_text())
    rewrite(folder, tables={**manifest["tables"], "records": 2, "more": 1})
    status, told = run("verify", folder)
    assert status == 1
    assert bad(told)[0].endswith("other numbers than the manifest's in more, records")


@pytest.mark.parametrize("harm", [lambda data: data[:-1], lambda data: data[:-1] + b"\xff"])
def test_a_changed_file_is_told(harm, folder, run):
    copy = copy_in(folder)
    copy.write_bytes(harm(copy.read_bytes()))
    status, told = run("verify", folder)
    assert status == 1
    assert bad(told) == [f"{copy.name}: is not the file that was written"]


def test_a_damaged_file_that_the_manifest_knows_is_told(folder, run):
    copy = copy_in(folder)
    data = copy.read_bytes()
    copy.write_bytes(data[: len(data) // 2])
    described = cli_describe(copy)
    rewrite(folder, files={copy.name: described})
    status, told = run("verify", folder)
    assert status == 1
    assert len(bad(told)) == 1
    assert copy.name in bad(told)[0]


def cli_describe(path):
    from gateway.commands.backup_manifest import describe_file  # noqa: PLC0415

    found = describe_file(path)
    return {"bytes": found.bytes, "sha256": found.sha256}


def test_a_missing_file_is_told(folder, run):
    copy_in(folder).unlink()
    status, told = run("verify", folder)
    assert status == 1
    assert "cannot be read: No such file or directory" in told.out


def test_an_audit_that_was_changed_in_the_copy_is_told(folder, url, run, tmp_path):
    good = json.loads((folder / "manifest.json").read_text())
    tamper(url)
    assert run("backup", tmp_path / "changed")[0] == 0
    tables = {**good["tables"], "backups": 1}
    rewrite(tmp_path / "changed", audit=good["audit"], tables=tables)
    status, told = run("verify", tmp_path / "changed")
    assert status == 1
    assert bad(told) == ["audit: its chain is broken, or not the manifest's"]


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(url, run, tmp_path):
    """Each transaction adds a row to two tables: a copy of one moment has as many in both."""
    stop, driver = Event(), driver_for(url)

    def write():
        with closing(driver.connect()) as raw:
            n = 0
            while not stop.is_set():
                n += 1
                raw.execute("BEGIN")
                raw.execute(f"INSERT INTO leases VALUES ('{n}', '', '')")  # noqa: S608
                raw.execute(f"INSERT INTO heartbeats VALUES ({n}, 1)")  # noqa: S608
                raw.execute("COMMIT")

    writer = Thread(target=write)
    writer.start()
    try:
        for one in range(3):
            assert run("backup", tmp_path / f"b{one}")[0] == 0
            tables = json.loads((tmp_path / f"b{one}" / "manifest.json").read_text())["tables"]
            assert tables["leases"] == tables["heartbeats"]
    finally:
        stop.set()
        writer.join()
    assert run("verify", tmp_path / "b2")[0] == 0


async def test_the_age_of_the_last_backup_is_measured(database):
    metrics = Metrics()

    async def shown(at):
        await measure_backup(database, metrics, now=at)
        return metrics.registry.get_sample_value("satupintu_backup_age_seconds")

    assert str(await shown(START)) == "nan"
    for hour in (2, 0, 1):
        at = START + timedelta(hours=hour)
        await database.write(partial(note_backup, at=at))
    assert await shown(START + timedelta(hours=3)) == 3_600.0
    assert await shown(START) == 0.0


def test_the_command_notes_when_it_was(url, folder):
    driver = driver_for(url)
    with closing(driver.connect()) as raw:
        noted = last_backup(Connection(raw.cursor(), driver.dialect))
    assert iso_utc(noted) == json.loads((folder / "manifest.json").read_text())["made_at"]


def test_a_password_is_on_no_command_line():
    url = PostgresUrl.of("postgresql://u:hunter2@h1:1,h2:2/d?sslmode=require")
    [argument] = _reached(url)
    assert "hunter2" not in argument
    assert "h1,h2" in argument
    assert _password(url)["PGPASSWORD"] == "hunter2"


def test_a_pooler_is_not_dumped_through(pg_emptied, run, monkeypatch, tmp_path):
    monkeypatch.setenv("SATUPINTU_DATABASE_URL", f"{pg_emptied}&pooler=transaction")
    status, told = run("backup", tmp_path / "backup")
    assert (status, "not of a pooler" in told.err) == (1, True)


def test_without_the_programs_of_postgresql_it_says_which(pg_emptied, run, monkeypatch, tmp_path):
    monkeypatch.setenv("SATUPINTU_DATABASE_URL", pg_emptied)
    monkeypatch.setenv("PATH", str(tmp_path))
    status, told = run("backup", tmp_path / "backup")
    assert (status, "no pg_dump here" in told.err) == (1, True)
    assert not (tmp_path / "backup").exists()


def test_what_pg_dump_says_is_passed_on(pg_emptied, run, monkeypatch, tmp_path):
    monkeypatch.setenv("SATUPINTU_DATABASE_URL", pg_emptied)
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho aborting because of server version mismatch >&2; exit 1\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    status, told = run("backup", tmp_path / "backup")
    assert (status, "pg_dump: aborting because of server version" in told.err) == (1, True)


def test_there_is_no_database_yet(run, tmp_path):
    status, told = run("backup", tmp_path / "backup")
    assert (status, "there is no database yet" in told.err) == (1, True)
    assert not (tmp_path / "var").exists()
