"""`satupintu seal`: seals a database and a Redis that were plain, while no gateway serves."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Final, TypeVar

import typer

from core.database.data_keys import COMMON, find_key
from core.database.drivers import Driver, driver_for
from core.database.key_wrapper import KeyWrapper
from core.database.leases import held_until
from core.database.migrations import migrate
from core.database.sealing import seal_all
from core.database.statements import Connection
from core.database.unlocking import LockedError, unlock
from core.turns.sealed_form import Sealed
from core.turns.sealing_sessions import seal_sessions
from gateway.commands.database import FAILED
from gateway.process.embedded_valkey import EmbeddedValkey
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration, ConfigurationError
from gateway.settings.sealing import key_wrapper
from gateway.settings.settings import Settings, reveal, variable

T = TypeVar("T")

_NO_KEY: Final = "missing; it, or a key file, is what seals"


def run(configuration: Configuration) -> None:
    """Seal all; exit with `FAILED` if a gateway works there."""
    settings = configuration.settings
    wrapper = key_wrapper(settings)
    if wrapper is None:
        raise ConfigurationError([f"{variable('secret')}: {_NO_KEY}"])
    migrate(settings.database)
    with ExitStack() as stack:
        redis_url = reveal(settings.redis_url) or _embedded(settings, stack)  # locks others out
        _refuse_beside(settings)
        try:
            sealed = seal_all(settings.database, wrapper, _say)
        except LockedError as error:
            typer.echo(f"the database is sealed under the key {error.key_id}", err=True)
            raise typer.Exit(FAILED) from None
        count = asyncio.run(seal_sessions(redis_url, _form(settings, wrapper)))
    typer.echo(f"the database {'is' if sealed else 'was'} sealed; {count} conversations are now")


def _embedded(settings: Settings, stack: ExitStack) -> str:
    valkey = EmbeddedValkey(settings.data_dir, binary=settings.valkey_bin)
    url = stack.enter_context(valkey)
    valkey.await_answer()
    return url


def _refuse_beside(settings: Settings) -> None:
    """Exit with `FAILED` if a gateway holds a lease on any work; the data dir has its own lock."""
    if settings.embedded_redis and not settings.database_url:
        return
    until = _on(driver_for(settings.database), lambda one: held_until(one, make_clock(settings)()))
    if until:
        typer.echo(f"a gateway works here: stop all, and run this after {until}", err=True)
        raise typer.Exit(FAILED)


def _form(settings: Settings, wrapper: KeyWrapper) -> Sealed:
    common = _on(driver_for(settings.database), lambda one: find_key(one, COMMON))
    assert common is not None, "all is sealed"
    return Sealed(unlock(common, wrapper))


def _on(driver: Driver, look: Callable[[Connection], T]) -> T:
    with closing(driver.connect()) as raw:
        return look(Connection(raw.cursor(), driver.dialect))


def _say(table: str, rows: int) -> None:
    typer.echo(f"{table}: {rows} rows", err=True)
