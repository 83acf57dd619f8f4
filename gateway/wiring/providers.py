"""Constructs the channels and carriers of each provider, and the routes of queued messages.

Everything else about a provider is its row in `gateway/settings/providers.py`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

import httpx2
from pydantic import SecretStr

from channels.contract import Carrier, ChannelAdapter
from channels.shared.twilio import API_URL as TWILIO_API_URL
from channels.shared.twilio import TwilioAccount
from channels.sms.africastalking import AfricasTalkingSmsAdapter, AfricasTalkingSmsCarrier
from channels.sms.jasmin import Jasmin
from channels.sms.kannel import Kannel
from channels.sms.twilio import TwilioSmsAdapter, TwilioSmsCarrier
from channels.ussd.africastalking import AfricasTalkingUssd
from channels.whatsapp.meta import API_URL as META_API_URL
from channels.whatsapp.meta import MetaAdapter, MetaCarrier
from channels.whatsapp.twilio import TwilioWhatsappAdapter, TwilioWhatsappCarrier
from core.conversation.keywords import command_words
from core.messages import Channel
from core.wording.catalog import Wording
from gateway.runtime.logs import log
from gateway.sending.delivery import NO_ACCOUNT, Route, by_http
from gateway.settings.configuration import Configuration
from gateway.settings.providers import PROVIDERS
from gateway.settings.relay_url import read_url
from gateway.settings.secret import read_secret
from gateway.settings.settings import WIRES, Settings, keys_of, reveal

AFRICASTALKING_API_URL: Final = "https://api.africastalking.com"

Adapters = tuple[ChannelAdapter, ...]


def _secret(value: SecretStr | None) -> str | None:
    return reveal(value) or None


def _africastalking(settings: Settings, wording: Wording, country: str) -> Adapters:
    keys = keys_of(settings, "africastalking")
    return AfricasTalkingUssd(wording, keys, country), AfricasTalkingSmsAdapter(keys, country)


def _kannel(settings: Settings, wording: Wording, country: str) -> Adapters:
    return (Kannel(wording, keys_of(settings, "kannel"), country),)


def _jasmin(settings: Settings, _wording: Wording, country: str) -> Adapters:
    return (Jasmin(keys_of(settings, "jasmin"), country),)


def _twilio(settings: Settings, wording: Wording, country: str) -> Adapters:
    url, token = settings.public_url, _secret(settings.twilio_auth_token)
    sms = TwilioSmsAdapter(wording, url, token, country)
    return sms, TwilioWhatsappAdapter(wording, url, token, settings.twilio_contents or {})


def _meta(settings: Settings, wording: Wording, _country: str) -> Adapters:
    secret, verify_token = _secret(settings.meta_app_secret), _secret(settings.meta_verify_token)
    commands = command_words(wording.typed)
    return (MetaAdapter(secret, verify_token, settings.meta_phone_number_id, commands),)


# The HTTP channels of each provider that has any.
CHANNELS: Final[dict[str, Callable[[Settings, Wording, str], Adapters]]] = {
    "africastalking": _africastalking,
    "kannel": _kannel,
    "jasmin": _jasmin,
    "twilio": _twilio,
    "meta": _meta,
}


def _meta_whatsapp(settings: Settings, wording: Wording) -> Carrier:
    token, number = reveal(settings.meta_access_token), reveal(settings.meta_phone_number_id)
    url = settings.meta_api_url or META_API_URL
    return MetaCarrier(token, number, url, wording, settings.public_url)


def _africastalking_sms(settings: Settings, wording: Wording) -> Carrier:
    user = reveal(settings.africastalking_username)
    key, sender = reveal(settings.africastalking_api_key), settings.africastalking_sender_id
    url = settings.africastalking_api_url or AFRICASTALKING_API_URL
    return AfricasTalkingSmsCarrier(user, key, sender, url, wording)


def _twilio_whatsapp(settings: Settings, wording: Wording) -> Carrier:
    number = reveal(settings.twilio_whatsapp_from)
    contents = settings.twilio_contents or {}
    return TwilioWhatsappCarrier(_twilio_account(settings), number, wording, contents)


def _twilio_sms(settings: Settings, wording: Wording) -> Carrier:
    return TwilioSmsCarrier(_twilio_account(settings), reveal(settings.twilio_sms_from), wording)


def _twilio_account(settings: Settings) -> TwilioAccount:
    return TwilioAccount(
        sid=reveal(settings.twilio_account_sid),
        token=reveal(settings.twilio_auth_token),
        public_url=settings.public_url,
        api_url=settings.twilio_api_url or TWILIO_API_URL,
    )


# What sends over HTTP; called if all settings of the account are set.
CARRIERS: Final[dict[tuple[str, str], Callable[[Settings, Wording], Carrier]]] = {
    ("twilio", Channel.WHATSAPP): _twilio_whatsapp,
    ("twilio", Channel.SMS): _twilio_sms,
    ("meta", Channel.WHATSAPP): _meta_whatsapp,
    ("africastalking", Channel.SMS): _africastalking_sms,
}


def make_channels(settings: Settings, wording: Wording, country: str) -> Adapters:
    """Return the HTTP channels that are served. A secret that is set is checked, in dev too."""
    served = [make for name, make in CHANNELS.items() if name in settings.wires]
    return tuple(chain.from_iterable(make(settings, wording, country) for make in served))


def make_unsigned_channels(settings: Settings, wording: Wording, country: str) -> Adapters:
    """Return all HTTP channels for turns that the peer has authenticated: without secrets.

    Without our own accounts too: the peer has others.
    """
    unset = filter(None, chain.from_iterable((*p.guards, p.keys, *p.ours) for p in PROVIDERS))
    changed = {**dict.fromkeys(unset), "wires": WIRES}
    return make_channels(settings.model_copy(update=changed), wording, country)


def own_accounts(configuration: Configuration) -> frozenset[str]:
    """Return our own numbers, which a peer does not have; nothing without a peer."""
    settings = configuration.settings
    if not settings.peer_url:
        return frozenset()
    ours = [getattr(settings, name) for provider in PROVIDERS for name in provider.ours]
    named = filter(None, (*ours, configuration.campaign.sms_number))
    return frozenset(name.removeprefix("whatsapp:") for name in named)


def make_carriers(settings: Settings, wording: Wording) -> Iterator[tuple[Channel, Carrier]]:
    """Yield a carrier for each account that is set, with its channel."""
    for provider in PROVIDERS:
        for channel, account in provider.sends.items():
            make = CARRIERS.get((provider.name, channel))
            if make is not None and all(getattr(settings, name) for name in account):
                yield Channel(channel), make(settings, wording)


def make_routes(
    configuration: Configuration, wording: Wording, client: httpx2.AsyncClient
) -> dict[Channel, list[Route]]:
    """Return the routes of queued messages, by channel, in the order in which they are tried.

    A channel without one keeps its messages: dev marks them sent, in production they stay queued.
    """
    settings, campaign = configuration.settings, configuration.campaign
    routes: dict[Channel, list[Route]] = defaultdict(list)
    rates = {name: rate / settings.workers for name, rate in settings.send_rate.items()}
    for channel, carrier in make_carriers(settings, wording):
        routes[channel].append(by_http(carrier, client, rates[carrier.provider]))
    if settings.smtp_relay_url:
        from channels.email.letter import OwnMailbox  # noqa: PLC0415 not every gateway sends mail
        from gateway.mail.relay import by_mail  # noqa: PLC0415

        server = read_url(reveal(settings.smtp_relay_url))
        sender = OwnMailbox(campaign.mailboxes[0], read_secret(settings))
        route = by_mail(server, wording, sender)
        routes[Channel.EMAIL].append(replace(route, rate=rates[route.provider]))
    for name, order in settings.routes.items():
        channel = Channel(name)
        several = {route.provider: route for route in routes[channel]}
        routes[channel] = [several[provider] for provider in order if provider in several]
    for channel in (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL) if settings.production else ():
        if not routes[channel]:
            event = "no account sends on this channel; its messages stay queued"
            log.warning(event, part=channel)
            routes[channel].append(NO_ACCOUNT)
    return routes
