"""`satupintu registry recheck`: check everybody again who is not verified."""

from functools import partial

import typer

from core.database.unavailable import UnavailableError
from core.roster.lookup import request_rechecks
from gateway.commands.database import on_database
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration

UNAVAILABLE = 1  # exit status: the database failed, and no recheck was requested


def run(configuration: Configuration) -> int:
    """Request the recheck, which the gateway carries out; return the exit status."""
    settings, now = configuration.settings, make_clock(configuration.settings)()
    call = partial(request_rechecks, campaign=configuration.campaign.id, now=now)
    try:
        on_database(settings, lambda database: database.write(call))
    except UnavailableError as error:
        typer.echo(str(error), err=True)
        return UNAVAILABLE
    typer.echo("the gateway asks again about everybody who is not verified")
    return 0
