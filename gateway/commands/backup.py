"""`satupintu backup`: a consistent copy of the database and a manifest, beside its gateways."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import typer

from core.database.drivers import driver_for
from core.database.statements import Connection, iso_utc
from core.operators.backups import note_backup
from gateway.commands.backup_copies import copy_database
from gateway.commands.backup_manifest import (
    FORMAT,
    BackupError,
    Manifest,
    describe_file,
    write_manifest,
)
from gateway.commands.database import FAILED
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration


def run_backup(configuration: Configuration, folder: Path) -> None:
    """Back the database up into a new or empty folder; exit with `FAILED` if that fails."""
    url, at = configuration.settings.database, make_clock(configuration.settings)()
    try:
        with _private(), _filled(folder):
            manifest = _back_up(url, folder, at)
    except BackupError as error:
        typer.echo(f"no backup was made: {error}", err=True)
        raise typer.Exit(FAILED) from None
    rows = sum(manifest.tables.values())
    typer.echo(f"{folder}: {manifest.dialect}, tables {manifest.revision}, {rows:,} rows")
    if manifest.audit is None:
        typer.echo("its audit is broken, as in the database: docs/verify_audit.py", err=True)
    _note(url, at)


def _back_up(url: str, folder: Path, at: datetime) -> Manifest:
    copied = copy_database(url, folder)
    manifest = Manifest(
        format=FORMAT,
        made_at=iso_utc(at),
        release=version("satupintu"),
        dialect=copied.dialect,
        revision=copied.revision,
        tables=copied.tables,
        audit=copied.audit,
        files={copied.name: describe_file(folder / copied.name)},
    )
    write_manifest(folder, manifest)
    return manifest


@contextmanager
def _private() -> Iterator[None]:
    """Close what is made to other users: it holds people's registrations."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _filled(folder: Path) -> Iterator[None]:
    """Make the folder; leave nothing of ours in it if what fills it fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BackupError(f"{folder} is not empty")
    except OSError as error:
        raise BackupError(f"{folder} cannot be used: {error.strerror}") from None
    try:
        yield
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise BackupError(f"{folder} cannot be written: {error.strerror}") from None
        raise


def _note(url: str, at: datetime) -> None:
    """Note when it was made, for the metric; tables of before revision 0030 have no place."""
    driver = driver_for(url)
    try:
        with closing(driver.connect()) as raw:
            note_backup(Connection(raw.cursor(), driver.dialect), at)
    except driver.errors:
        typer.echo("the backup is whole, but could not be noted for the metric", err=True)
