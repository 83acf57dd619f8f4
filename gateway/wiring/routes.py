"""The routes of queued messages: the carriers of each channel, in the order of the settings."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import httpx2

from channels.whatsapp.meta import MetaCarrier
from core.messages import Channel
from core.outbox.receipts import account_of
from core.wording.catalog import Wording
from core.wording.templates import Templates
from gateway.runtime.logs import log
from gateway.sending.delivery import NO_ACCOUNT, Route, by_http, by_upload
from gateway.settings.configuration import Configuration
from gateway.settings.relay_url import read_url
from gateway.settings.secret import read_secret
from gateway.settings.settings import reveal
from gateway.wiring.providers import TEMPLATES, answers_in_band, make_carriers


def make_routes(
    configuration: Configuration, wording: Wording, client: httpx2.AsyncClient
) -> dict[str, list[Route]]:
    """Return the routes of queued messages, by channel, in the order in which they are tried.

    Those of SMS to numbers that begin with a prefix stand beside them, as under `sms+62811`. A
    channel without one keeps its messages: dev marks them sent, in production they stay queued.
    """
    settings = configuration.settings
    made: dict[str, list[Route]] = defaultdict(list)
    for channel, route in _every_route(configuration, wording, client):
        made[channel].append(route)
    texts = {f"{Channel.SMS}{prefix}": order for prefix, order in settings.sms_prefixes.items()}
    routes: dict[str, list[Route]] = {}
    for name, order in (*settings.routes.items(), *texts.items()):
        several = made[name.partition("+")[0]]
        routes[name] = [
            route
            for provider in order
            for route in several
            if account_of(route.provider) == provider
        ]
    for channel in (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL) if settings.production else ():
        if not routes[channel]:
            event = "no account sends on this channel; its messages stay queued"
            log.warning(event, part=channel)
            routes[channel].append(NO_ACCOUNT)
    return {name: several for name, several in routes.items() if several or name not in texts}


def _every_route(
    configuration: Configuration, wording: Wording, client: httpx2.AsyncClient
) -> Iterator[tuple[Channel, Route]]:
    settings, campaign = configuration.settings, configuration.campaign
    rates = {name: rate / settings.workers for name, rate in settings.send_rate.items()}
    templates = Templates(campaign, wording)
    for channel, carrier in make_carriers(settings, wording):
        rate = rates[carrier.provider]
        if isinstance(carrier, MetaCarrier):
            yield channel, by_upload(carrier, client, rate)
        else:
            senders = campaign.senders if channel is Channel.SMS else {}
            yield channel, by_http(carrier, client, rate, senders)
        make = TEMPLATES.get(carrier.provider) if channel is Channel.WHATSAPP else None
        if make is not None:
            approved = make(settings, templates)
            foresees = not answers_in_band(settings, carrier.provider)
            route = by_http(approved, client, rate, foresees=foresees)
            yield channel, replace(route, takes=approved.takes)
    if settings.smtp_relay_url:
        from channels.email.letter import OwnMailbox  # noqa: PLC0415 not every gateway sends mail
        from gateway.mail.relay import by_mail  # noqa: PLC0415

        server = read_url(reveal(settings.smtp_relay_url))
        sender = OwnMailbox(campaign.mailboxes[0], read_secret(settings))
        route = by_mail(server, wording, sender)
        yield Channel.EMAIL, replace(route, rate=rates[route.provider])
