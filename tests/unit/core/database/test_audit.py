"""The audit is a chain: whoever changes, removes or adds a row breaks it; an erasure does not."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import core
import gateway
from core.database.audit import Noted, chain_digest, forget, note, seal
from core.database.in_memory import InMemoryDatabase
from core.database.statements import Statement

AT = datetime(2021, 1, 20, 8, tzinfo=UTC)
ROWS = Statement("""
    SELECT id, at, action, operator, number, why, salt, sealed, digest FROM audit ORDER BY id
""")


@pytest.fixture
def database():
    database = InMemoryDatabase()
    for number in ("7K3M-9QXC", None, "0GJB-TXS2"):
        noted = Noted(AT, "reveal", "sari", number, "asked by phone")
        database.run(lambda on, noted=noted: note(on, noted))
    return database


def broken_at(database):
    """Return the ids of the rows whose digest does not follow from the one before."""
    before, broken = "", []
    for row_id, at, action, operator, number, why, salt, sealed, digest in database.run(
        lambda on: on.all(ROWS)
    ):
        follows = chain_digest(before, at=at, action=action, operator=operator, sealed=sealed)
        if digest != follows or (salt and sealed != seal(salt, number or "", why)):
            broken.append(row_id)
        before = digest
    return broken


def test_an_untouched_chain_is_whole(database):
    assert broken_at(database) == []


def test_rows_that_are_added_together_follow_one_another(database):
    rows = [Noted(AT, "facility_day", "sari", number) for number in ("7K3M-9QXC", "0GJB-TXS2")]
    database.run(lambda on: note(on, *rows))
    assert [row[0] for row in database.run(lambda on: on.all(ROWS))] == [1, 2, 3, 4, 5]
    assert broken_at(database) == []


@pytest.mark.parametrize("column", ["at", "action", "operator", "why", "number", "sealed"])
def test_a_changed_row_breaks_it(database, column):
    change = Statement("UPDATE audit SET {column} = 'x' WHERE id = 2", column=column)
    database.run(lambda on: on.run(change))
    assert 2 in broken_at(database)


def test_a_removed_row_breaks_it(database):
    database.run(lambda on: on.run(Statement("DELETE FROM audit WHERE id = 2")))
    assert broken_at(database) == [3]


def test_nothing_else_writes_the_audit():
    """A row that was not added by `note` has no digest, and breaks the chain."""
    folders = (Path(core.__file__).parent, Path(gateway.__file__).parent)
    writes = re.compile(r"(INSERT INTO|DELETE FROM|UPDATE) audit\b")
    found = [
        path.name
        for folder in folders
        for path in folder.rglob("*.py")
        if writes.search(path.read_text())
    ]
    assert found == ["audit.py"]


def test_an_erasure_leaves_it_whole_and_nothing_of_the_person(database):
    database.run(lambda on: forget(on, ["7K3M-9QXC"]))
    assert broken_at(database) == []
    (first, *_) = database.run(lambda on: on.all(ROWS))
    assert first[4:7] == (None, "", "")
