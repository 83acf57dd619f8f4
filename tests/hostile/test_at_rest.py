"""Who steals the files of a gateway learns of nobody in them."""

import pytest

from tests.fixtures.at_rest import (
    HALF_WAY,
    found_in,
    live,
    phone,
    values_of,
)
from tests.fixtures.crowd import kill_everything
from tests.fixtures.people import nik


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
