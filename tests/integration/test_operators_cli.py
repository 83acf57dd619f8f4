"""Operators are named on the command line: added, linked, listed, disabled, given tokens."""

import re
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.operators.roles import Scope
from core.operators.tokens import digest_of_secret
from gateway.commands import cli
from gateway.settings.settings import given_names


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(Path(__file__).parents[2] / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["satupintu", "operators", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


def ask(sql):
    with closing(sqlite3.connect("var/satupintu.db")) as connection:
        return connection.execute(sql).fetchall()


def test_one_is_added_with_a_link_that_is_kept_as_a_digest(run):
    status, said, _ = run("add", "sari", "--role", "officer")
    assert status == 0
    (secret,) = re.findall(r"/console/enrol/(\S+)", said)
    ((digest, purpose),) = ask("SELECT digest, purpose FROM operator_links")
    assert (digest, purpose) == (digest_of_secret(secret), "enrol")
    assert run("list") == (0, "sari  officer  not enrolled\n", "")
    assert ask("SELECT operator, action FROM audit") == [
        ("command", "operator_added sari officer")
    ]


def test_a_name_is_given_once_also_after_it_was_disabled(run):
    run("add", "sari", "--role", "officer")
    assert run("add", "sari", "--role", "manager")[0] == 1
    assert run("disable", "sari")[0] == 0
    assert run("disable", "sari")[0] == 1
    assert run("add", "sari", "--role", "manager")[0] == 1
    assert run("link", "sari")[0] == 1
    assert run("token", "sari")[0] == 1
    assert re.fullmatch(r"sari  officer  disabled \d{4}-\d\d-\d\d\n", run("list")[1])


@pytest.mark.parametrize(
    "words",
    [
        ("sari", "--role", "boss"),
        ("sari", "--role", "facility"),
        ("sari", "--role", "officer", "--facility", "X"),
        ("operator", "--role", "manager"),
        ("rule", "--role", "manager"),
        ("x" * 65, "--role", "officer"),
        ("sari\n", "--role", "officer"),
    ],
)
def test_what_cannot_be_an_operator_is_refused(run, words):
    assert run("add", *words)[0] == 2


def test_a_facility_has_its_code(run):
    assert run("add", "x" * 64, "--role", "facility", "--facility", "SOREANG")[0] == 0
    assert run("list")[1] == f"{'x' * 64}  facility  SOREANG  not enrolled\n"


def test_a_token_is_shown_once_and_kept_as_a_digest_and_ends_when_it_is_revoked(run):
    run("add", "sari", "--role", "officer")
    status, said, _ = run("token", "sari", "--label", "bi", "--scope", "overview")
    token = said.split()[0]
    assert status == 0
    kept = ask("SELECT digest, label, scopes, revoked_at FROM operator_tokens")
    assert kept == [(digest_of_secret(token), "bi", '["overview"]', "")]
    assert run("token", "sari", "--label", "bi", "--revoke")[1] == "1 revoked\n"
    assert run("token", "sari", "--label", "bi", "--revoke")[1] == "0 revoked\n"
    assert run("token", "sari", "--scope", "everything")[0] == 2
    run("token", "sari")
    ((scopes,),) = ask("SELECT scopes FROM operator_tokens WHERE revoked_at = ''")
    assert all(scope in scopes for scope in Scope)
    assert [action for (action,) in ask("SELECT action FROM audit ORDER BY id")] == [
        "operator_added sari officer",
        "token_added sari bi",
        "token_revoked sari bi",
        "token_added sari token",
    ]


def test_a_newer_link_ends_the_older(run):
    run("add", "sari", "--role", "officer")
    assert run("link", "sari")[0] == 0
    assert ask("SELECT COUNT(*) FROM operator_links WHERE used_at = ''") == [(1,)]
    assert run("link", "nobody")[0] == 1
    assert run("list")[0] == 0


def test_nobody_is_told_where_there_is_nobody(run):
    assert run("list") == (0, "there are no operators\n", "")
