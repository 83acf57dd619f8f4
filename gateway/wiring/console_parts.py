"""Constructs the console: its entrance, its visitors, and the acts that its buttons are."""

from gateway.http.asgi import App
from gateway.operators.console.app import console_app
from gateway.operators.console.visit import Console
from gateway.operators.desk import Desk
from gateway.operators.entrance.pages import Entrance, entrance_routes
from gateway.operators.entrance.proving import Proving
from gateway.operators.entrance.visitors import Visitors
from gateway.operators.runner import Runner
from gateway.runtime.clock import Clock
from gateway.settings.settings import Settings, reveal
from gateway.wiring.operator_parts import desk_acts


def make_console(desk: Desk, settings: Settings, clock: Clock) -> App:
    """Return the application below /console."""
    database, runner = desk.database, Runner(desk.database)
    runner.learn(desk_acts(desk, runner))
    proxy_secret = reveal(settings.console_proxy_secret)
    parts = Console(
        acts=runner.acts,
        run=runner.run,
        door=Visitors(database=database, clock=clock, proxy_secret=proxy_secret),
        wording=desk.wording,
        campaign=desk.campaign,
        clock=clock,
    )
    proving = Proving(database=database, clock=clock)
    entrance = Entrance(console=parts, proving=proving, secure=settings.production)
    return console_app(parts, entrance_routes(entrance))
