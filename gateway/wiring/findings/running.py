"""The findings of a gateway that runs, for its set-up screen."""

import asyncio
from functools import partial

from core.database.database import Database
from gateway.runtime.clock import Clock
from gateway.runtime.finding import Finding
from gateway.settings.configuration import Configuration
from gateway.wiring.findings.contents import look_at_contents, read_contents
from gateway.wiring.findings.settings import look_at_settings


async def examine_running(
    configuration: Configuration, database: Database, clock: Clock
) -> tuple[Finding, ...]:
    """Return the findings of the settings and of what the database holds.

    Ports, files and stores are left out: they are this gateway's own, and this page came by them.
    """
    read = partial(read_contents, campaign=configuration.campaign.id, now=clock())
    lacking = look_at_contents(await database.read(read), configuration.settings)
    return (*lacking, *await asyncio.to_thread(lambda: tuple(look_at_settings(configuration))))
