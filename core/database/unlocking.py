"""Whether a database is sealed, and the keyring that opens it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from core.database.compatibility import FIRST_TO_OPEN, leave_behind
from core.database.data_keys import COMMON, SEALING, add_key, find_key, is_empty
from core.database.drivers import Driver
from core.database.statements import Connection
from core.database.unavailable import UnavailableError

if TYPE_CHECKING:
    from core.database.key_wrapper import KeyWrapper
    from core.database.keyring import Keyring


class LockedError(Exception):
    """The database is sealed and no key is set, or another is; `key_id` is that of its key."""

    def __init__(self, key_id: str) -> None:
        super().__init__("the database is sealed under another key")
        self.key_id = key_id


class HalfSealedError(Exception):
    """The database is being sealed, or was when that was interrupted."""


def settle(connection: Connection, wrapper: "KeyWrapper | None") -> bool:
    """Return True if the database is sealed: as an empty one is from now on, given a wrapper.

    Raises `LockedError` and `HalfSealedError`.
    """
    if is_sealed(connection, wrapper):
        return True
    if wrapper is None or not is_empty(connection):
        return False
    unlock(add_common(connection, wrapper), wrapper)
    return True


def is_sealed(connection: Connection, wrapper: "KeyWrapper | None") -> bool:
    """Return whether the database is sealed; raise `LockedError` and `HalfSealedError`."""
    if find_key(connection, SEALING) is not None:
        raise HalfSealedError
    common = find_key(connection, COMMON)
    if common is not None:
        unlock(common, wrapper)
    return common is not None


def add_common(connection: Connection, wrapper: "KeyWrapper") -> bytes:
    """Add a common data key, unless there is one; return the one that there is.

    Programs that know nothing of keys would look for what is plain, and write it: they are left
    behind.
    """
    from core.database.keyring import draw_key  # noqa: PLC0415 only who seals

    add_key(connection, COMMON, draw_key(wrapper, COMMON))
    leave_behind(connection, before=FIRST_TO_OPEN)
    common = find_key(connection, COMMON)
    assert common is not None, "it was added"
    return common


def unlock(common: bytes, wrapper: "KeyWrapper | None") -> "Keyring":
    """Return the keyring; raise `LockedError` if the wrapper cannot unwrap the common key."""
    from core.database.key_wrapper import WrongKeyError, wrapping_key_id  # noqa: PLC0415
    from core.database.keyring import Keyring  # noqa: PLC0415 only who seals

    try:
        if wrapper is not None:
            return Keyring(wrapper, common)
    except WrongKeyError:
        pass
    raise LockedError(wrapping_key_id(common))


class DatabaseKeys:
    """What a process knows of the keys of its database, from its first operation on."""

    def __init__(self, wrapper: "KeyWrapper") -> None:
        self._wrapper = wrapper
        self._make: Callable[[Any, str], Connection] = self._look
        self._told: list[Callable[[Keyring | None], None]] = []

    def guard(self, driver: Driver) -> Driver:
        """Return the driver with connections that seal and open, if the database is sealed."""
        return replace(driver, connection=self._connection)

    def tell(self, learn: "Callable[[Keyring | None], None]") -> None:
        """Call `learn`, in any thread, once it is known: with the keyring, None if it is plain."""
        self._told.append(learn)

    def _connection(self, cursor: Any, dialect: str) -> Connection:
        return self._make(cursor, dialect)

    def _look(self, cursor: Any, dialect: str) -> Connection:
        """Look whether the database is sealed; what comes next knows."""
        plain = Connection(cursor, dialect)
        common = find_key(plain, COMMON)
        if find_key(plain, SEALING) is not None or (common is None and is_empty(plain)):
            raise UnavailableError("it is not prepared yet", cause="unprepared")
        keyring = None if common is None else self._unlock(common)
        make: Callable[[Any, str], Connection] = Connection
        if keyring is not None:
            from core.database.sealed import SealedConnection  # noqa: PLC0415 only who seals

            make = partial(SealedConnection, keyring=keyring)
        for learn in self._told:
            learn(keyring)
        self._make = make
        return make(cursor, dialect)

    def _unlock(self, common: bytes) -> "Keyring":
        try:
            return unlock(common, self._wrapper)
        except LockedError as error:
            raise UnavailableError("it is sealed under another key", cause="locked") from error
