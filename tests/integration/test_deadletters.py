"""`satupintu outbox`: what it lists, what it never shows, and what it retries."""

import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core.database.migrations import migrate
from core.operators.dead_letters import list_messages, mask, retry_all, retry_dead_letters
from core.outbox.store import SqlOutbox
from gateway.commands import cli
from gateway.settings.settings import given_names
from tests.integration.test_sender import outgoing
from tests.scripts import MAILBOX, NUMBER, PHONE, START

WHYS = ("code_1", "code_12", "code%2", "silent")


async def bury(database):
    """Put four dead letters, and one that is still queued; return the ids."""
    outbox, ids = SqlOutbox(database), []
    for why in WHYS:
        await outbox.put(outgoing(why, provider="meta"))
        [claimed] = await outbox.claim(now=START, lease_seconds=60, limit=1)
        await outbox.retry(claimed.id, due_at=START, why="x", refused_by=["a"], unsure_of="b")
        await outbox.dead(claimed.id, why=why)
        ids.append(int(claimed.id))
    await outbox.put(outgoing("queued"))
    return ids


async def claimed(database, at):
    found = await SqlOutbox(database).claim(now=at, lease_seconds=60, limit=10)
    return {one.message.key: one for one in found}


async def test_letters_are_listed_newest_first_and_say_why(database):
    ids = await bury(database)
    listed = await list_messages(database, status="dead", limit=10)
    assert [letter.id for letter in listed] == ids[::-1]
    assert [letter.why for letter in listed] == list(WHYS[::-1])
    assert {(one.channel, one.provider, one.attempts) for one in listed} == {("sms", "meta", 1)}
    assert len(await list_messages(database, status="dead", limit=2)) == 2
    [queued] = await list_messages(database, status="queued", limit=2)
    assert queued.address == mask(PHONE.value)


async def test_a_dead_letter_is_retried_from_the_beginning(database):
    first, *_ = await bury(database)
    now = START + timedelta(days=30)
    assert await retry_dead_letters(database, [first, first + 4, 999], at=now) == [first]
    again = (await claimed(database, now))["code_1"]
    assert (again.attempts, again.refused_by) == (1, ())
    assert (again.unsure_of, again.doubts) == ("", 0)
    assert again.message.not_before == now  # it is young again, and not given up at once


@pytest.mark.parametrize(
    ("why", "count"), [("", 4), ("code_1", 2), ("code_", 2), ("code%", 1), ("odd", 0), ("o", 0)]
)
async def test_all_with_that_prefix_of_the_reason_are_retried(database, why, count):
    await bury(database)
    assert await retry_all(database, why=why, at=START) == count
    assert len(await list_messages(database, status="dead", limit=9)) == 4 - count


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (PHONE.value, "+62********001"),
        ("+62811", "+62***"),
        ("US.13491208655302741918", "US.*****************918"),
        ("siti.aminah@klinik.example", "s***@klinik.example"),
        ("@x.example", "***@x.example"),
    ],
)
def test_nobody_can_be_reached_at_what_is_shown(address, shown):
    assert mask(address) == shown


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(Path(__file__).parents[2] / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["satupintu", "outbox", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


def put_dead(*whys):
    """Put dead letters into the data directory, as a gateway beside would."""
    Path("var").mkdir()
    migrate("sqlite:///var/satupintu.db")
    at = START.isoformat()
    row = {"channel": "email", "kind": "email", "value": MAILBOX.value, "headers": "{}"}
    row |= {"reply": f'[["{NUMBER}"],"id"]', "answers_request": 1, "status": "dead"}
    row |= {"attempts": 3, "due_at": at, "created_at": at}
    names = [*row, "key", "why"]
    sql = f"INSERT INTO outbox ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 our own
    with closing(sqlite3.connect("var/satupintu.db")) as connection, connection:
        connection.executemany(sql, [[*row.values(), why, why] for why in whys])


def ask(sql):
    with closing(sqlite3.connect("var/satupintu.db")) as connection:
        return connection.execute(sql).fetchall()


def test_the_list_shows_no_text_and_no_address(run):
    put_dead("code_1")
    status, said, _ = run("list")
    assert status == 0
    assert [line.split()[0] for line in said.splitlines()] == ["id", "1"]
    assert "code_1" in said
    assert MAILBOX.value not in said
    assert NUMBER not in said
    assert run("list", "--status", "queued") == (0, "no message is queued\n", "")


def test_what_is_retried_is_audited(run):
    put_dead("code_1", "code_2", "other")
    assert run("retry", 1) == (0, "1 queued again\n", "")
    assert run("retry", 1, 3) == (1, "1 queued again\n", "no dead letter: 1\n")
    assert run("retry", "--all", "--why", "code") == (0, "1 queued again\n", "")
    assert run("retry", "--all") == (0, "0 queued again\n", "")
    assert ask("SELECT DISTINCT status, attempts FROM outbox") == [("queued", 0)]
    assert ask("SELECT action FROM audit ORDER BY id") == [
        ("outbox retry 1",),
        ("outbox retry 3",),
        ("outbox retry of 1, why: code",),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("retry",),
        ("retry", 1, "--all"),
        ("retry", 1, "--why", "code"),
        ("retry", 0),
        ("retry", "x"),
        ("list", "--status", "odd"),
        ("list", "--limit", 0),
    ],
)
def test_what_is_meant_otherwise_does_nothing(run, words):
    status, said, told = run(*words)
    assert (status, said) == (2, "")
    assert told
    assert not Path("var").exists()


def test_an_id_larger_than_any_is_no_dead_letter(run):
    put_dead("code_1")
    assert run("retry", 2**63 - 1) == (1, "0 queued again\n", f"no dead letter: {2**63 - 1}\n")
    assert run("retry", 2**63)[0] == 2
