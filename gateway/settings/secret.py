"""The secret of what the gateway signs: set, or drawn once and kept in the data directory."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from gateway.settings.configuration import ConfigurationError
from gateway.settings.data_dir import make_data_dir
from gateway.settings.settings import Settings, reveal, variable

FILE: Final = "secret"
SECRET_BYTES: Final = 32


def read_secret(settings: Settings) -> bytes:
    """Return the secret; make one at the first start, which all workers then share.

    Raises `ConfigurationError` if it can neither be read nor kept.
    """
    if settings.secret:
        return reveal(settings.secret).encode()
    path = settings.data_dir.resolve() / FILE
    try:
        if not path.exists():
            make_data_dir(settings.data_dir)
            _draw(path)
        secret = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError):
        secret = b""
    if len(secret) < SECRET_BYTES:
        fault = f"cannot be used; delete it, or set {variable('secret')}"
        raise ConfigurationError([f"{variable('data_dir')} ({path}): {fault}"])
    return secret


def _draw(path: Path) -> None:
    """Write a new secret whole, unless another process was first."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink()
