"""The invitation beside a running gateway: queued by one process, sent by the other, once."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.fixtures.process import ROOT, eventually
from tests.scripts import CAMPAIGN

DAY = "2021-01-15T10:00:00+07:00"
PEOPLE = 40


def phone(n):
    return f"+62811222{n:04d}"


def enrol(process, people=PEOPLE):
    rows = [
        (CAMPAIGN.id, f"320411570696{n:04d}", "SITI AMINAH", "perawat", "P1", phone(n))
        for n in range(1, people + 1)
    ]
    columns = "campaign, nik, full_name, profession, facility_code, phone"
    with closing(sqlite3.connect(process.data_dir / "satupintu.db", timeout=10)) as database:
        database.executemany(f"INSERT INTO roster ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 our own names
        database.commit()


def run(process, *words):
    command = [sys.executable, "-m", "gateway", "invite", *words]
    ended = subprocess.run(
        command, cwd=ROOT, env=process.env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended


def said(told):
    """What the command printed, by its words."""
    lines = [line.strip().partition("  ") for line in told.stdout.splitlines()]
    return {words: int(number.replace(",", "")) for number, _, words in lines}


def sent_to(process, n):
    items = process.api("outbox/search", {"address": phone(n)}).json()["items"]
    return [one for one in items if one["status"] == "sent"]


@pytest.fixture
def running(gateway):
    process = gateway(NOW=DAY).start()
    enrol(process)
    return process


def test_everybody_is_sent_one_sms_however_often_it_is_run(running):
    dry = run(running, "--dry-run")
    assert said(dry)["to be invited"] == PEOPLE
    assert not sent_to(running, 1)
    assert said(run(running, "--limit", "1"))["to be invited"] == PEOPLE
    assert [len(sent_to(running, n)) for n in (2, PEOPLE)] == [0, 0]
    first, again = run(running), run(running)
    assert said(first)["invited before"] == 1
    assert said(again)["invited before"] == PEOPLE
    assert eventually(lambda: all(sent_to(running, n) for n in range(1, PEOPLE + 1)))
    for n in range(1, PEOPLE + 1):
        (one,) = sent_to(running, n)
        assert one["channel"] == "sms"
        assert f"SITI AMINAH (NIK ..{n:04d})" in one["text"]
    assert "\r" not in first.stderr + again.stderr  # no progress bar where nobody watches
    assert "3204" not in first.stdout + first.stderr


def test_who_opted_out_or_registered_meanwhile_is_left_alone(running):
    running.text("sms", phone(1), "STOP")
    form = "DAFTAR 3204115706960002#SITI AMINAH#PERAWAT"
    for words in (form, "1", "1"):
        running.text("sms", phone(2), words)
    (record,) = running.search(number=running.search(nik="3204115706960002")[0]["number"])
    assert record["nik"] == "3204********0002"
    told = said(run(running))
    assert (told["want no messages"], told["registered already"]) == (1, 1)
    assert told["to be invited"] == PEOPLE - 2
    assert eventually(lambda: sent_to(running, PEOPLE))
    assert not any(one["text"].startswith("SITI AMINAH (") for one in sent_to(running, 1))


def counted(process, query):
    with closing(sqlite3.connect(process.data_dir / "satupintu.db", timeout=10)) as database:
        return database.execute(query).fetchone()[0]


INVITED = "SELECT count(*) FROM roster WHERE invited_at IS NOT NULL"
QUEUED = "SELECT count(*) FROM outbox"


def test_a_run_that_is_killed_is_gone_on_with(gateway):
    process = gateway()
    assert said(run(process, "--dry-run"))["on the roster"] == 0  # it makes the database too
    enrol(process, 3_000)
    command = [sys.executable, "-m", "gateway", "invite"]
    with subprocess.Popen(command, cwd=ROOT, env=process.env, stdout=subprocess.PIPE) as killed:
        assert eventually(lambda: counted(process, INVITED))
        killed.kill()
    some = counted(process, INVITED)
    assert some == counted(process, QUEUED)
    assert 0 < some < 3_000
    assert said(run(process))["invited before"] == some
    assert counted(process, INVITED) == counted(process, QUEUED) == 3_000
    assert counted(process, "SELECT count(DISTINCT value) FROM outbox") == 3_000


def test_it_says_what_is_wrong(gateway, tmp_path):
    process = gateway()
    words = CAMPAIGN.name["id"]
    long = (ROOT / "campaign.toml").read_text().replace(words, words * 6)
    (tmp_path / "campaign.toml").write_text(long)
    process.env["SATUPINTU_CAMPAIGN"] = str(tmp_path / "campaign.toml")
    command = [sys.executable, "-m", "gateway", "invite"]
    ended = subprocess.run(
        command, cwd=ROOT, env=process.env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "more than one SMS" in ended.stderr
    assert "Traceback" not in ended.stderr
