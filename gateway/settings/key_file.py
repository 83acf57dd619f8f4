"""Read the key-encryption keys of the file that `SATUPINTU_KEY_FILE` names."""

from pathlib import Path
from typing import Final

from gateway.settings.settings import variable

KEYS_MAX: Final = 16
FILE_BYTES_MAX: Final = 8_192
HEX_CHARACTERS: Final = 64

_FORM: Final = (
    f"each line is a key of {HEX_CHARACTERS} hexadecimal digits (`openssl rand -hex 32`)"
)


def read_key_file(path: Path) -> tuple[list[bytes], list[str]]:
    """Return the keys of a file in their order, and every fault as a sentence without a key.

    Empty lines count for nothing, nor do those that begin with `#`.
    """
    try:
        lines = _read(path).splitlines()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return [], [f"{variable('key_file')} ({path}): cannot be read: {why}"]
    keys, faults = list[bytes](), list[str]()
    for number, line in enumerate(map(str.strip, lines), start=1):
        if key := _key(line):
            keys.append(key)
        elif line and not line.startswith("#"):
            faults.append(f"line {number} is no key: {_FORM}")
    if not faults and not 1 <= len(keys) <= KEYS_MAX:
        faults.append(f"holds {len(keys)} keys, not 1 to {KEYS_MAX}")
    return keys, [f"{variable('key_file')} ({path}): {fault}" for fault in faults]


def _read(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(FILE_BYTES_MAX + 1)
    if len(raw) > FILE_BYTES_MAX:
        raise ValueError(f"larger than {FILE_BYTES_MAX} bytes")
    return raw.decode("ascii", "replace")


def _key(line: str) -> bytes | None:
    try:
        return bytes.fromhex(line) if len(line) == HEX_CHARACTERS else None
    except ValueError:
        return None
