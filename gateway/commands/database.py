"""The database and the progress bars of commands that run beside the gateway."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import typer

from core.database.database import Database, open_database
from core.database.unavailable import UnavailableError
from core.database.unlocking import DatabaseKeys
from gateway.imports.sheets import Cells, Sheet
from gateway.runtime.tables import keys_of, prepare_tables
from gateway.settings.data_dir import make_data_dir
from gateway.settings.settings import Settings

T = TypeVar("T")

FAILED: Final = 1  # exit status: the database failed, or nothing could be done
PROGRESS_ROWS = 2_000


def prepare_database(settings: Settings) -> None:
    """Create or migrate the database; quick if it is at head."""
    if not settings.database_url:
        make_data_dir(settings.data_dir)
    prepare_tables(settings)


@asynccontextmanager
async def closing_database(
    url: str, *, keys: DatabaseKeys | None = None
) -> AsyncIterator[Database]:
    """Open the prepared database, and close it at the end."""
    database = open_database(url, keys=keys)
    try:
        yield database
    finally:
        await database.close()


def on_database(settings: Settings, work: Callable[[Database], Awaitable[T]], *, advice: str) -> T:
    """Run `work` on the gateway's database, beside the gateway; return its result.

    If the database fails, print why and the `advice`, and exit with `FAILED`.
    """

    async def opened() -> T:
        async with closing_database(settings.database, keys=keys_of(settings)) as database:
            return await work(database)

    try:
        prepare_database(settings)
        return asyncio.run(opened())
    except UnavailableError as error:
        typer.echo(f"{error}; {advice}", err=True)
        raise typer.Exit(FAILED) from None


def progress(label: str, length: int) -> Any:
    """Return a progress bar on stderr, hidden unless that is a terminal."""
    hidden = not sys.stderr.isatty()
    return typer.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)


def read_rows(sheet: Sheet) -> Iterator[tuple[int, Cells]]:
    """Yield the rows, with a progress bar."""
    at = 0
    with progress("reading", sheet.size) as bar:
        for number, cells in sheet.rows:
            if number % PROGRESS_ROWS == 0:
                here = sheet.position(number)
                bar.update(here - at)
                at = here
            yield number, cells
        bar.update(sheet.size - at)
