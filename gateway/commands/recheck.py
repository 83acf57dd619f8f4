"""`satupintu registry recheck`: check everybody again who is not verified."""

from functools import partial

import typer

from core.roster.lookup import request_rechecks
from gateway.commands.database import on_database
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration


def run(configuration: Configuration) -> None:
    """Request the recheck, which the gateway carries out."""
    settings, now = configuration.settings, make_clock(configuration.settings)()
    call = partial(request_rechecks, campaign=configuration.campaign.id, now=now)
    on_database(settings, lambda database: database.write(call), advice="run it again")
    typer.echo("the gateway asks again about everybody who is not verified")
