"""A database that was plain is sealed row by row: all is read as before, and nothing by others."""

import pytest

from core.database.data_keys import SEALING, add_key
from core.database.database import open_database
from core.database.key_wrapper import KEY_BYTES, LocalKeys
from core.database.sealing import seal_all
from core.database.statements import Statement, column_list
from core.database.tables import metadata
from core.database.unlocking import HalfSealedError, settle
from tests.contract.test_record_stores import NIK, PHONE, intent
from tests.contract.test_unlocking import on, opened
from tests.fixtures.effects import recorder
from tests.fixtures.sealing import at_rest

WRAPPER = LocalKeys([bytes(KEY_BYTES)])
BOOKKEEPING = {"data_keys", "compatibility"}
OWN = {"data_key", "name_marks"}


def everything(connection):
    """Return all rows of all tables, but what sealing adds."""
    return {
        table.name: sorted(map(repr, connection.all(_read(table))))
        for table in metadata.sorted_tables
        if table.name not in BOOKKEEPING
    }


def _read(table):
    columns = [column.name for column in table.columns if column.name not in OWN]
    return Statement("SELECT {c} FROM {t}", c=column_list(columns), t=table.name)


@pytest.fixture
async def registered(database_url):
    database = open_database(database_url)
    await recorder(database)(intent())
    await database.close()
    return database_url


async def test_all_is_read_as_before_and_nothing_without_the_key(registered):
    before = on(registered, everything)
    assert NIK in at_rest(registered)
    looked = []
    assert seal_all(registered, WRAPPER, lambda *step: looked.append(step))
    assert ("records", 1) in looked
    assert await opened(registered, WRAPPER, everything) == before
    found = at_rest(registered)
    assert not [one for one in (NIK, PHONE.value, "SITI", "Siti") if one in found]
    assert not seal_all(registered, WRAPPER, lambda *_: None)


async def test_interrupted_it_goes_on_and_seals_nothing_twice(registered):
    before = on(registered, everything)

    def die(table, _rows):
        if table == "intents":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal_all(registered, WRAPPER, die)
    with pytest.raises(HalfSealedError):
        on(registered, lambda connection: settle(connection, WRAPPER))
    assert seal_all(registered, WRAPPER, lambda *_: None)
    assert await opened(registered, WRAPPER, everything) == before
    on(registered, lambda connection: add_key(connection, SEALING, b"1"))
    assert seal_all(registered, WRAPPER, lambda *_: None)
    assert await opened(registered, WRAPPER, everything) == before
