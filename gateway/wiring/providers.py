"""Constructs the channels and carriers of each provider.

Everything else about a provider is its row in `gateway/settings/providers.py`.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from secrets import token_bytes
from typing import Final

from pydantic import SecretStr

from channels.contract import Carrier, ChannelAdapter
from channels.shared.twilio import API_URL as TWILIO_API_URL
from channels.shared.twilio import TwilioAccount
from channels.sms.africastalking import AfricasTalkingSmsAdapter, AfricasTalkingSmsCarrier
from channels.sms.digihub import API_URL as DIGIHUB_API_URL
from channels.sms.digihub import DigihubAccount, DigihubCarrier, DigihubReceipts
from channels.sms.jasmin import Jasmin, JasminCarrier
from channels.sms.kannel import Kannel, KannelCarrier
from channels.sms.sending import GatewayAccount
from channels.sms.twilio import TwilioSmsAdapter, TwilioSmsCarrier
from channels.ussd.africastalking import AfricasTalkingUssd
from channels.web.form import WebForm
from channels.web.pages import FRAMER
from channels.web.tokens import Seals
from channels.whatsapp.flow import Flows
from channels.whatsapp.meta import API_URL as META_API_URL
from channels.whatsapp.meta import MetaAdapter, MetaCarrier
from channels.whatsapp.meta_account import MetaAccount
from channels.whatsapp.templates import MetaTemplates, TemplateCarrier, TwilioTemplates
from channels.whatsapp.twilio import RECEIPTS, TwilioWhatsappAdapter, TwilioWhatsappCarrier
from core.campaign import Campaign
from core.conversation.keywords import command_words
from core.messages import Channel
from core.wording.catalog import Wording
from core.wording.templates import Templates
from gateway.settings.configuration import Configuration
from gateway.settings.keys import keys_of, keys_of_gateway
from gateway.settings.providers import PROVIDERS
from gateway.settings.secret import read_secret
from gateway.settings.settings import WIRES, Settings, reveal
from gateway.settings.simulating import simulates

TOOLS: Final = {"console": "/console", "api": "/openapi.json"}  # on the start page, in dev
AFRICASTALKING_API_URL: Final = "https://api.africastalking.com"

Adapters = tuple[ChannelAdapter, ...]


def _secret(value: SecretStr | None) -> str | None:
    return reveal(value) or None


def _africastalking(settings: Settings, wording: Wording, campaign: Campaign) -> Adapters:
    keys = keys_of(settings, "africastalking")
    return AfricasTalkingUssd(wording, keys, campaign.country), AfricasTalkingSmsAdapter(
        keys, campaign.country
    )


def _kannel(settings: Settings, wording: Wording, campaign: Campaign) -> Adapters:
    return (Kannel(wording, keys_of(settings, "kannel"), campaign.country),)


def _jasmin(settings: Settings, _wording: Wording, campaign: Campaign) -> Adapters:
    return (Jasmin(keys_of(settings, "jasmin"), campaign.country),)


def _digihub(settings: Settings, _wording: Wording, _campaign: Campaign) -> Adapters:
    return (DigihubReceipts(keys_of(settings, "digihub")),)


def _twilio(settings: Settings, wording: Wording, campaign: Campaign) -> Adapters:
    url, token = settings.public_url, _secret(settings.twilio_auth_token)
    sms = TwilioSmsAdapter(wording, url, token, campaign.country)
    return sms, TwilioWhatsappAdapter(wording, url, token, settings.twilio_contents or {})


def _meta(settings: Settings, wording: Wording, _campaign: Campaign) -> Adapters:
    secret, verify_token = _secret(settings.meta_app_secret), _secret(settings.meta_verify_token)
    commands = command_words(wording.typed)
    signs = read_secret(settings) if settings.meta_flow_id else b""
    number = settings.meta_phone_number_id
    return (MetaAdapter(secret, verify_token, number, commands, signs),)


def _mapped(settings: Settings, wording: Wording, campaign: Campaign) -> Adapters:
    if settings.ussd_gateways is None:
        return ()
    from channels.ussd.mapped import Gateway, MappedUssd  # noqa: PLC0415 few gateways map any
    from gateway.settings.ussd_gateways import read_gateways  # noqa: PLC0415

    tables, _faults = read_gateways(settings.ussd_gateways)
    gateways = [
        Gateway(name, table, f"{settings.public_url}/ussd/{name}")
        for name, table in tables.items()
    ]
    return tuple(
        MappedUssd(one, wording, keys_of_gateway(settings, one.name), campaign.country)
        for one in gateways
    )


def _web(settings: Settings, wording: Wording, campaign: Campaign) -> Adapters:
    tools = {} if settings.production else TOOLS
    if simulates(settings):
        tools = {FRAMER: "/try", **tools}
    seals, url = Seals(read_secret(settings), token_bytes), settings.public_url
    return (WebForm(wording, campaign, seals=seals, url=url, tools=tools),)


# The HTTP channels of each provider that has any.
CHANNELS: Final[dict[str, Callable[[Settings, Wording, Campaign], Adapters]]] = {
    "africastalking": _africastalking,
    "kannel": _kannel,
    "jasmin": _jasmin,
    "digihub": _digihub,
    "twilio": _twilio,
    "meta": _meta,
    "mapped": _mapped,
    "web": _web,
}


def _meta_account(settings: Settings) -> MetaAccount:
    token, number = reveal(settings.meta_access_token), reveal(settings.meta_phone_number_id)
    return MetaAccount(token, number, settings.meta_api_url or META_API_URL)


def _meta_whatsapp(settings: Settings, wording: Wording) -> Carrier:
    account = _meta_account(settings)
    token, number, url = account.access_token, account.phone_number_id, account.api_url
    flows = Flows(settings.meta_flow_id, read_secret(settings)) if settings.meta_flow_id else None
    return MetaCarrier(token, number, url, wording, flows)


def _kannel_sms(settings: Settings, wording: Wording) -> Carrier:
    return KannelCarrier(_gateway_account(settings, "kannel"), wording)


def _jasmin_sms(settings: Settings, wording: Wording) -> Carrier:
    return JasminCarrier(_gateway_account(settings, "jasmin"), wording)


def _gateway_account(settings: Settings, name: str) -> GatewayAccount:
    url, user, password, sender = (
        reveal(getattr(settings, f"{name}_{part}"))
        for part in ("url", "username", "password", "from")
    )
    return GatewayAccount(
        url=url,
        username=user,
        password=password,
        sender=sender,
        public_url=settings.public_url,
        keys=keys_of(settings, name),
    )


def _digihub_sms(settings: Settings, wording: Wording) -> Carrier:
    account = DigihubAccount(
        api_key=reveal(settings.digihub_api_key),
        secret=reveal(settings.digihub_secret),
        sender=reveal(settings.digihub_from),
        public_url=settings.public_url,
        keys=keys_of(settings, "digihub"),
        api_url=settings.digihub_api_url or DIGIHUB_API_URL,
    )
    return DigihubCarrier(account, wording)


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


def _meta_templates(settings: Settings, templates: Templates) -> TemplateCarrier:
    return MetaTemplates(_meta_account(settings), templates)


def _twilio_templates(settings: Settings, templates: Templates) -> TemplateCarrier:
    number = reveal(settings.twilio_whatsapp_from)
    return TwilioTemplates(_twilio_account(settings), number, RECEIPTS, templates)


def answers_in_band(settings: Settings, provider: str) -> bool:
    """Return True if chats are answered in the response, and leave no answer in the outbox."""
    return provider == "twilio" and not settings.twilio_contents


# What sends approved templates of WhatsApp.
TEMPLATES: Final[dict[str, Callable[[Settings, Templates], TemplateCarrier]]] = {
    "meta": _meta_templates,
    "twilio": _twilio_templates,
}

# What sends over HTTP; called if all settings of the account are set.
CARRIERS: Final[dict[tuple[str, str], Callable[[Settings, Wording], Carrier]]] = {
    ("kannel", Channel.SMS): _kannel_sms,
    ("jasmin", Channel.SMS): _jasmin_sms,
    ("digihub", Channel.SMS): _digihub_sms,
    ("twilio", Channel.WHATSAPP): _twilio_whatsapp,
    ("twilio", Channel.SMS): _twilio_sms,
    ("meta", Channel.WHATSAPP): _meta_whatsapp,
    ("africastalking", Channel.SMS): _africastalking_sms,
}


def make_channels(settings: Settings, wording: Wording, campaign: Campaign) -> Adapters:
    """Return the HTTP channels that are served. A secret that is set is checked, in dev too."""
    served = [make for name, make in CHANNELS.items() if name in settings.wires]
    return tuple(chain.from_iterable(make(settings, wording, campaign) for make in served))


def make_unsigned_channels(settings: Settings, wording: Wording, campaign: Campaign) -> Adapters:
    """Return all HTTP channels for turns that the peer has authenticated: without secrets.

    Without our own accounts too: the peer has others.
    """
    unset = filter(None, chain.from_iterable((*p.guards, p.keys, *p.ours) for p in PROVIDERS))
    changed = {**dict.fromkeys(unset), "wires": WIRES}
    return make_channels(settings.model_copy(update=changed), wording, campaign)


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
