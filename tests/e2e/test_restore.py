"""The drill: a backup, a loss, a restore; whoever registered in between gets the same number."""

import os
import shutil
import subprocess

import pytest

from tests.e2e.test_process import number_in
from tests.fixtures.people import name, nik
from tests.fixtures.postgres import _wheel, fresh_database

PROGRAMS = _wheel() / "pginstall" / "bin"
SECRET = "s" * 32


def register(running, n):
    for word in ("DAFTAR", "1", nik(n), name(n), "2", "1"):
        reply = running.text("sms", f"+62813{n:08d}", word)
        assert reply.status_code == 200
    return number_in(reply.text)


@pytest.fixture(params=["sqlite", "postgresql"])
def restore(request, tmp_path, pg_server):
    """Yield the databases before and after, and what restores a backup as the page says."""
    if request.param == "sqlite":

        def from_file(backup):
            (tmp_path / "restored").mkdir(mode=0o700)
            shutil.copy(backup / "satupintu.db", tmp_path / "restored")

        yield None, None, from_file
        return
    with fresh_database(pg_server) as before, fresh_database(pg_server) as after:

        def from_dump(backup):
            dump = backup / "satupintu.pgdump"
            command = [PROGRAMS / "pg_restore", "--no-owner", "--exit-on-error"]
            subprocess.run([*command, f"--dbname={after}", dump], check=True)

        yield before, after, from_dump


def test_after_a_restore_everybody_has_the_number_they_were_told(restore, gateway, tmp_path):
    before, after, restore_from = restore
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    running = gateway(tmp_path / "lost", DATABASE_URL=before, SECRET=SECRET)
    running.env["PATH"] = path
    running.start()
    told = {1: register(running, 1)}
    running.command("backup", tmp_path / "backup")
    told[2] = register(running, 2)
    assert running.stop() == 0

    assert "BAD" not in running.command("verify", tmp_path / "backup")
    restore_from(tmp_path / "backup")
    restored = gateway(tmp_path / "restored", DATABASE_URL=after, SECRET=SECRET).start()
    assert [row["number"] for row in restored.search(nik=nik(1))] == [told[1]]
    assert restored.search(nik=nik(2)) == []
    assert register(restored, 2) == told[2]
    assert register(restored, 1) == told[1]
    assert restored.stop() == 0
