"""Ten thousand people by all doors, and all that a thief could take: none of them is in it."""

import shutil
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.fixtures.at_rest import (
    SECRET,
    dump,
    encodings,
    found_in,
    live,
    pieces_of,
    rewrite_log,
    values_of,
)
from tests.fixtures.crowd import kill_everything
from tests.fixtures.postgres import running_server

PEOPLE = 10_000


@pytest.fixture
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch")


async def test_nobody_is_in_the_files_of_sqlite(gateway, tmp_path, scratch):
    running = gateway(SECRET=SECRET, WORKERS=2).start()
    crowd = await live(running, PEOPLE, scratch)
    rewrite_log(running)
    kill_everything(running)
    look(tmp_path, crowd, scratch)


async def test_nobody_is_in_a_dump_of_postgresql_nor_in_its_files(gateway, tmp_path, scratch):
    with running_server() as dsn:
        running = gateway(SECRET=SECRET, WORKERS=2, DATABASE_URL=dsn).start()
        crowd = await live(running, PEOPLE, scratch)
        kill_everything(running)
        dump(dsn, tmp_path)
        shutil.copytree(Path(conninfo_to_dict(dsn)["host"]) / "data", tmp_path / "server")
    look(tmp_path, crowd, scratch)


def look(folder, crowd, scratch):
    """Look for everybody in every file, and tell how much that was."""
    values = values_of(crowd) | pieces_of(crowd)
    found = found_in(folder, values, scratch)
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    patterns = sum(1 for value in values for _ in encodings(value))
    print(f"{len(crowd.people):,} people; {len(sizes)} files, {sum(sizes):,} bytes;", end=" ")
    print(f"{len(values):,} values in {patterns:,} encodings; found: {len(found)}")
    assert found == {}
