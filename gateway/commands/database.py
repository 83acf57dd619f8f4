"""What commands that work beside a running gateway share: a database to write to, and a bar."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import typer

from core.database.database import Database, open_database
from core.database.migrations import migrate
from gateway.settings.data_dir import make_data_dir
from gateway.settings.settings import Settings

T = TypeVar("T")


def prepare_database(settings: Settings) -> None:
    """Make the database, or bring it to this version; quick where it is."""
    if not settings.database_url:
        make_data_dir(settings.data_dir)
    migrate(settings.database)


@asynccontextmanager
async def closing_database(url: str) -> AsyncIterator[Database]:
    """Open the database, which is migrated, and close it in the end."""
    database = open_database(url)
    try:
        yield database
    finally:
        await database.close()


def on_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do the work on the gateway's database, which may be serving meanwhile.

    Raises `UnavailableError` where the database gives out.
    """

    async def opened() -> T:
        async with closing_database(settings.database) as database:
            return await work(database)

    prepare_database(settings)
    return asyncio.run(opened())


def progress(label: str, length: int) -> Any:
    """Return a bar on stderr; none where nobody watches."""
    hidden = not sys.stderr.isatty()
    return typer.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden)
