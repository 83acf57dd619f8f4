"""A new database is sealed where a key is set, one with rows is not; a wrong key opens none."""

from contextlib import closing

import pytest

from core.database.compatibility import FIRST_TO_OPEN
from core.database.data_keys import (
    COMMON,
    REFS_MAX,
    SEALING,
    Wrapped,
    add_key,
    count_keys,
    find_key,
    next_keys,
    remove_key,
    rewrap_key,
)
from core.database.database import open_database
from core.database.drivers import driver_for
from core.database.key_wrapper import KEY_BYTES, LocalKeys
from core.database.keyring import MARK, draw_key
from core.database.rotation import rotate
from core.database.statements import Connection, Statement
from core.database.unavailable import UnavailableError
from core.database.unlocking import DatabaseKeys, HalfSealedError, LockedError, settle

OLD, NEW = (LocalKeys([bytes([fill]) * KEY_BYTES]) for fill in (1, 2))
BOTH = LocalKeys([bytes([fill]) * KEY_BYTES for fill in (2, 1)])
PERSON = {"nik": "3204110607010001", "full_name": "SITI AMINAH"}
_ADD = Statement("""
    INSERT INTO roster (campaign, nik, full_name, profession, facility_code, phone)
    VALUES ('c', :nik, :full_name, 'nurse', 'F1', NULL)
""")
_READ = Statement("SELECT nik, full_name FROM roster WHERE nik = :nik")
_FOR_ALL = Statement("UPDATE compatibility SET compatible_from = '0028'")
_RAW = Statement("SELECT nik, full_name FROM roster")


def on(url, operation):
    """Return what the operation returns of a plain connection, in a transaction."""
    driver = driver_for(url)
    with closing(driver.connect()) as raw:
        cursor = raw.cursor()
        cursor.execute(driver.writing.begin)
        result = operation(Connection(cursor, driver.dialect))
        cursor.execute("COMMIT")
        return result


def settled(url, wrapper):
    return on(url, lambda connection: settle(connection, wrapper))


async def opened(url, wrapper, operation):
    """Return what the operation returns of a database with these keys."""
    database = open_database(url, keys=wrapper and DatabaseKeys(wrapper))
    try:
        return await database.write(operation)
    finally:
        await database.close()


def test_an_empty_database_is_sealed_where_a_key_is_set_and_only_there(database_url):
    assert not settled(database_url, None)
    assert on(database_url, count_keys) == {}
    assert settled(database_url, OLD)
    assert settled(database_url, OLD)
    assert on(database_url, count_keys) == {OLD.key_id: 1}


async def test_one_with_rows_stays_plain(database_url):
    await opened(database_url, None, lambda connection: connection.run(_ADD, **PERSON))
    assert not settled(database_url, OLD)
    rows = await opened(database_url, OLD, lambda connection: connection.all(_READ, **PERSON))
    assert rows == [tuple(PERSON.values())]


async def test_a_sealed_one_is_written_and_read_by_who_has_the_key(database_url):
    settled(database_url, OLD)
    await opened(database_url, OLD, lambda connection: connection.run(_ADD, **PERSON))
    (raw,) = on(database_url, lambda connection: connection.all(_RAW))
    assert all(value.startswith(MARK) for value in raw)
    rows = await opened(database_url, BOTH, lambda connection: connection.all(_READ, **PERSON))
    assert list(rows) == [tuple(PERSON.values())]


async def test_without_its_key_it_is_refused_and_the_key_named(database_url):
    settled(database_url, OLD)
    for wrapper in (None, NEW):
        with pytest.raises(LockedError) as refused:
            settled(database_url, wrapper)
        assert refused.value.key_id == OLD.key_id
    with pytest.raises(UnavailableError) as unavailable:
        await opened(database_url, NEW, lambda connection: connection.run(_ADD, **PERSON))
    assert unavailable.value.cause == "locked"


async def test_one_that_is_half_sealed_is_refused(database_url):
    settled(database_url, OLD)
    on(database_url, lambda connection: add_key(connection, SEALING, b"1"))
    with pytest.raises(HalfSealedError):
        settled(database_url, OLD)
    with pytest.raises(UnavailableError) as unavailable:
        await opened(database_url, OLD, lambda connection: connection.run(_ADD, **PERSON))
    assert unavailable.value.cause == "unprepared"
    on(database_url, lambda connection: remove_key(connection, SEALING))
    assert settled(database_url, OLD)


async def test_nothing_is_written_before_it_is_known_whether_all_is_sealed(database_url):
    """An empty one may be sealed in the next moment: what were plain in it would be lost."""
    with pytest.raises(UnavailableError) as unavailable:
        await opened(database_url, OLD, lambda connection: connection.run(_ADD, **PERSON))
    assert unavailable.value.cause == "unprepared"


async def test_who_waits_is_told_once_it_is_known(database_url):
    keys, told = DatabaseKeys(OLD), []
    keys.tell(told.append)
    database = open_database(database_url, keys=keys)
    with pytest.raises(UnavailableError):
        await database.read(lambda _: None)
    assert told == []
    settled(database_url, OLD)
    for _ in range(3):
        await database.read(lambda _: None)
    await database.close()
    assert [keyring.token("nik", "1")[:1] for keyring in told] == [MARK] * len(told)
    assert told


async def no_pause():
    pass


async def test_all_data_keys_are_wrapped_anew(database_url):
    settled(database_url, OLD)
    refs = [f"r{n:04d}" for n in range(REFS_MAX)]
    count = 1 + len(refs)
    on(
        database_url,
        lambda connection: [add_key(connection, ref, draw_key(OLD, ref)) for ref in refs],
    )
    database = open_database(database_url)
    assert await rotate(database, BOTH, no_pause) == count
    assert await rotate(database, BOTH, no_pause) == 0
    assert await database.read(count_keys) == {NEW.key_id: count}
    await database.close()
    assert settled(database_url, NEW)
    NEW.unwrap(refs[0], on(database_url, lambda connection: find_key(connection, refs[0])))


def test_a_key_that_was_shredded_meanwhile_stays_so(database_url):
    settled(database_url, OLD)
    (key,) = on(database_url, lambda connection: next_keys(connection, after=""))
    assert key.ref == COMMON
    shred = Statement("UPDATE data_keys SET wrapped = NULL")
    on(database_url, lambda connection: connection.run(shred))
    assert on(database_url, lambda connection: rewrap_key(connection, key, b"x")) == 0
    assert on(database_url, lambda connection: next_keys(connection, after="")) == []
    stale = Wrapped(COMMON, b"other")
    assert on(database_url, lambda connection: rewrap_key(connection, stale, b"x")) == 0


@pytest.mark.parametrize(("wrapper", "first"), [(None, "0028"), (OLD, FIRST_TO_OPEN)])
def test_programs_without_keys_are_left_behind_by_what_is_sealed(wrapper, first, database_url):
    on(database_url, lambda connection: connection.run(_FOR_ALL))
    settled(database_url, wrapper)
    read = Statement("SELECT compatible_from FROM compatibility")
    assert on(database_url, lambda connection: connection.one(read)[0]) == first
