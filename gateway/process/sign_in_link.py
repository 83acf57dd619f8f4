"""The link that dev prints at its start: it signs a manager in, once."""

from datetime import datetime
from functools import partial
from typing import Final

from core.database.statements import Connection
from core.operators.links import Purpose, add_link, draw_secret_text
from core.operators.operators import add_operator
from core.operators.roles import Role
from gateway.runtime.clock import make_clock
from gateway.runtime.tables import open_tables
from gateway.settings.settings import Settings

NAME: Final = "dev"


async def make_sign_in_link(settings: Settings) -> str:
    """Return the URL; raise `UnavailableError` if the database cannot be used."""
    secret, at = draw_secret_text(), make_clock(settings)()
    database = open_tables(settings)
    try:
        await database.write(partial(_add, secret=secret, at=at))
    finally:
        await database.close()
    return f"{console_url(settings)}/sign-in/{secret}"


def console_url(settings: Settings) -> str:
    """Return the console's URL on this machine."""
    return f"http://{settings.host}:{settings.console_port or settings.http_port}/console"


def _add(connection: Connection, *, secret: str, at: datetime) -> None:
    add_operator(connection, NAME, Role.MANAGER, "", at)
    add_link(connection, NAME, secret, Purpose.SIGN_IN, at)
