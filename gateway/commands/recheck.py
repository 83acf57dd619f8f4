"""`satupintu registry recheck`: have everybody asked about again who is not verified."""

import asyncio
from functools import partial

import typer

from core.database.database import open_database
from core.database.unavailable import UnavailableError
from core.roster.lookup import call_for_checks
from gateway.commands.database import prepare_database
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration

UNAVAILABLE = 1  # exit status: the database gave out, and nothing was asked for


def run(configuration: Configuration) -> int:
    """Leave word for the gateway; return the exit status."""
    prepare_database(configuration.settings)
    try:
        asyncio.run(_call(configuration))
    except UnavailableError as error:
        typer.echo(str(error), err=True)
        return UNAVAILABLE
    typer.echo("the gateway asks again about everybody who is not verified")
    return 0


async def _call(configuration: Configuration) -> None:
    now = make_clock(configuration.settings)()
    database = open_database(configuration.settings.database)
    try:
        await database.write(partial(call_for_checks, campaign=configuration.campaign.id, now=now))
    finally:
        await database.close()
