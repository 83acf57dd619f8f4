"""The tables of the gateway's database: migrated, and sealed or not."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from core.database.causes import Report, ignore_cause
from core.database.database import Database, open_database
from core.database.drivers import driver_for
from core.database.migrations import NewerTablesError, Tables, migrate
from core.database.unlocking import DatabaseKeys, HalfSealedError, LockedError, is_sealed, settle
from core.registration.marking import mark_all
from gateway.settings.configuration import ConfigurationError
from gateway.settings.sealing import key_wrapper
from gateway.settings.settings import Settings, variable

if TYPE_CHECKING:
    from core.database.key_wrapper import KeyWrapper

_HALF: Final = "it is half sealed; run `satupintu seal`, which goes on where it was interrupted"


def prepare_tables(settings: Settings) -> Tables:
    """Migrate the database, and seal a new one where a key is set. Blocks.

    Return what it was found to be. Raises `ConfigurationError` if it is of a newer release, or if
    no key that is set opens it; and what the driver raises.
    """
    try:
        found = migrate(settings.database)
        settle_keys(settings)
        mark_all(settings.database, keys=keys_of(settings))
    except NewerTablesError as error:
        raise ConfigurationError([f"{variable('database_url')}: {error}"]) from None
    return found


def settle_keys(settings: Settings) -> bool:
    """Return True if the database is sealed: as an empty one is from now on, if a key is set."""
    driver = driver_for(settings.database)
    with closing(driver.connect()) as raw, _in_words(settings) as wrapper:
        cursor = raw.cursor()
        cursor.execute(driver.writing.begin)
        sealed = settle(driver.connection(cursor, driver.dialect), wrapper)
        cursor.execute("COMMIT")
        return sealed


def look_at_keys(settings: Settings) -> bool:
    """Return whether the database is sealed, and write nothing; its tables are of this release.

    Raises `ConfigurationError` if no key that is set opens it, or it is half sealed.
    """
    driver = driver_for(settings.database)
    with closing(driver.connect()) as raw, _in_words(settings) as wrapper:
        return is_sealed(driver.connection(raw.cursor(), driver.dialect), wrapper)


@contextmanager
def _in_words(settings: Settings) -> Iterator["KeyWrapper | None"]:
    """Yield what wraps; say what keeps the database closed as a `ConfigurationError`."""
    wrapper = key_wrapper(settings)
    try:
        yield wrapper
    except HalfSealedError:
        raise ConfigurationError([f"{variable('database_url')}: {_HALF}"]) from None
    except LockedError as error:
        found = f"the database is sealed under the key {error.key_id}"
        if wrapper is None:
            fault = (
                f"{variable('secret')}: missing; {found}, which goes with its secret or key file"
            )
        else:
            names = f"{variable('secret')} or {variable('key_file')}"
            fault = f"{names}: of another database; {found}, and none that is set is that one"
        raise ConfigurationError([fault]) from None


def keys_of(settings: Settings) -> DatabaseKeys | None:
    """Return what is to learn the keys of the database; None if no key is set."""
    wrapper = key_wrapper(settings)
    return None if wrapper is None else DatabaseKeys(wrapper)


def open_tables(settings: Settings, *, report: Report = ignore_cause) -> Database:
    """Return the gateway's database, whose tables are prepared."""
    return open_database(settings.database, report=report, keys=keys_of(settings))
