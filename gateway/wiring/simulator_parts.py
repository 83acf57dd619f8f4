"""Constructs what is served below /try, from a gateway and its simulator."""

from functools import partial

from channels.email.letter import OwnMailbox
from core.database.statements import Connection, Statement
from core.messages import Channel
from gateway.demo import add_all
from gateway.http.asgi import App
from gateway.settings.secret import read_secret
from gateway.simulator.app import HOME, Stage, simulator_app
from gateway.simulator.shown import Shown
from gateway.simulator.simulator import Simulator
from gateway.simulator.truth import Truth
from gateway.wiring.gateway import Gateway

__all__ = ["HOME", "make_app"]

_FREE_LEASES = Statement("DELETE FROM leases")  # turned back, they would last for days


def make_app(gateway: Gateway, simulator: Simulator) -> App:
    """Return the application below /try."""
    settings, campaign, intake = gateway.settings, gateway.campaign, gateway.intake
    mailbox = OwnMailbox(campaign.mailboxes[0], read_secret(settings))
    shown = Shown(gateway.wording, mailbox, settings.public_url)
    database = intake.database

    async def turned() -> None:
        """Open the seats of the days that have come near, and do what has fallen due."""
        if settings.demo:
            await database.write(partial(_add_demo, gateway=gateway))
        await database.write(lambda connection: connection.run(_FREE_LEASES))
        simulator.hurry.wake()
        intake.nudge()

    return simulator_app(
        Stage(
            simulator=simulator,
            settings=settings,
            campaign=campaign.id,
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
            nudge=intake.nudge,
            providers={
                path: _provider(one.name) for one in gateway.channels for path in one.paths
            },
            draining=lambda: gateway.peer.draining,
        )
    )


def _add_demo(connection: Connection, gateway: Gateway) -> None:
    add_all(connection, campaign=gateway.campaign.id, now=gateway.intake.clock())


def _provider(name: str) -> str:
    """Return the provider of a channel with that name, such as `twilio_sms` or `kannel`."""
    known = [channel for channel in Channel if name.endswith(f"_{channel}")]
    return name.removesuffix(f"_{known[0]}") if known else name
