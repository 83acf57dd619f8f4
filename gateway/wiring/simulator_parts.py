"""Constructs what is served below /try, from a gateway and its simulator."""

from functools import partial

from channels.email.letter import OwnMailbox
from core.database.statements import Connection
from gateway.demo import add_all
from gateway.http.asgi import App
from gateway.settings.secret import read_secret
from gateway.simulator.app import HOME, Stage, simulator_app
from gateway.simulator.shown import Shown
from gateway.simulator.simulator import Simulator
from gateway.simulator.truth import Truth
from gateway.wiring.gateway import Gateway

__all__ = ["HOME", "make_app"]


def make_app(gateway: Gateway, simulator: Simulator) -> App:
    """Return the application below /try."""
    settings, campaign, intake = gateway.settings, gateway.campaign, gateway.intake
    mailbox = OwnMailbox(campaign.mailboxes[0], read_secret(settings))
    shown = Shown(gateway.wording, mailbox, settings.public_url)
    database = intake.database

    async def turned() -> None:
        """Open the seats of the days that have come near, and send what has fallen due."""
        if settings.demo:
            await database.write(partial(_add_demo, gateway=gateway))
        intake.nudge()

    return simulator_app(
        Stage(
            simulator=simulator,
            settings=settings,
            country=campaign.country,
            database=database,
            shown=shown,
            truth=Truth(
                database=database,
                sessions=intake.sessions,
                shown=shown,
                wording=gateway.wording,
                metrics=intake.metrics,
                simulator=simulator,
            ),
            turned=turned,
            draining=lambda: gateway.peer.draining,
        )
    )


def _add_demo(connection: Connection, gateway: Gateway) -> None:
    add_all(connection, campaign=gateway.campaign.id, now=gateway.intake.clock())
