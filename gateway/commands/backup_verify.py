"""`satupintu verify`: restores a backup into a scratch file, and compares it with its manifest."""

import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import typer

from core.database.migrations import HEAD
from gateway.commands.backup_copies import BY_ID, look_into, program_of_postgres
from gateway.commands.backup_manifest import (
    AUDIT_COLUMNS,
    Audit,
    BackupError,
    Manifest,
    describe_file,
    follow,
    read_manifest,
)
from gateway.commands.database import FAILED
from gateway.runtime.finding import Finding

_COPY: Final = re.compile(rb"COPY (?:\S+\.)?(\S+) \(([^)]*)\) FROM stdin;\n")
_END: Final = b"\\.\n"
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_MEANT: Final = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_SCRATCH_AUDIT: Final = """
    CREATE TABLE audit (id INTEGER PRIMARY KEY, at, action, operator, sealed, digest)
"""

Restored = tuple[dict[str, int], Audit | None]


def run_verify(folder: Path) -> None:
    """Print what is found; exit with `FAILED` if the backup cannot be relied on."""
    try:
        findings = list(_findings(folder))
    except BackupError as error:
        findings = [Finding("backup", str(error))]
    for finding in findings:
        typer.echo(finding.line)
    if any(finding.fault for finding in findings):
        raise typer.Exit(FAILED)


def _findings(folder: Path) -> Iterator[Finding]:
    manifest = read_manifest(folder)
    yield Finding(f"made at {manifest.made_at} by satupintu {manifest.release}")
    newer = manifest.revision > HEAD
    yield Finding(
        f"tables {manifest.revision}", f"newer than this release ({HEAD})" if newer else ""
    )
    damaged = [_damage(folder, name, manifest) for name in manifest.files]
    yield from damaged
    if any(one.fault for one in damaged):
        return
    [name] = manifest.files
    tables, audit = _RESTORE[manifest.dialect](folder / name)
    yield from _compare(manifest, tables, audit)


def _damage(folder: Path, name: str, manifest: Manifest) -> Finding:
    try:
        same = describe_file(folder / name) == manifest.files[name]
    except OSError as error:
        return Finding(name, f"cannot be read: {error.strerror}")
    return Finding(name, "" if same else "is not the file that was written")


def _compare(
    manifest: Manifest, tables: Mapping[str, int], audit: Audit | None
) -> Iterator[Finding]:
    wrong = sorted(
        name
        for name in manifest.tables.keys() | tables.keys()
        if manifest.tables.get(name) != tables.get(name)
    )
    rows = f"{sum(tables.values()):,} rows of {len(tables)} tables"
    yield Finding(rows, f"other numbers than the manifest's in {', '.join(wrong)}" * bool(wrong))
    whole = audit is not None and audit == manifest.audit
    yield Finding("audit", "" if whole else "its chain is broken, or not the manifest's")


def _restore_sqlite(file: Path) -> Restored:
    """Open a copy of the copy as a gateway would, and read all of it."""
    with tempfile.TemporaryDirectory() as scratch:
        restored = Path(shutil.copy(file, scratch))
        try:
            with closing(sqlite3.connect(restored)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
                    raise BackupError(f"{file.name} is damaged")
                if connection.execute("PRAGMA foreign_key_check").fetchone():
                    raise BackupError(f"{file.name} refers to rows that it does not have")
                copied = look_into(connection, "sqlite", file.name)
        except sqlite3.Error as error:
            raise BackupError(f"{file.name}: {type(error).__name__}") from None
    return copied.tables, copied.audit


def _restore_postgres(file: Path) -> Restored:
    """Read the whole archive as pg_restore would load it: without a server, into a scratch file.

    Rows come in any order; the scratch file puts those of the audit in theirs.
    """
    command = [program_of_postgres("pg_restore"), "--data-only", "--file=-", str(file)]
    tables: dict[str, int] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "audit.db")) as scratch,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as restoring,  # noqa: S603
    ):
        scratch.execute(_SCRATCH_AUDIT)
        assert restoring.stdout is not None
        for table, columns, rows in _tables(iter(restoring.stdout)):
            keep = _keep_audit(scratch, columns) if table == "audit" else _ignore
            tables[table] = sum(keep(row) for row in rows)
        if restoring.wait():
            raise BackupError(f"pg_restore cannot read {file.name}")
        return tables, follow(scratch.execute(BY_ID))


def _tables(lines: Iterator[bytes]) -> Iterator[tuple[str, list[str], Iterator[bytes]]]:
    """Yield each table of a script of pg_restore: its name, columns, and rows to be used up."""
    for line in lines:
        if found := _COPY.fullmatch(line):
            table, columns = (part.decode().replace('"', "") for part in found.groups())
            yield table, columns.split(", "), iter(lambda: next(lines), _END)


def _ignore(_row: bytes) -> int:
    return 1


def _keep_audit(scratch: sqlite3.Connection, columns: Sequence[str]) -> Callable[[bytes], int]:
    places = [columns.index(name) for name in AUDIT_COLUMNS]

    def keep(row: bytes) -> int:
        fields = row.rstrip(b"\n").split(b"\t")
        values = [_plain(fields[place]) for place in places]
        return scratch.execute("INSERT INTO main.audit VALUES (?, ?, ?, ?, ?, ?)", values).rowcount

    return keep


def _plain(field: bytes) -> str:
    """Return a field of COPY's text format as what it stands for; none of these is NULL."""
    return _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), field).decode()


_RESTORE: Final[Mapping[str, Callable[[Path], Restored]]] = {
    "sqlite": _restore_sqlite,
    "postgresql": _restore_postgres,
}
