"""Whether personal data is sealed, and the key-encryption keys that wrap what seals it."""

from typing import TYPE_CHECKING

from gateway.settings.configuration import ConfigurationError
from gateway.settings.key_file import read_key_file
from gateway.settings.settings import Settings, reveal

if TYPE_CHECKING:
    from core.database.key_wrapper import LocalKeys


def seals(settings: Settings) -> bool:
    """Return True if a new database is sealed."""
    return bool(settings.secret or settings.key_file)


def key_wrapper(settings: Settings) -> "LocalKeys | None":
    """Return what wraps data keys: the first key of the file, or else that of the secret.

    All unwrap, so a database moves from the secret to a file by one rotation. None if neither is
    set. Raises `ConfigurationError` if the file is faulty.
    """
    if not seals(settings):
        return None
    from core.database.key_wrapper import LocalKeys, key_of_secret  # noqa: PLC0415 only who seals

    keys = list[bytes]()
    if settings.key_file is not None:
        keys, faults = read_key_file(settings.key_file)
        if faults:
            raise ConfigurationError(faults)
    if settings.secret:
        keys.append(key_of_secret(reveal(settings.secret).encode()))
    return LocalKeys(keys)
