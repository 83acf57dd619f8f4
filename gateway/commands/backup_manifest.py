"""What a backup says of itself: its files by their digests, its tables by their rows, its audit.

There is no personal datum in it, so that it may be kept and compared anywhere.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from core.database.audit import chain_digest

MANIFEST: Final = "manifest.json"  # written last: without it the backup was cut off
FORMAT: Final = 1
AUDIT_COLUMNS: Final = ("id", "at", "action", "operator", "sealed", "digest")
_CHUNK_BYTES: Final = 1 << 20


class BackupError(Exception):
    """A backup cannot be made or read; the message is a sentence without personal data."""


class Audit(NamedTuple):
    """The audit as a chain: its rows, and the digest of the last one."""

    rows: int
    head: str


class CopiedFile(msgspec.Struct):
    """A file of the backup."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct):
    """A backup; `made_at` is when it was begun, `tables` the number of their rows.

    `audit` is None if its chain was broken already.
    """

    format: int
    made_at: str
    release: str
    dialect: str
    revision: str
    tables: dict[str, int]
    audit: Audit | None
    files: dict[str, CopiedFile]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, and see to it that all of the folder is on the disk."""
    path = folder / MANIFEST
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    for one in (*(folder / name for name in manifest.files), path, folder, folder.parent):
        _sync(one)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a backup; raise `BackupError` if there is none that can be read."""
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise BackupError(f"there is no {MANIFEST}: this is no backup, or was cut off") from None
    except OSError as error:
        raise BackupError(f"{MANIFEST} cannot be read: {error.strerror}") from None
    except msgspec.MsgspecError:
        raise BackupError(f"{MANIFEST} is damaged") from None
    if manifest.format != FORMAT:
        raise BackupError(f"{MANIFEST} is of another release: format {manifest.format}")
    return manifest


def describe_file(path: Path) -> CopiedFile:
    """Return the size and the digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
        return CopiedFile(file.tell(), digest.hexdigest())


def follow(rows: Iterable[tuple[int, str, str, str, str, str]]) -> Audit | None:
    """Return the audit whose `AUDIT_COLUMNS` are given by id; None if the chain is broken.

    Rows of before the chain have no digest.
    """
    count, head = 0, ""
    for _id, at, action, operator, sealed, digest in rows:
        count += 1
        if not (head or digest):
            continue
        if chain_digest(head, at=at, action=action, operator=operator, sealed=sealed) != digest:
            return None
        head = digest
    return Audit(count, head)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
