"""Who steals the files of a gateway learns of nobody in them."""

import pytest

from core.database.keyring import MARK
from core.database.tables import metadata
from tests.fixtures.at_rest import (
    HALF_WAY,
    SECRET,
    dump,
    found_in,
    live,
    phone,
    pieces_of,
    rewrite_log,
    values_of,
)
from tests.fixtures.crowd import kill_everything
from tests.fixtures.people import name, nik

PEOPLE = 200  # 10,000 in `tests/soak/test_at_rest.py`


@pytest.fixture
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch")


async def test_without_a_secret_all_of_them_are_found(gateway, tmp_path, scratch):
    """The search itself is proven so: what is not sealed does not escape it."""
    running = gateway().start()
    crowd = await live(running, 12, scratch)
    kill_everything(running)
    found = found_in(tmp_path, values_of(crowd), scratch)
    assert found.keys() == values_of(crowd) - {phone(n)[1:] for n in HALF_WAY}  # digests only
    assert any("satupintu.db-wal" in files for files in found.values())
    assert all("appendonly.aof.1.incr.aof" in found[nik(n)] for n in HALF_WAY)


async def test_none_of_their_data_stands_in_any_file(gateway, tmp_path, scratch):
    running = gateway(SECRET=SECRET).start()
    crowd = await live(running, PEOPLE, scratch)
    rewrite_log(running)
    kill_everything(running)
    assert found_in(tmp_path, values_of(crowd) | pieces_of(crowd), scratch) == {}


async def test_none_of_their_data_stands_in_a_dump(gateway, tmp_path, scratch, pg_dsn):
    running = gateway(SECRET=SECRET, DATABASE_URL=pg_dsn).start()
    crowd = await live(running, PEOPLE, scratch)
    kill_everything(running)
    tables = dump(pg_dsn, tmp_path)
    assert all(f"COPY public.{table.name} " in tables for table in metadata.sorted_tables)
    assert tables.count(f"{MARK}nik:") > PEOPLE
    assert found_in(tmp_path, values_of(crowd) | pieces_of(crowd), scratch) == {}


async def test_what_was_plain_is_sealed_and_goes_on(gateway, tmp_path, scratch):
    running = gateway().start()
    crowd = await live(running, 8, scratch)
    running.stop()
    again = gateway(running.data_dir, SECRET=SECRET)
    again.command("seal")
    again.start()
    for person in crowd.people:
        (record,) = again.search(nik=person.nik)
        assert record["full_name"] == person.name
    half = HALF_WAY[0]
    typed = f"1*1*{nik(half)}*{name(half)}*2"
    assert "data ini benar?" in again.ussd(phone(half), f"half{half}", typed).text
    rewrite_log(again)
    kill_everything(again)
    assert found_in(tmp_path / "var", values_of(crowd), scratch) == {}
