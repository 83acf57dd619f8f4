"""Copies the database while gateways write: SQLite by its own backup, PostgreSQL by pg_dump.

What the manifest counts is of the same moment as the copy.
"""

import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from os import environ
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.database.drivers import driver_for
from core.database.postgres_url import PostgresUrl
from gateway.commands.backup_manifest import AUDIT_COLUMNS, Audit, BackupError, follow

SQLITE_FILE: Final = "satupintu.db"
POSTGRES_FILE: Final = "satupintu.pgdump"
ERROR_CHARACTERS_MAX: Final = 300  # of what a program of PostgreSQL says
BY_ID: Final = f"SELECT {', '.join(AUDIT_COLUMNS)} FROM audit ORDER BY id"  # noqa: S608 ours
_TABLES: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
}


class Copied(NamedTuple):
    """What was copied into which file; `audit` is None if its chain is broken."""

    name: str
    dialect: str
    revision: str
    tables: dict[str, int]
    audit: Audit | None


def copy_database(url: str, folder: Path) -> Copied:
    """Copy the database at the URL into the folder. Blocks; raises `BackupError`."""
    driver = driver_for(url)
    try:
        if driver.dialect == "sqlite":
            return _copy_sqlite(Path(url.partition("://")[2][1:]), folder / SQLITE_FILE)
        return _copy_postgres(PostgresUrl.of(url), folder / POSTGRES_FILE)
    except driver.errors as error:
        raise BackupError(f"the database cannot be copied: {type(error).__name__}") from None


def _copy_sqlite(source: Path, target: Path) -> Copied:
    if not source.exists():
        raise BackupError(f"there is no database yet at {source}")
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as live,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # the file is all there is of it
        return look_into(copy, "sqlite", target.name)


def _copy_postgres(url: PostgresUrl, target: Path) -> Copied:
    if url.pooled:
        raise BackupError("give the URL of PostgreSQL itself for this command, not of a pooler")
    program = program_of_postgres("pg_dump")
    with closing(url.connect({}, autocommit=False)) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone()
        run_program(
            *(program, "--format=custom", f"--snapshot={snapshot}", f"--file={target}"),
            *_reached(url),
            env=_password(url),
        )
        return look_into(connection, "postgresql", target.name)


def look_into(connection: Any, dialect: str, name: str) -> Copied:
    """Return what a database holds; raise `BackupError` if it has no tables."""
    names = sorted(row[0] for row in connection.execute(_TABLES[dialect]).fetchall())
    if "alembic_version" not in names:
        raise BackupError("there are no tables yet in the database")
    counted = {one: connection.execute(f'SELECT count(*) FROM "{one}"') for one in names}  # noqa: S608
    tables = {one: int(rows.fetchone()[0]) for one, rows in counted.items()}
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    audit = follow(connection.execute(BY_ID))
    return Copied(name, dialect, str(revision), tables, audit)


def program_of_postgres(name: str) -> str:
    """Return the path of one of PostgreSQL's client programs."""
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"there is no {name} here (on Debian: apt install postgresql-client)")
    return found


def run_program(*command: str | Path, env: Mapping[str, str] | None = None) -> None:
    """Run a program to its end; raise `BackupError` with the end of what it says if it fails."""
    done = subprocess.run(  # noqa: S603 our own arguments
        command, env=env, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise BackupError(f"{Path(command[0]).name}: {said[0][:ERROR_CHARACTERS_MAX]}")


def _reached(url: PostgresUrl) -> tuple[str, ...]:
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 only where there is PostgreSQL

    shown = {name: value for name, value in url.fields().items() if name != "password"}
    return (f"--dbname={make_conninfo('', **shown)}",)


def _password(url: PostgresUrl) -> Mapping[str, str]:
    """Return the environment with the password, which a list of processes must not show."""
    password = url.fields().get("password")
    return {**environ, "PGPASSWORD": password} if password else dict(environ)
