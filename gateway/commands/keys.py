"""`satupintu keys`: which keys wrap what seals the database, and their rotation."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

import typer

from core.database.data_keys import count_keys
from core.database.database import Database
from core.database.key_wrapper import LocalKeys, WrongKeyError
from core.database.rotation import rotate
from core.database.unavailable import UnavailableError
from gateway.commands.database import FAILED, closing_database, prepare_database
from gateway.runtime.tables import settle_keys
from gateway.settings.configuration import Configuration
from gateway.settings.sealing import key_wrapper
from gateway.settings.settings import Settings

T = TypeVar("T")

PAUSE_SECONDS: Final = 0.02  # between two batches: what people do comes first


def run_show(configuration: Configuration) -> None:
    """Print the ids of the keys, and how many data keys each wraps."""
    wrapper, counts = _use(configuration.settings, lambda database, _: database.read(count_keys))
    for place, key_id in enumerate(wrapper.key_ids):
        does = "wraps and unwraps" if place == 0 else "unwraps"
        typer.echo(f"key {key_id} {does}; it holds {counts.pop(key_id, 0)} data keys")
    for key_id, count in counts.items():
        typer.echo(f"key {key_id} is not set; it holds {count} data keys")


def run_rotate(configuration: Configuration) -> None:
    """Wrap all data keys anew under the first key, beside running gateways."""
    pause = partial(asyncio.sleep, PAUSE_SECONDS)
    try:
        wrapper, count = _use(
            configuration.settings, lambda database, keys: rotate(database, keys, pause)
        )
    except WrongKeyError as error:
        typer.echo(f"a data key is under the key {error.key_id}, which is not set", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo(f"{count} data keys wrapped anew; all are under the key {wrapper.key_id}")


def _use(
    settings: Settings, work: Callable[[Database, LocalKeys], Awaitable[T]]
) -> tuple[LocalKeys, T]:
    """Return the keys, and what `work` made of them and of the database, which is sealed."""

    async def opened(wrapper: LocalKeys) -> T:
        async with closing_database(settings.database) as database:
            return await work(database, wrapper)

    prepare_database(settings)
    wrapper = key_wrapper(settings)
    if wrapper is None or not settle_keys(settings):
        typer.echo("the database is not sealed", err=True)
        raise typer.Exit(FAILED)
    try:
        return wrapper, asyncio.run(opened(wrapper))
    except UnavailableError as error:
        typer.echo(f"{error}; run it again", err=True)
        raise typer.Exit(FAILED) from None
