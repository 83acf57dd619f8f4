"""The suite of the stores of registrations and messages once more, on a sealed SQLite."""

import pytest

from tests.contract.test_record_stores import *  # noqa: F403 all of its tests
from tests.fixtures.sealing import open_sealed


@pytest.fixture
async def database(sqlite_emptied):
    opened = open_sealed(sqlite_emptied)
    yield opened
    await opened.close()


@pytest.fixture
def database_url(sqlite_emptied):
    return sqlite_emptied
