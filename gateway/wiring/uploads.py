"""Constructs what takes in the files of the public form."""

from secrets import token_bytes

from channels.web.appeal import WebAppeal
from channels.web.pages import FRAMER
from channels.web.tokens import Seals
from gateway.http.asgi import App
from gateway.http.uploads import Uploads
from gateway.settings.secret import read_secret
from gateway.wiring.gateway import Gateway


def upload_apps(gateway: Gateway) -> dict[str, App]:
    """Return the application of each path that takes files; none without the public form."""
    settings = gateway.settings
    if "web" not in settings.wires:
        return {}
    tools = {} if gateway.simulator is None else {FRAMER: "/try"}
    channel = WebAppeal(
        gateway.wording,
        gateway.campaign,
        seals=Seals(read_secret(settings), token_bytes),
        url=settings.public_url,
        tools=tools,
    )
    uploads = Uploads(channel=channel, intake=gateway.intake, counting=gateway.counting)
    return dict.fromkeys(channel.paths, uploads)
